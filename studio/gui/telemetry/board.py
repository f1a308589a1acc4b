"""The charts and numbers of whichever source is shown."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.gui.telemetry.axis import TimeAxis
from studio.gui.telemetry.histogram import LatencyHistogram
from studio.gui.telemetry.legend import StageLegend
from studio.gui.telemetry.phone_numbers import PhoneNumbers, phone_numbers
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.records import PhoneRecords, Records
from studio.gui.telemetry.source import TelemetrySource
from studio.gui.telemetry.statistics import Summary
from studio.gui.telemetry.strip_stack import StripStack
from studio.gui.telemetry.tiles import COMPUTER_TILES, PHONE_TILES, TileBoard
from studio.gui.telemetry.timeline import Timeline

_NARROW_PIXELS = 820
_TILES_PIXELS = 560
_PHONE_NARROW_PIXELS = 1300
_STRIPS_PIXELS = 900
_TALL_TIMELINE_PIXELS = 150


class ChartBoard(QWidget):
    """Tiles, timeline, histogram and, for a phone, strips; all drawn from one source.

    Args:
        source: what is shown at first.
    """

    zoomed = Signal(object)  # TimeSpan that is asked for, or None to follow again

    def __init__(self, source: TelemetrySource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._summary: Summary | None = None
        self._numbers: PhoneNumbers | None = None
        self._hovered: int | None = None
        self.tiles = TileBoard(self)
        self.timeline = Timeline(self)
        self.histogram = LatencyHistogram(self)
        self.legend = StageLegend(self)
        self.strips = StripStack(self)
        self._is_tall = False

        self._side = QVBoxLayout()
        self._side.setSpacing(8)
        self._side.addWidget(self.tiles)
        self._side.addStretch(0)
        self._beside = QHBoxLayout()
        self._beside.setSpacing(10)
        self._beside.addWidget(self.timeline, 3)
        self._charts = QVBoxLayout()
        self._charts.setSpacing(0)
        self._charts.addWidget(self.legend)
        self._charts.addLayout(self._beside, 3)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(10)
        self._row.addLayout(self._side)
        self._row.addLayout(self._charts, 4)
        self._beside.addWidget(self.strips, 2)
        self._row.addWidget(self.histogram, 1)
        self.timeline.hovered.connect(self._on_hovered)
        self.timeline.chosen.connect(self._on_chosen)
        self.timeline.zoomed.connect(self.zoomed)
        self.timeline.painted.connect(self._on_painted)
        self.strips.pointed.connect(self._on_strip_pointed)
        self.strips.chosen.connect(self._on_strip_chosen)
        self.show_source(source)

    @property
    def summary(self) -> Summary | None:
        """The numbers that the tiles show."""
        return self._summary

    @property
    def source(self) -> TelemetrySource:
        """What is shown."""
        return self._source

    def show_source(self, source: TelemetrySource) -> None:
        """Show another source."""
        self._source = source
        self._hovered = None
        self.timeline.point_at(None)
        self.tiles.show_specs(PHONE_TILES if isinstance(source, PhoneSession) else COMPUTER_TILES)
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Draw everything anew, now."""
        self.draw_numbers()
        self.draw_chart()

    # -- drawing -------------------------------------------------------------------------------

    @property
    def pixel_seconds(self) -> float:
        """What a pixel of the timeline stands for."""
        return self._source.span(self._source.window_seconds).seconds / self.timeline.plot_width

    def draw_chart(self) -> None:
        """Draw timeline and strips."""
        source = self._source
        seconds = source.window_seconds
        records = source.records(seconds)
        axis = TimeAxis(source.span(seconds), source.origin_seconds, self._tells_ages())
        if isinstance(source, PhoneSession) and isinstance(records, PhoneRecords):
            away = source.away_spans(axis.span.end_seconds)
            self.timeline.show_records(records, axis, source.budget_millis, away)
            if not self.strips.isHidden():
                self.strips.show_session(source, records, axis)
            self.draw_mark()
            if source.is_following:
                source.note_drawn()
            else:
                source.note_unseen()
        else:
            self.timeline.show_records(records, axis, source.budget_millis)
            self.timeline.show_mark(None)
        self._show_legend(records)

    def _tells_ages(self) -> bool:
        """Whether the right edge is now; a phone's is not while the phone is away."""
        source = self._source
        if source.zoom is not None or math.isinf(source.window_seconds):
            return False
        return source.is_live or not isinstance(source, PhoneSession)

    def draw_mark(self) -> None:
        """Draw the mark of the frame that is shown elsewhere."""
        if isinstance(self._source, PhoneSession):
            seconds = self._source.marked_seconds
            self.timeline.show_mark(seconds)
            self.strips.show_mark(seconds, is_read=self._source.conditions.is_recorded)
            self._show_legend(self._shown())

    def draw_numbers(self) -> None:
        """Draw tiles and histogram."""
        source = self._source
        seconds = source.window_seconds
        summary = source.summary(seconds)
        records = source.statistics_records(seconds)
        self._summary = summary
        if not self.histogram.isHidden():
            self.histogram.show_records(records, summary, source.budget_millis)
        self.tiles.show_summary(summary, 1000.0 / source.budget_millis)
        self._numbers = None
        if isinstance(records, PhoneRecords):
            self._numbers = phone_numbers(records)
            self.tiles.show_phone(self._numbers)
        self._show_legend(source.records(seconds))

    def _show_legend(self, records: Records) -> None:
        summary = self._summary
        stages = records.stages
        is_phone = isinstance(records, PhoneRecords)
        nan = float("nan")
        told = self._hovered if self._hovered is not None else self._marked(records)
        if told is not None and told < len(records):
            self._show_record(records, told)
        elif summary is None or not summary.frames + summary.warmup_frames:
            words = self._source.empty_words
            link = nan if is_phone else None
            self.legend.show_stages(stages, [nan] * len(stages), words, link)
        else:
            words = f"mean of {summary.frames:,} frames".replace(",", "\u2009")
            if summary.warmup_frames:
                words += f" · {summary.warmup_frames} of warm-up left out"
                if self._numbers is not None:
                    words += f" ({self._numbers.warmup_mean_millis:.0f} ms)"
            if summary.over_budget:
                words += f" · {100 * summary.over_budget / summary.frames:.1f} % over budget"
            link = None
            if self._numbers is not None:
                link = self._numbers.link_p50_millis
                if 0 < self._numbers.key_frames < summary.frames:
                    share = self._numbers.key_frames / summary.frames
                    words += f" · {self._numbers.key_frames} key frames ({share:.0%})"
            self.legend.show_stages(stages, summary.stage_millis, words, link)

    def _marked(self, records: Records) -> int | None:
        """Position of the frame that is shown elsewhere, where a recording is replayed."""
        source = self._source
        if not isinstance(source, PhoneSession) or not isinstance(records, PhoneRecords):
            return None
        if not source.conditions.is_recorded or source.marked_sequence is None:
            return None
        return records.position_of(source.marked_sequence)

    def _show_record(self, records: Records, at: int) -> None:
        axis = self.timeline.axis
        moment = float(records.shown_at_seconds[at])
        when = f"at {axis.words_at(moment)}"
        if axis.is_following:
            when = f"{float(records.shown_at_seconds[-1]) - moment:.1f} s ago"
        link = float(records.link_millis[at]) if isinstance(records, PhoneRecords) else None
        self.legend.show_stages(
            records.stages,
            records.stage_millis[:, at].tolist(),
            f"frame {records.index[at]} · {records.work_millis[at]:.1f} ms · {when}"
            f"{self._source.describe(records, at)}",
            link,
        )

    # -- room ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self._fit()
        if self.isVisible():
            self.refresh()

    def _fit(self) -> None:
        """Leave out what there is no room for; put the strips where they have most."""
        width, height = self.width(), self.height()
        is_phone = isinstance(self._source, PhoneSession)
        is_tall = height >= _TALL_TIMELINE_PIXELS + self.strips.needed_height
        has_side = width >= _TILES_PIXELS
        self.tiles.setVisible(has_side)
        self.tiles.fit(height)
        self.strips.setVisible(is_phone and (is_tall or width >= _STRIPS_PIXELS))
        narrow = _PHONE_NARROW_PIXELS if is_phone else _NARROW_PIXELS
        self.histogram.setVisible(has_side if is_tall else width >= narrow)
        self.histogram.setMaximumWidth(self.tiles.width() if is_tall else max(240, width // 5))
        if is_tall != self._is_tall:
            self._is_tall = is_tall
            self.strips.set_below(is_tall)
            if is_tall:
                self._charts.addWidget(self.strips, 4)
                self._side.insertWidget(1, self.histogram, 1)
            else:
                self._beside.addWidget(self.strips, 2)
                self._row.addWidget(self.histogram, 1)

    # -- events --------------------------------------------------------------------------------

    def _shown(self) -> Records:
        return self._source.records(self._source.window_seconds)

    def _on_painted(self) -> None:
        if isinstance(self._source, PhoneSession):
            self._source.note_painted()

    def _on_hovered(self, position: int | None) -> None:
        self._hovered = position
        records = self._shown()
        known = position is not None and position < len(records)
        self.strips.show_cursor(float(records.shown_at_seconds[position]) if known else None)
        self._show_legend(records)

    def _on_strip_pointed(self, seconds: float | None) -> None:
        self.timeline.point_at_moment(seconds)
        # Strips go on where no frame is.
        self.strips.show_cursor(seconds)

    def _on_chosen(self, position: int) -> None:
        records = self._shown()
        if position < len(records):
            self._source.choose(records, position)

    def _on_strip_chosen(self, seconds: float) -> None:
        records = self._shown()
        if len(records):
            position = int(records.shown_at_seconds.searchsorted(seconds))
            self._source.choose(records, min(position, len(records) - 1))
