"""The telemetry panel: what frames cost, on this computer or on a phone, live or recorded."""

from __future__ import annotations

from PySide6.QtCore import QMetaObject, QObject
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui.playback.view_model import PlaybackModel
from studio.gui.telemetry.bar import TelemetryBar
from studio.gui.telemetry.board import ChartBoard
from studio.gui.telemetry.exporter import TelemetryExporter
from studio.gui.telemetry.notes import Notes
from studio.gui.telemetry.pace import Pace
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.phone_source import PhoneTelemetry
from studio.gui.telemetry.source import TelemetrySource
from studio.gui.telemetry.sources import Sources
from studio.gui.telemetry.span import TimeSpan
from studio.gui.telemetry.state_words import state_words
from studio.gui.telemetry.statistics import Summary
from studio.gui.telemetry.view_model import TelemetryViewModel
from studio.gui.theme import theme_changed

_LONGEST_CHART_SECONDS = 1.0
_SHORT_WINDOW_SECONDS = 60.0
_SHORT_WINDOW_CHART_SECONDS = 0.05  # twenty a second look live


class TelemetryPanel(QWidget):
    """Frame rates, milliseconds by stage over time, their distribution, and a phone's condition.

    Args:
        model: playback, whose measurements are shown; also takes clicks and errors.
        phone: what phones tell; one of its own by default.
    """

    def __init__(
        self,
        model: PlaybackModel,
        phone: PhoneTelemetry | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("telemetry")
        self.phone = phone if phone is not None else PhoneTelemetry(self)
        self._computer = TelemetryViewModel(model, parent=self)
        self._sources = Sources(self._computer, self.phone, self)
        self._links: list[QMetaObject.Connection] = []
        self.bar = TelemetryBar(self)
        self.notes = Notes(self)
        self.board = ChartBoard(self._sources.current, self)
        self.exporter = TelemetryExporter(self._sources.current, self)
        self.exporter.fill_menu(self.bar.export_menu)
        self._pace = Pace(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 8, 6)
        outer.setSpacing(4)
        outer.addWidget(self.bar)
        outer.addWidget(self.notes)
        outer.addWidget(self.board, 1)
        self.setMinimumSize(360, 150)
        self._connect()
        self.exporter.failed.connect(model.failed)
        self._list_sources()
        self._show_source(self._sources.current)

    def _connect(self) -> None:
        self._pace.chart_due.connect(self._on_chart_due)
        self._pace.numbers_due.connect(self._on_numbers_due)
        self._sources.listed.connect(self._list_sources)
        self._sources.chosen.connect(self._show_source)
        self.bar.source_chosen.connect(self._sources.choose)
        self.bar.budget_changed.connect(self._on_budget)
        self.bar.window_changed.connect(self._on_window)
        self.bar.pause_toggled.connect(self._on_pause)
        self.bar.clear_asked.connect(self._on_clear)
        self.bar.follow_asked.connect(lambda: self._on_zoomed(None))
        self.board.zoomed.connect(self._on_zoomed)
        theme_changed.connect(self._on_theme)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def data(self) -> TelemetrySource:
        """The records behind the charts."""
        return self._sources.current

    @property
    def summary(self) -> Summary | None:
        """The numbers that the tiles show."""
        return self.board.summary

    def refresh(self) -> None:
        """Draw everything anew, now."""
        self.board.refresh()

    def _list_sources(self) -> None:
        self.bar.show_sources(self._sources.all, self._sources.current)

    def _show_source(self, source: TelemetrySource) -> None:
        for link in self._links:
            QObject.disconnect(link)
        self._links = [
            source.arrived_more.connect(self._on_arrived),
            source.cleared.connect(self.refresh),
            source.conditions_changed.connect(self._show_conditions),
        ]
        if isinstance(source, PhoneSession):
            self._links += [
                source.state_changed.connect(self._show_state),
                source.doubts_changed.connect(self._show_state),
                source.marked.connect(self._on_marked),
            ]
        self.exporter.show_source(source)
        self.bar.show_source(source)
        self._show_conditions()
        self._show_state()
        self.board.show_source(source)

    def _show_conditions(self) -> None:
        self.bar.show_conditions(self.data.conditions)

    def _show_state(self) -> None:
        source = self.data
        if isinstance(source, PhoneSession):
            state = state_words(source)
            self.bar.show_state(state)
            self.notes.show_notes(state.note, state.tint, source.doubts)
        else:
            self.bar.show_state(None)
            self.notes.show_notes("", "muted", ())

    # -- following -----------------------------------------------------------------------------

    def _on_arrived(self) -> None:
        if not self.isVisible() or not self.data.changes_view:
            if isinstance(self.data, PhoneSession):
                self.data.note_unseen()
            return
        # No sooner than half a pixel of the chart stands for: an hour moves once in seconds.
        wanted = self.board.pixel_seconds / 2
        if self.data.window_seconds <= _SHORT_WINDOW_SECONDS:
            wanted = min(wanted, _SHORT_WINDOW_CHART_SECONDS)
        least = self.data.least_chart_seconds
        self._pace.chart_seconds = min(max(wanted, least), _LONGEST_CHART_SECONDS)
        self._pace.ask()

    def _on_marked(self) -> None:
        if self.data.is_live and self.data.is_following:
            self._on_arrived()  # the mark is drawn with the frames that come anyway
        else:
            self.board.draw_mark()

    def _on_chart_due(self) -> None:
        self.board.draw_chart()

    def _on_numbers_due(self) -> None:
        self.board.draw_numbers()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop working while nobody looks."""
        self._pace.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self.bar.fit(self.width())
        self.notes.fit(self.height())

    # -- events --------------------------------------------------------------------------------

    def _on_theme(self, _theme: object) -> None:
        for child in self.findChildren(QWidget):
            child.update()

    def _on_budget(self, frames_per_second: float) -> None:
        self.data.budget_millis = 1000.0 / frames_per_second
        self.refresh()

    def _on_window(self, seconds: float) -> None:
        self.data.window_seconds = seconds
        self._on_zoomed(None)

    def _on_zoomed(self, span: TimeSpan | None) -> None:
        self.data.zoom_to(span)
        self.bar.show_zoomed(self.data.zoom is not None)
        self.refresh()

    def _on_pause(self, paused: bool) -> None:
        self.data.set_paused(paused)
        self.refresh()

    def _on_clear(self) -> None:
        self.data.clear()
        self.bar.show_source(self.data)
