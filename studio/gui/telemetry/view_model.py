"""Listens to playback and keeps what it cost. Knows Qt's signals, but no widget."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from studio.gui.playback.shown import FrameRecord
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.telemetry.conditions import Conditions
from studio.gui.telemetry.ring import RecordRing, Records
from studio.gui.telemetry.statistics import Summary, summarize
from studio.inference.model import ModelInfo
from studio.video.frame import VideoInfo

WARMUP_FRAMES = 5
"""Played frames after a model was opened that are shown but not counted: caches fill, the clock
of the CPU rises."""

DEFAULT_BUDGET_FPS = 24.0
"""The rate at which a film looks fluent; its frame time is the default budget."""

WINDOWS_SECONDS: tuple[tuple[str, float], ...] = (
    ("10 s", 10.0),
    ("30 s", 30.0),
    ("1 min", 60.0),
    ("5 min", 300.0),
    ("15 min", 900.0),
    ("1 h", 3600.0),
)
"""The stretches of time that the charts can show."""


class TelemetryViewModel(QObject):
    """The newest hour of frame records, and the questions that the panel asks about it.

    Attributes:
        budget_millis: what one frame may take.

    Args:
        model: playback, whose measurements are kept.
        ring: where they are kept; an hour at 60 records a second by default.
    """

    conditions_changed = Signal()
    cleared = Signal()

    def __init__(
        self, model: PlaybackModel, ring: RecordRing | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._ring = ring if ring is not None else RecordRing()
        self._segment = 0
        self._warmup_left = 0
        self._conditions: dict[int, Conditions] = {0: Conditions.of(model.video, model.model)}
        self._frozen: Records | None = None
        self._arrived = 0
        self.budget_millis = 1000.0 / DEFAULT_BUDGET_FPS
        model.frame_measured.connect(self._on_measured)
        model.playing_changed.connect(self._on_playing)
        model.model_opened.connect(self._on_model)
        model.model_closed.connect(self._on_model_closed)
        model.video_opened.connect(self._on_video)
        model.video_closed.connect(self._on_video_closed)

    @property
    def conditions(self) -> Conditions:
        """Under which the newest records were measured."""
        return self._conditions[self._segment]

    @property
    def all_conditions(self) -> dict[int, Conditions]:
        """By segment, for those segments that records are left of, and the present one."""
        records = self._ring.records()
        oldest = int(records.segment[0]) if len(records) else self._segment
        return {key: value for key, value in self._conditions.items() if key >= oldest}

    @property
    def arrived(self) -> int:
        """Records taken in so far; a change means that there is something new to draw."""
        return self._arrived

    @property
    def is_paused(self) -> bool:
        """Whether the view stands still; records are taken in all the same."""
        return self._frozen is not None

    def set_paused(self, paused: bool) -> None:
        """Freeze the view at this moment, or let it follow again."""
        if paused != self.is_paused:
            self._frozen = self._ring.records().copy() if paused else None

    def clear(self) -> None:
        """Forget every record, and let the view follow again."""
        self._ring.clear()
        self._frozen = None
        self._arrived += 1
        self.cleared.emit()

    def records(self, seconds: float | None = None) -> Records:
        """What the view shows, oldest first.

        Args:
            seconds: no older than this before the newest; everything for None.
        """
        records = self._ring.records() if self._frozen is None else self._frozen
        return records.last_seconds(seconds)

    def kept_records(self) -> Records:
        """Every record that is kept, whether the view follows or not."""
        return self._ring.records()

    def statistics_records(self, seconds: float | None = None) -> Records:
        """Those of `records` that were measured under the newest conditions."""
        records = self.records(seconds)
        if not len(records):
            return records
        # Segments only grow, so the newest is the tail.
        start = int(records.segment.searchsorted(records.segment[-1]))
        return records.sliced(start, len(records))

    def summary(self, seconds: float | None) -> Summary:
        """The numbers over the newest `seconds`, under the newest conditions.

        `now` is unknown while playback stands, unless the view is held at a moment of playing.
        """
        result = summarize(self.statistics_records(seconds), self.budget_millis)
        if self._frozen is None and not self._model.is_playing:
            return replace(result, shown_now=float("nan"), possible_now=float("nan"))
        return result

    def _on_measured(self, record: FrameRecord) -> None:
        is_warmup = record.is_playing and self._warmup_left > 0
        if is_warmup:
            self._warmup_left -= 1
        self._ring.append(record, is_warmup=is_warmup, segment=self._segment)
        self._arrived += 1

    def _on_playing(self, is_playing: bool) -> None:
        if not is_playing:
            self._ring.end_flow()

    def _on_model(self, info: ModelInfo) -> None:
        self._warmup_left = WARMUP_FRAMES
        self._begin_segment(replace(self.conditions, model=info))

    def _on_model_closed(self) -> None:
        self._warmup_left = 0
        self._begin_segment(replace(self.conditions, model=None))

    def _on_video(self, info: VideoInfo) -> None:
        self._begin_segment(replace(self.conditions, video=info))

    def _on_video_closed(self) -> None:
        self._begin_segment(replace(self.conditions, video=None))

    def _begin_segment(self, conditions: Conditions) -> None:
        self._ring.end_flow()
        self._segment += 1
        self._conditions = self.all_conditions
        self._conditions[self._segment] = replace(conditions, since_unix_seconds=time.time())
        self.conditions_changed.emit()
