"""The commands of playback and the conversation with its process. No widget is known here."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio import errors
from studio.gui.playback.received import record_from, shown_from
from studio.gui.playback.shown import Loop
from studio.gui.playback.state import PlaybackState
from studio.inference.model import ModelInfo, SessionOptions
from studio.playback.client import Died
from studio.playback.link import PlaybackLink
from studio.playback.messages import (
    CloseModel,
    CloseVideo,
    EndReached,
    FrameReady,
    ModelOpened,
    OpenModel,
    Trouble,
    VideoOpened,
)
from studio.playback.troubles import error_of, error_of_death

PATIENCE_MILLIS = 60_000
"""How long the playback process may take for a model, a video or a frame."""

_HANGS = f"no answer for {PATIENCE_MILLIS // 1000} seconds"


class PlaybackModel(PlaybackState):
    """Playback, served by a process of its own.

    Every method returns at once; what it leads to is told by a signal.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = PlaybackLink(self._woken.emit)
        self._location = ""
        self._opening: Literal["", "another", "again"] = ""
        self._opening_model: OpenModel | None = None
        self._scrubbing = False
        self._resume_index = 0
        self._died_at_seconds = -math.inf
        self._used_runtime = ""
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._present)
        # A model can make the process hang as well as crash; both end in words.
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MILLIS)
        self._patience.timeout.connect(self._lose_patience)
        self._woken.connect(self._drain)

    @property
    def engine_pid(self) -> int | None:
        """Process id of the playback process."""
        return self._link.pid

    def open_video(self, location: str) -> None:
        """Open a file, a folder of images or `camera:N` and show its first frame.

        When it cannot be opened, the video that was open comes back.
        """
        self._location = location
        self._request_video("another")

    def close_video(self) -> None:
        """Let go of the video."""
        self._location = ""
        self._link.send(CloseVideo())
        self._forget_video()

    def open_model(self, path: str, options: SessionOptions | None = None) -> None:
        """Load a model; frames from then on carry its masks."""
        self._options = options or self._options
        runtime = self._options.runtime
        if self._used_runtime not in ("", runtime):
            # The two runtimes share symbols: each gets a process of its own.
            self._link.close()
            self._reopen_video()
        self._used_runtime = runtime
        self._opening_model = OpenModel(path=path, options=self._options)
        self._link.send(self._opening_model)
        self._patience.start()
        self.busy_changed.emit(f"Loading {Path(path).name}…")

    def close_model(self) -> None:
        """Play without masks."""
        self._opening_model = None
        self._link.send(CloseModel())
        self._forget_model()
        self._recue()

    def set_options(self, options: SessionOptions) -> None:
        """Change how models are run; an open model is loaded again."""
        self._options = options
        if self._model is not None:
            self.open_model(self._model.path, options)

    def play(self) -> None:
        """Play on; from the start (of the loop) when the end has been reached."""
        if self._video is None or self._playing:
            return
        if self._presenter.is_live:
            self._recue()  # what was prepared while paused is no longer live
        elif self._presenter.is_exhausted and self._position >= self.last_index:
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
        (self.pause if self._playing else self.play)()

    def seek(self, index: int) -> None:
        """Show exactly this frame (clamped to the video), playing on from there if it plays."""
        if self._video is None or self._presenter.is_live:
            return
        self._cue(min(max(index, 0), self.last_index))

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

    def set_view_size(self, width: int, height: int) -> None:
        """Have frames scaled to the view's size, in device pixels, before they arrive."""
        self._link.tell_view_size(width, height)

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
        outside = loop and loop.end is not None and not loop.start <= self._position <= loop.end
        self._cue(loop.start if loop and outside else self._position)

    def shutdown(self) -> None:
        """End the playback process; the model can be used again afterwards."""
        self._timer.stop()
        self._patience.stop()
        self._link.close()

    def _request_video(self, opening: Literal["another", "again"]) -> None:
        self._opening = opening
        self._resume_index = self._position if opening == "again" else 0
        self._presenter.cue(self._link.open_video(self._location))
        self._patience.start()
        self.busy_changed.emit(f"Opening {Path(self._location).name}…")

    def _reopen_video(self) -> None:
        """Open the same video in a new process, at the same place."""
        if self._location:
            self._request_video(self._opening or "again")

    def _recue(self) -> None:
        if self._video is not None:
            self._cue(self._position)

    def _cue(self, index: int) -> None:
        if self._opening:  # its first frames must remain the newest that were asked for
            if self._opening == "again":
                self._resume_index = index
                self._move_position(index)
            return
        loop = self._loop
        start, end = (0, None) if loop is None else (loop.start, loop.end)
        if loop is not None and end is None:
            end = self.last_index
        if end is not None and index > end:
            end = None  # beyond the loop: play on to the end
        self._link.release(self._presenter.cue(self._link.cue(index, start, end)))
        self._patience.start()
        self._move_position(index)

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self._be_patient()
            self.playing_changed.emit(playing)

    def _tell_clock(self) -> None:
        """Let the other process know the position, so that it leaves out what is late."""
        clock = self._presenter.clock
        self._link.tell_clock(clock.at(time.monotonic()) if clock.is_running else -math.inf)

    def _drain(self) -> None:
        for message in self._link.take():
            match message:
                case FrameReady():
                    if not self._presenter.add(message):
                        self._link.release((message,))
                case VideoOpened() if message.generation == self._link.generation:
                    self._on_video_opened(message)
                case ModelOpened():
                    self._on_model_opened(message.info)
                case EndReached() if message.generation == self._presenter.generation:
                    self._presenter.end_reached = True
                case Trouble():
                    self._on_trouble(message)
                case Died():
                    self._on_died(message)
                    return
        self._present()
        self._be_patient()

    def _be_patient(self) -> None:
        """Begin to wait anew for what the process owes, if it owes anything."""
        if self._waits_for_process:
            self._patience.start()
        else:
            self._patience.stop()

    def _lose_patience(self) -> None:
        if self._waits_for_process:
            self._link.kill(_HANGS)

    @property
    def _waits_for_process(self) -> bool:
        opens = self._opening_model is not None or self._opening
        unseen = self._video is not None and self._presenter.awaits_first
        # Prepared frames hold their slots until they are shown: then the process waits for us.
        starves = self._playing and math.isinf(self._presenter.delay_seconds(time.monotonic()))
        return bool(opens or unseen or starves)

    def _on_video_opened(self, opened: VideoOpened) -> None:
        if not self._opening:  # it was closed meanwhile
            return
        info = opened.info
        try:
            self._link.attach(opened)
        except OSError as error:
            self.failed.emit(errors.output_error(opened.ring_path, error))
            return
        if self._opening == "another":
            self._loop = None
            self._marks = set()
            self.loop_changed.emit(None)
            self.marks_changed.emit()
        self._opening = ""
        self._video = info
        self._times = np.array(opened.times_seconds)
        self._work_millis = np.full(len(self._times), np.nan, np.float32)
        self._presenter.is_live = info.kind == "camera"
        self._position = 0
        self.busy_changed.emit("")
        self.video_opened.emit(info)
        self.position_changed.emit(0)
        if self._resume_index or self._loop is not None:
            self._cue(min(self._resume_index, self.last_index))

    def _on_model_opened(self, info: ModelInfo) -> None:
        self._opening_model = None
        self._model = info
        self._work_millis[:] = np.nan
        self.busy_changed.emit("")
        self.model_opened.emit(info)
        self._recue()

    def _on_trouble(self, trouble: Trouble) -> None:
        error = error_of(trouble)
        if trouble.about == "video":
            if trouble.generation != self._link.generation:
                return
            self._return_to_previous_video()
        elif trouble.about in ("model", "segmenting"):
            self._opening_model = None
            self._forget_model()
            if trouble.about == "model":
                self._recue()  # without the masks of the model that was open before
        else:
            self._presenter.end_reached = True
            self._set_playing(False)
        if not self._opening:
            self.busy_changed.emit("")
        self.failed.emit(error)

    def _return_to_previous_video(self) -> None:
        """Where another video could not be opened; the process has closed the one before."""
        previous = self._video if self._opening == "another" else None
        self._opening = ""
        if previous is None:
            self._location = ""
            self._forget_video()
        else:
            self._location = previous.location
            self._reopen_video()

    def _on_died(self, died: Died) -> None:
        """Start another process: with the video, but without the model that may have killed it."""
        path = self._opening_model.path if self._opening_model is not None else None
        if path is None and self._model is not None:
            path = self._model.path
        now = time.monotonic()
        repeated = now - self._died_at_seconds < 5.0
        self._died_at_seconds = now
        self._link.close()
        self._used_runtime = ""
        self._opening_model = None
        if path is not None:
            self._forget_model()
        if repeated and path is None:
            self._location = ""
            self._forget_video()
        else:
            self._reopen_video()
        self.busy_changed.emit("")
        self.failed.emit(error_of_death(died, path, repeated))

    def _forget_video(self) -> None:
        self._opening = ""
        self._set_playing(False)
        self._presenter.cue(self._link.generation)
        self._link.forget_ring()
        self._video = None
        self._shown = None
        self._record = None
        self._times = np.zeros(0)
        self._work_millis = np.zeros(0, np.float32)
        self.video_closed.emit()

    def _present(self) -> None:
        """Show what is due and sleep until the next frame is."""
        now = time.monotonic()
        playing = self._playing and not self._scrubbing
        chosen = self._presenter.present(now, playing)
        self._link.release(chosen.passed)
        if chosen.frame is not None:
            self._show(chosen.frame, chosen.dropped)
        self._tell_clock()
        if playing and self._presenter.is_exhausted:
            self._set_playing(False)
            self._presenter.pause(now)
        delay = self._presenter.delay_seconds(time.monotonic())
        if playing and math.isfinite(delay):
            self._timer.start(round(delay * 1000))
        elif playing and not self._patience.isActive():
            self._patience.start()

    def _show(self, frame: FrameReady, dropped: int) -> None:
        held = self._link.hold(frame)
        if held is None:
            return
        self._shown = shown_from(frame, held)
        is_playing = self._playing and not self._scrubbing
        self._record = record_from(frame, dropped, is_playing)
        self._move_position(frame.index)
        self.frame_shown.emit(self._shown)
