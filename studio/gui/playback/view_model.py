"""The state of playback: what panels read, what commands change. No widget is known here."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio import errors
from studio.errors import StudioError, WorkerError
from studio.gui.playback.shown import FrameRecord, Loop, OverlaySettings, ShownFrame
from studio.inference.model import ModelInfo, SessionOptions
from studio.playback.client import Died, PlaybackClient
from studio.playback.messages import (
    CloseModel,
    CloseVideo,
    Command,
    Cue,
    EndReached,
    FrameReady,
    ModelOpened,
    OpenModel,
    OpenVideo,
    Release,
    RingAttached,
    Trouble,
    VideoOpened,
)
from studio.playback.presenter import Presenter
from studio.playback.ring import FrameRing
from studio.video.frame import VideoInfo


class PlaybackModel(QObject):
    """One video, one model, one playing position, served by a playback process.

    Every method returns at once; what it leads to is told by a signal. Frame indices are those of
    the video, and times are in its seconds.
    """

    video_opened = Signal(object)  # VideoInfo
    video_closed = Signal()
    model_opened = Signal(object)  # ModelInfo
    model_closed = Signal()
    frame_shown = Signal(object)  # ShownFrame
    frame_measured = Signal(object)  # FrameRecord
    playing_changed = Signal(bool)
    position_changed = Signal(int)  # index that is shown or being sought
    overlay_changed = Signal(object)  # OverlaySettings
    speed_changed = Signal(float)
    loop_changed = Signal(object)  # Loop or None
    marks_changed = Signal()
    busy_changed = Signal(str)  # what is being opened, or "" when done
    failed = Signal(object)  # StudioError
    export_requested = Signal(str, object, str)  # job, spec, title
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client: PlaybackClient | None = None
        self._presenter = Presenter()
        self._ring: FrameRing | None = None
        self._ring_id = 0
        self._generation = 0
        self._held_slot: int | None = None
        self._location = ""
        self._video: VideoInfo | None = None
        self._model: ModelInfo | None = None
        self._opening_model: OpenModel | None = None
        self._options = SessionOptions()
        self._shown: ShownFrame | None = None
        self._record: FrameRecord | None = None
        self._overlay = OverlaySettings()
        self._playing = False
        self._scrubbing = False
        self._position = 0
        self._resume_index = 0
        self._loop: Loop | None = None
        self._died_at_seconds = -math.inf
        self._used_runtime = ""
        self._times: NDArray[np.float64] = np.zeros(0)
        self._work_millis: NDArray[np.float32] = np.zeros(0, np.float32)
        self._marks: set[int] = set()
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._present)
        self._woken.connect(self._drain)

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
    def marks(self) -> frozenset[int]:
        """Frames that the user marked."""
        return frozenset(self._marks)

    @property
    def engine_pid(self) -> int | None:
        """Process id of the playback process."""
        return None if self._client is None else self._client.pid

    def open_video(self, location: str) -> None:
        """Open a file, a folder of images or `camera:N` and show its first frame."""
        self._location = location
        self._resume_index = 0
        self._loop = None
        self._marks = set()
        self._request_video()
        self.loop_changed.emit(None)
        self.marks_changed.emit()

    def close_video(self) -> None:
        """Let go of the video."""
        self._location = ""
        self._send(CloseVideo())
        self._forget_video()

    def open_model(self, path: str, options: SessionOptions | None = None) -> None:
        """Load a model; frames from then on carry its masks."""
        self._options = options or self._options
        runtime = self._options.runtime
        if self._client is not None and self._used_runtime not in ("", runtime):
            # The two runtimes share symbols: each gets a process of its own.
            self._restart_client()
            self._reopen_video()
        self._used_runtime = runtime
        self._opening_model = OpenModel(path=path, options=self._options)
        self._send(self._opening_model)
        self.busy_changed.emit(f"Loading {Path(path).name}…")

    def close_model(self) -> None:
        """Play without masks."""
        self._opening_model = None
        self._send(CloseModel())
        self._forget_model()
        self._recue()

    def set_options(self, options: SessionOptions) -> None:
        """Change how models are run; an open model is loaded again."""
        self._options = options
        if self._model is not None:
            self.open_model(self._model.path, options)

    def set_overlay(self, overlay: OverlaySettings) -> None:
        """Change how masks are drawn."""
        if overlay != self._overlay:
            self._overlay = overlay
            self.overlay_changed.emit(overlay)

    def play(self) -> None:
        """Play on; from the start (of the loop) when the end has been reached."""
        if self._video is None or self._playing:
            return
        if self._presenter.is_live:
            self._recue()  # what was prepared while paused is no longer live
        elif self._presenter.is_exhausted and self._position >= self._last_index:
            self.seek(0 if self._loop is None else self._loop.start)
        self._set_playing(True)
        self._presenter.play(time.monotonic())
        self._present()

    def pause(self) -> None:
        """Stop the clock at the frame on screen."""
        if self._playing:
            self._presenter.pause(time.monotonic())
            self._set_playing(False)
            self._tell_clock()

    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, index: int) -> None:
        """Show exactly this frame (clamped to the video), playing on from there if it plays."""
        if self._video is None or self._presenter.is_live:
            return
        self._cue(min(max(index, 0), self._last_index))

    def seek_seconds(self, offset_seconds: float) -> None:
        """Jump by some seconds of the video."""
        if len(self._times):
            goal = self._times[self._position] + offset_seconds
            self.seek(int(np.argmin(np.abs(self._times - goal))))

    def step(self, frames: int) -> None:
        """Pause and go exactly this many frames on (or back, if negative)."""
        self.pause()
        if frames == 1 and not self._presenter.awaits_first:
            prepared = self._presenter.take_next()
            if prepared is not None:
                self._presenter.move_to(prepared)
                self._show(prepared, dropped=0)
                return
        self.seek(self._position + frames)

    def begin_scrub(self) -> None:
        """Hold playing while the user drags the position."""
        self._scrubbing = True
        self._presenter.pause(time.monotonic())
        self._tell_clock()

    def end_scrub(self) -> None:
        """Go on as before the user dragged."""
        self._scrubbing = False
        if self._playing:
            self._presenter.play(time.monotonic())
            self._present()

    def set_speed(self, speed: float) -> None:
        """Play at 0.1 to 4 times the video's own pace."""
        now = time.monotonic()
        self._presenter.clock = self._presenter.clock.at_speed(speed, now)
        self.speed_changed.emit(self.speed)
        self._present()

    def set_loop(self, loop: Loop | None) -> None:
        """Repeat a range of frames, or nothing."""
        if loop == self._loop or self._video is None or self._presenter.is_live:
            return
        self._loop = loop
        self.loop_changed.emit(loop)
        inside = loop is None or loop.end is None or loop.start <= self._position <= loop.end
        self._cue(self._position if inside or loop is None else loop.start)

    def toggle_mark(self) -> None:
        """Mark the frame on screen, or take its mark away."""
        self._marks ^= {self._position}
        self.marks_changed.emit()

    def report_draw(self, draw_millis: float) -> None:
        """Told by the canvas: what composing and painting the shown frame cost."""
        if self._record is None:
            return
        record = replace(self._record, draw_millis=draw_millis)
        self._record = None
        if record.index < len(self._work_millis):
            self._work_millis[record.index] = record.work_millis
        self.frame_measured.emit(record)

    def shutdown(self) -> None:
        """End the playback process; the model can be used again afterwards."""
        self._timer.stop()
        if self._client is not None:
            self._client.close()
            self._client = None
        self._ring = None

    @property
    def _last_index(self) -> int:
        return max(len(self._times) - 1, 0)

    def _send(self, command: Command) -> None:
        if self._client is None:
            self._client = PlaybackClient(self._woken.emit)
        if not self._client.send(command) and not isinstance(command, Release):
            # It died (the reader will say so) or hangs; a hanging one is replaced.
            self._client.kill_if_hung()

    def _restart_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._ring = None
        self._held_slot = None

    def _request_video(self) -> None:
        self._generation += 1
        self._presenter.cue(self._generation)
        self._held_slot = None
        self._send(OpenVideo(location=self._location, generation=self._generation))
        self.busy_changed.emit(f"Opening {Path(self._location).name}…")

    def _reopen_video(self) -> None:
        """Open the same video in a new process, at the same place."""
        if self._location:
            self._resume_index = self._position
            self._request_video()

    def _recue(self) -> None:
        if self._video is not None:
            self._cue(self._position)

    def _cue(self, index: int) -> None:
        self._generation += 1
        left = self._presenter.cue(self._generation)
        self._release([frame.slot for frame in left])
        loop = self._loop
        loop_end = None
        if loop is not None:
            loop_end = self._last_index if loop.end is None else loop.end
        if loop_end is not None and index > loop_end:
            loop_end = None  # beyond the loop: play on to the end
        self._send(
            Cue(
                generation=self._generation,
                index=index,
                loop_start=0 if loop is None else loop.start,
                loop_end=loop_end,
            )
        )
        self._move_position(index)

    def _release(self, slots: list[int]) -> None:
        if slots:
            self._send(Release(ring=self._ring_id, slots=slots))

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    def _move_position(self, index: int) -> None:
        if index != self._position:
            self._position = index
            self.position_changed.emit(index)

    def _tell_clock(self) -> None:
        """Let the other process know the position, so that it leaves out what is late."""
        if self._ring is not None:
            clock = self._presenter.clock
            self._ring.clock_seconds = clock.at(time.monotonic()) if clock.is_running else -math.inf

    def _drain(self) -> None:
        client = self._client
        if client is None:
            return
        for message in client.take():
            match message:
                case FrameReady():
                    if not self._presenter.add(message) and message.generation >= self._ring_id:
                        self._release([message.slot])
                case VideoOpened() if message.generation == self._generation:
                    self._on_video_opened(message)
                case VideoOpened():
                    pass  # another was asked for meanwhile
                case ModelOpened():
                    self._on_model_opened(message.info)
                case EndReached() if message.generation == self._presenter.generation:
                    self._presenter.end_reached = True
                case EndReached():
                    pass
                case Trouble():
                    self._on_trouble(message)
                case Died():
                    self._on_died(message)
                    return
        self._present()

    def _on_video_opened(self, opened: VideoOpened) -> None:
        info = opened.info
        try:
            self._ring = FrameRing(Path(opened.ring_path), info.width, info.height, opened.slots)
        except OSError as error:
            self.failed.emit(errors.output_error(opened.ring_path, error))
            return
        self._ring_id = opened.generation
        self._send(RingAttached())
        self._video = info
        self._times = np.array(opened.times_seconds)
        self._work_millis = np.full(len(self._times), np.nan, np.float32)
        self._presenter.is_live = info.kind == "camera"
        self._position = 0
        self.busy_changed.emit("")
        self.video_opened.emit(info)
        self.position_changed.emit(0)
        if self._resume_index or self._loop is not None:
            self._cue(min(self._resume_index, self._last_index))

    def _on_model_opened(self, info: ModelInfo) -> None:
        self._opening_model = None
        self._model = info
        self._work_millis[:] = np.nan
        self.busy_changed.emit("")
        self.model_opened.emit(info)
        self._recue()

    def _on_trouble(self, trouble: Trouble) -> None:
        kind = getattr(errors, trouble.kind, StudioError)
        error = kind(trouble.message, remedy=trouble.remedy, details=trouble.details)
        if trouble.about == "video":
            if trouble.generation != self._generation:
                return
            self._location = ""
            self._forget_video()
        elif trouble.about in ("model", "segmenting"):
            self._opening_model = None
            self._forget_model()
            if trouble.about == "model":
                self._recue()  # without the masks of the model that was open before
        else:
            self._presenter.end_reached = True
            self._set_playing(False)
        self.busy_changed.emit("")
        self.failed.emit(error)

    def _on_died(self, died: Died) -> None:
        """Start another process: with the video, but without the model that may have killed it."""
        path = self._opening_model.path if self._opening_model is not None else None
        if path is None and self._model is not None:
            path = self._model.path
        now = time.monotonic()
        repeated = now - self._died_at_seconds < 5.0
        self._died_at_seconds = now
        self._restart_client()
        self._used_runtime = ""
        self._opening_model = None
        if path is not None:
            self._forget_model()
            error = WorkerError(
                f"The model {Path(path).name} made its process end: {died.cause}. "
                "The video goes on without it.",
                remedy="Try the other runtime, run it without XNNPACK, or use another model.",
                details=died.log_tail,
            )
        else:
            error = WorkerError(
                f"The playback process ended: {died.cause}.",
                remedy="The video was closed; open it again."
                if repeated
                else "It was started again at the same place.",
                details=died.log_tail,
            )
        if repeated and path is None:
            self._location = ""
            self._forget_video()
        else:
            self._reopen_video()
        self.busy_changed.emit("")
        self.failed.emit(error)

    def _forget_video(self) -> None:
        self._set_playing(False)
        self._presenter.cue(self._generation)
        self._video = None
        self._shown = None
        self._record = None
        self._ring = None
        self._held_slot = None
        self._times = np.zeros(0)
        self._work_millis = np.zeros(0, np.float32)
        self.video_closed.emit()

    def _forget_model(self) -> None:
        if self._model is not None:
            self._model = None
            self.model_closed.emit()

    def _present(self) -> None:
        """Show what is due and sleep until the next frame is."""
        now = time.monotonic()
        playing = self._playing and not self._scrubbing
        chosen = self._presenter.present(now, playing)
        self._release([frame.slot for frame in chosen.passed])
        if chosen.frame is not None:
            self._show(chosen.frame, chosen.dropped)
        self._tell_clock()
        if playing and self._presenter.is_exhausted:
            self._set_playing(False)
            self._presenter.pause(now)
        delay = self._presenter.delay_seconds(time.monotonic())
        if playing and math.isfinite(delay):
            self._timer.start(max(0, round(delay * 1000)))

    def _show(self, frame: FrameReady, dropped: int) -> None:
        ring = self._ring
        if ring is None:
            return
        previous, self._held_slot = self._held_slot, frame.slot
        has_mask = frame.class_pixels is not None
        self._shown = ShownFrame(
            index=frame.index,
            time_seconds=frame.time_seconds,
            image=ring.image(frame.slot),
            mask=ring.mask(frame.slot) if has_mask else None,
            class_pixels=np.array(frame.class_pixels) if has_mask else None,
        )
        self._record = FrameRecord(
            index=frame.index,
            time_seconds=frame.time_seconds,
            shown_at_seconds=time.monotonic(),
            decode_millis=frame.decode_millis,
            preprocess_millis=frame.preprocess_millis,
            invoke_millis=frame.invoke_millis,
            postprocess_millis=frame.postprocess_millis,
            draw_millis=0.0,
            dropped_before=dropped,
            is_playing=self._playing and not self._scrubbing,
        )
        self._move_position(frame.index)
        self.frame_shown.emit(self._shown)
        if previous is not None:
            self._release([previous])
