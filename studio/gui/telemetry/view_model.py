"""Listens to playback and keeps what it cost. Knows Qt's signals, but no widget."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject

from studio.gui.playback.shown import FrameRecord
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.telemetry.conditions import WARMUP_FRAMES, Conditions
from studio.gui.telemetry.records import Records
from studio.gui.telemetry.ring import RecordRing
from studio.gui.telemetry.source import TelemetrySource
from studio.inference.model import ModelInfo
from studio.video.frame import VideoInfo


class TelemetryViewModel(TelemetrySource):
    """What playing costs on this computer.

    Args:
        model: playback, whose measurements are kept.
        ring: where they are kept; an hour at 60 records a second by default.
    """

    def __init__(
        self, model: PlaybackModel, ring: RecordRing | None = None, parent: QObject | None = None
    ) -> None:
        self._ring = ring if ring is not None else RecordRing()
        super().__init__(self._ring, parent)
        self._model = model
        self._segment = 0
        self._warmup_left = 0
        self._conditions: dict[int, Conditions] = {0: Conditions.of(model.video, model.model)}
        model.frame_measured.connect(self._on_measured)
        model.playing_changed.connect(self._on_playing)
        model.model_opened.connect(self._on_model)
        model.model_changed.connect(self._on_model_changed)
        model.model_closed.connect(self._on_model_closed)
        model.video_opened.connect(self._on_video)
        model.video_closed.connect(self._on_video_closed)

    @property
    def title(self) -> str:
        """Its name in the list of sources."""
        return "This computer"

    @property
    def empty_words(self) -> str:
        """What to say while there are no frames."""
        return "Press play (Space): each frame's cost appears here."

    def describe(self, records: Records, position: int) -> str:
        """What is special about a record."""
        words = "" if records.is_playing[position] else " · step or seek"
        return words + super().describe(records, position)

    @property
    def is_live(self) -> bool:
        """Whether a video plays."""
        return self._model.is_playing

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

    def choose(self, record: Records, position: int) -> None:
        """Show the frame of a record in the video that is open."""
        if self._model.video is not None:
            self._model.seek(int(record.index[position]))

    def _on_measured(self, record: FrameRecord) -> None:
        is_warmup = record.is_playing and self._warmup_left > 0
        if is_warmup:
            self._warmup_left -= 1
        self._ring.append(record, is_warmup=is_warmup, segment=self._segment)
        self._arrived += 1
        self.arrived_more.emit()

    def _on_playing(self, is_playing: bool) -> None:
        if not is_playing:
            self._ring.end_flow()
            self.arrived_more.emit()

    def _on_model(self, info: ModelInfo) -> None:
        self._warmup_left = WARMUP_FRAMES
        self._begin_segment(replace(self.conditions, model=info))

    def _on_model_changed(self, info: ModelInfo) -> None:
        """No frame was measured with the input that was told before."""
        self._conditions[self._segment] = replace(self.conditions, model=info)

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
