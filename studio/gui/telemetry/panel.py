"""The telemetry panel: what playing costs on this computer, live."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.telemetry.exporter import TelemetryExporter
from studio.gui.telemetry.histogram import LatencyHistogram
from studio.gui.telemetry.legend import StageLegend
from studio.gui.telemetry.painting import short_number
from studio.gui.telemetry.phone_source import PhoneTelemetry
from studio.gui.telemetry.source import DEFAULT_BUDGET_FPS, WINDOWS_SECONDS
from studio.gui.telemetry.statistics import Summary
from studio.gui.telemetry.tile import Tile
from studio.gui.telemetry.timeline import Timeline
from studio.gui.telemetry.view_model import TelemetryViewModel
from studio.gui.theme import theme_changed

REFRESH_MILLIS = 100
"""The charts follow at ten pictures a second; numbers at half of that are easier to read."""

_NARROW_PIXELS = 820


class TelemetryPanel(QWidget):
    """Frame rates, milliseconds by stage over time, and their distribution.

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
        self._model = model
        self._data = TelemetryViewModel(model, parent=self)
        self.exporter = TelemetryExporter(self._data, self)
        self._summary: Summary | None = None
        self._drawn_chart = -1
        self._drawn_numbers = -1
        self._beat = 0
        self._hovered: int | None = None
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLIS)
        self._timer.timeout.connect(self._on_timer)
        self._data.conditions_changed.connect(self._show_conditions)
        self._data.cleared.connect(self.refresh)
        model.playing_changed.connect(self._on_playing)
        theme_changed.connect(self._on_theme)
        self.exporter.failed.connect(model.failed)
        self._show_conditions()
        self.refresh()

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        self._tiles = {
            "shown": Tile(
                "FPS shown",
                "FPS",
                "Frames a second that reached the screen. Now: over the last second of playing. "
                "1 % low: the rate that 99 of 100 frames reach or exceed.",
            ),
            "possible": Tile(
                "FPS possible",
                "FPS",
                "1000 / the milliseconds of work for one frame: how fast it could play if "
                "nothing ever waited for the clock of the video.",
            ),
            "latency": Tile(
                "Work a frame, p50",
                "ms",
                "All stages of one frame together: half of the frames take this long or less.",
            ),
            "dropped": Tile(
                "Dropped",
                "frames",
                "Frames skipped to keep the pace of the video, and their share of all that were "
                "due.",
            ),
        }
        self._timeline = Timeline(self)
        self._histogram = LatencyHistogram(self)
        self._legend = StageLegend(self)
        self._timeline.hovered.connect(self._on_hovered)
        self._timeline.chosen.connect(self._on_chosen)

        self._tile_box = QWidget(self)
        grid = QGridLayout(self._tile_box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for position, tile in enumerate(self._tiles.values()):
            grid.addWidget(tile, position // 2, position % 2)
        self._tile_box.setFixedWidth(316)
        self._tile_box.setMaximumHeight(220)

        charts = QVBoxLayout()
        charts.setSpacing(0)
        charts.addWidget(self._legend)
        charts.addWidget(self._timeline, 1)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._tile_box, 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(charts, 3)
        body.addWidget(self._histogram, 1)

        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 8, 6)
        outer.setSpacing(4)
        outer.addLayout(self._build_bar())
        outer.addLayout(body, 1)
        self.setMinimumSize(360, 150)

    def _build_bar(self) -> QHBoxLayout:
        self._about = QLabel(self)
        self._about.setToolTip("What the numbers below were measured on.")
        self._about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._budget = QDoubleSpinBox(self)
        self._budget.setRange(1.0, 1000.0)
        self._budget.setDecimals(1)
        self._budget.setValue(DEFAULT_BUDGET_FPS)
        self._budget.setSuffix(" FPS")
        self._budget.setKeyboardTracking(False)
        self._budget.setToolTip(
            "The frame rate to reach. The dashed line shows the milliseconds that it leaves for "
            "one frame (24 FPS: 41.7 ms)."
        )
        self._budget.setAccessibleName("Budget in frames a second")
        self._budget.valueChanged.connect(self._on_budget)
        budget_label = QLabel("&Budget", self)
        budget_label.setBuddy(self._budget)
        self._window = QComboBox(self)
        for words, seconds in WINDOWS_SECONDS:
            self._window.addItem(words, seconds)
        self._window.setCurrentIndex(2)
        self._window.setToolTip("How far back charts and numbers reach.")
        self._window.setAccessibleName("Time window")
        self._window.currentIndexChanged.connect(self.refresh)
        window_label = QLabel("&Last", self)
        window_label.setBuddy(self._window)

        self._pause = QToolButton(self)
        self._pause.setCheckable(True)
        self._pause.setIcon(icon("pause"))
        self._pause.setToolTip("Hold the charts still to look at them. Measuring goes on.")
        self._pause.setAccessibleName("Hold the charts")
        self._pause.toggled.connect(self._on_pause)
        clear = QToolButton(self)
        clear.setIcon(icon("clear"))
        clear.setToolTip("Forget all measurements.")
        clear.setAccessibleName("Clear")
        clear.clicked.connect(self._on_clear)
        self._export = QToolButton(self)
        self._export.setIcon(icon("export"))
        self._export.setToolTip("Save the last hour of measurements, or a picture of the charts.")
        self._export.setAccessibleName("Export")
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._export)
        self.exporter.fill_menu(menu)
        self._export.setMenu(menu)

        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self._about, 1)
        labelled = (budget_label, self._budget, window_label, self._window)
        for widget in (*labelled, self._pause, clear, self._export):
            bar.addWidget(widget)
        return bar

    # -- refreshing ----------------------------------------------------------------------------

    @property
    def data(self) -> TelemetryViewModel:
        """The records behind the charts."""
        return self._data

    @property
    def summary(self) -> Summary | None:
        """The numbers that the tiles show."""
        return self._summary

    @property
    def budget_millis(self) -> float:
        """What the budget leaves for one frame."""
        return self._data.budget_millis

    @property
    def window_seconds(self) -> float:
        """How far back charts and numbers reach."""
        return float(self._window.currentData())

    def refresh(self) -> None:
        """Draw everything anew, now."""
        self._refresh_numbers()
        self._refresh_chart()

    def _on_timer(self) -> None:
        self._beat += 1
        arrived = self._data.arrived
        if self._data.is_paused:
            return
        # No sooner than a pixel of the chart stands for: an hour moves once in some seconds.
        # Numbers over long windows hardly move either, and cost the most.
        pixel_seconds = self.window_seconds / self._timeline.plot_width
        chart_beats = max(2, min(10, int(pixel_seconds * 1000 / REFRESH_MILLIS)))
        number_beats = 5  # faster, and nobody could read them
        if self._beat % number_beats == 0 and self._drawn_numbers != arrived:
            self._refresh_numbers()
        if self._beat % chart_beats == 0 and self._drawn_chart != arrived:
            self._refresh_chart()

    def _refresh_chart(self) -> None:
        self._drawn_chart = self._data.arrived
        seconds = self.window_seconds
        self._timeline.show_records(self._data.records(seconds), seconds, self.budget_millis)
        self._show_legend()

    def _refresh_numbers(self) -> None:
        self._drawn_numbers = self._data.arrived
        seconds = self.window_seconds
        summary = self._data.summary(seconds)
        self._summary = summary
        if not self._histogram.isHidden():
            records = self._data.statistics_records(seconds)
            self._histogram.show_records(records, summary, self.budget_millis)
        self._show_tiles(summary)
        self._show_legend()

    def _show_tiles(self, summary: Summary) -> None:
        number = short_number
        live = math.isfinite(summary.shown_now)
        self._tiles["shown"].show_value(
            number(summary.shown_now if live else summary.shown_mean),
            f"mean {number(summary.shown_mean)} · 1 % low {number(summary.shown_low)}",
        )
        possible = summary.possible_now if live else summary.possible_mean
        self._tiles["possible"].show_value(
            number(possible),
            f"mean {number(summary.possible_mean)} · budget {number(self._budget.value())}",
            is_bad=possible < self._budget.value(),
        )
        self._tiles["latency"].show_value(
            number(summary.p50_millis),
            f"p90 {number(summary.p90_millis)} · p99 {number(summary.p99_millis)}",
            is_bad=summary.p50_millis > self.budget_millis,
        )
        share = summary.dropped_ratio
        share_words = f"{100 * share:.1f} % of those due" if math.isfinite(share) else ""
        self._tiles["dropped"].show_value(
            str(summary.dropped), share_words, is_bad=summary.dropped > 0
        )

    def _show_legend(self) -> None:
        summary = self._summary
        records = self._data.records(self.window_seconds)
        if self._hovered is not None and self._hovered < len(records):
            at = self._hovered
            ago = float(records.shown_at_seconds[-1] - records.shown_at_seconds[at])
            extra = "" if records.is_playing[at] else " · step or seek"
            if records.is_warmup[at]:
                extra = " · warm-up, not counted"
            if records.dropped[at]:
                extra += f" · {records.dropped[at]} dropped before"
            self._legend.show_stages(
                records.stage_millis[:, at].tolist(),
                f"frame {records.index[at]} · {records.work_millis[at]:.1f} ms · "
                f"{ago:.1f} s ago{extra}",
            )
        elif summary is None or not summary.frames:
            words = "Press play (Space): each frame's cost appears here."
            self._legend.show_stages([float("nan")] * 5, words)
        else:
            words = f"mean of {summary.frames:,} frames".replace(",", "\u2009")
            if summary.warmup_frames:
                words += f" · {summary.warmup_frames} of warm-up left out"
            if summary.over_budget:
                words += f" · {100 * summary.over_budget / summary.frames:.1f} % over budget"
            self._legend.show_stages(summary.stage_millis, words)

    def _show_conditions(self) -> None:
        self._about.setText(self._data.conditions.words)
        self._about.setToolTip(self._data.conditions.details)

    # -- events --------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop working while nobody looks."""
        self._timer.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self._histogram.setVisible(self.width() >= _NARROW_PIXELS)
        self._histogram.setMaximumWidth(max(240, self.width() // 4))
        self._tile_box.setVisible(self.width() >= 560)
        if self.isVisible():
            self.refresh()

    def _on_theme(self, _theme: object) -> None:
        for child in self.findChildren(QWidget):
            child.update()

    def _on_playing(self, is_playing: bool) -> None:
        if not is_playing and self.isVisible() and not self._data.is_paused:
            self.refresh()

    def _on_budget(self, frames_per_second: float) -> None:
        self._data.budget_millis = 1000.0 / frames_per_second
        self.refresh()

    def _on_pause(self, paused: bool) -> None:
        self._data.set_paused(paused)
        self._pause.setIcon(icon("play" if paused else "pause"))
        self._pause.setToolTip(
            "Follow again."
            if paused
            else "Hold the charts still to look at them. Measuring goes on."
        )
        self.refresh()

    def _on_clear(self) -> None:
        self._hovered = None
        self._pause.setChecked(False)
        self._data.clear()

    def _on_hovered(self, position: int | None) -> None:
        self._hovered = position
        self._show_legend()

    def _on_chosen(self, position: int) -> None:
        records = self._data.records(self.window_seconds)
        if position < len(records) and self._model.video is not None:
            self._model.seek(int(records.index[position]))
