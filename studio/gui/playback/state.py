"""The state of playback as panels read it, and the signals that tell of its changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio.gui.playback.shown import FrameRecord, Loop, OverlaySettings, ShownFrame
from studio.inference.model import ModelInfo, SessionOptions
from studio.playback.messages import SetTemporal
from studio.playback.presenter import Presenter
from studio.temporal.spec import TemporalSpec
from studio.video.frame import VideoInfo


class PlaybackState(QObject):
    """One video, one model, one playing position. Frame indices are those of the video."""

    video_opened = Signal(object)  # VideoInfo
    video_closed = Signal()
    model_opened = Signal(object)  # ModelInfo
    model_changed = Signal(object)  # ModelInfo: the open model runs with another input
    model_closed = Signal()
    options_changed = Signal(object)  # SessionOptions
    frame_shown = Signal(object)  # ShownFrame
    frame_received = Signal(object)  # FrameReady whose turn came, on screen or passed over unseen
    frame_measured = Signal(object)  # FrameRecord
    temporal_changed = Signal(object)  # TemporalSpec
    playing_changed = Signal(bool)
    position_changed = Signal(int)  # index that is shown or being sought
    overlay_changed = Signal(object)  # OverlaySettings
    speed_changed = Signal(float)
    loop_changed = Signal(object)  # Loop or None
    marks_changed = Signal()
    busy_changed = Signal(str)  # what is being opened, or "" when done
    failed = Signal(object)  # StudioError
    export_requested = Signal(str, object, str)  # job, spec, title

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._presenter = Presenter()
        self._video: VideoInfo | None = None
        self._model: ModelInfo | None = None
        self._options = SessionOptions()
        self._shown: ShownFrame | None = None
        self._overlay = OverlaySettings()
        self._playing = False
        self._position = 0
        self._loop: Loop | None = None
        self._times: NDArray[np.float64] = np.zeros(0)
        self._work_millis: NDArray[np.float32] = np.zeros(0, np.float32)
        self._marks: set[int] = set()
        self._record: FrameRecord | None = None
        self._temporal = SetTemporal()

    @property
    def video(self) -> VideoInfo | None:
        """The open video."""
        return self._video

    @property
    def model(self) -> ModelInfo | None:
        """The open model."""
        return self._model

    @property
    def options(self) -> SessionOptions:
        """How models are run, now or next."""
        return self._options

    @property
    def shown(self) -> ShownFrame | None:
        """The frame on screen."""
        return self._shown

    @property
    def overlay(self) -> OverlaySettings:
        """How masks are drawn."""
        return self._overlay

    @property
    def is_playing(self) -> bool:
        """Whether the user wants it to play."""
        return self._playing

    @property
    def position(self) -> int:
        """Index of the frame that is shown or being sought."""
        return self._position

    @property
    def speed(self) -> float:
        """1.0 is the video's own pace."""
        return self._presenter.clock.speed

    @property
    def loop(self) -> Loop | None:
        """What is repeated; None plays to the end."""
        return self._loop

    @property
    def times_seconds(self) -> NDArray[np.float64]:
        """Presentation time of each frame, float64 [frames]; empty for a camera."""
        return self._times

    @property
    def work_millis(self) -> NDArray[np.float32]:
        """What each frame cost when it was last shown, float32 [frames]; NaN where unknown."""
        return self._work_millis

    @property
    def temporal_spec(self) -> TemporalSpec:
        """How the redundancy between frames is used."""
        return self._temporal.spec

    @property
    def marks(self) -> frozenset[int]:
        """Frames that the user marked."""
        return frozenset(self._marks)

    @property
    def last_index(self) -> int:
        """Of the video's frames; 0 without a video."""
        return max(len(self._times) - 1, 0)

    def set_overlay(self, overlay: OverlaySettings) -> None:
        """Change how masks are drawn."""
        if overlay != self._overlay:
            self._overlay = overlay
            self.overlay_changed.emit(overlay)

    def toggle_mark(self) -> None:
        """Mark the frame on screen, or take its mark away."""
        self._marks ^= {self._position}
        self.marks_changed.emit()

    def report_draw(self, draw_millis: float) -> None:
        """Told by the canvas: what composing and painting the shown frame cost."""
        if self._record is None:
            return
        # Scaling was part of drawing, and has been counted by the process that did it.
        record = replace(self._record, draw_millis=self._record.draw_millis + draw_millis)
        self._record = None
        if record.index < len(self._work_millis):
            self._work_millis[record.index] = record.work_millis
        self.frame_measured.emit(record)

    def _move_position(self, index: int) -> None:
        if index != self._position:
            self._position = index
            self.position_changed.emit(index)

    def _take_options(self, options: SessionOptions) -> None:
        if options != self._options:
            self._options = options
            self.options_changed.emit(options)

    def _forget_model(self) -> None:
        if self._model is not None:
            self._model = None
            self.model_closed.emit()
