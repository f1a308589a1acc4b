"""The conversation of playback with its process: what arrives, and what is shown when."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio import errors
from studio.gui.playback.received import record_from, shown_from
from studio.gui.playback.state import PlaybackState
from studio.inference.model import ModelInfo
from studio.playback.client import Died
from studio.playback.link import PlaybackLink
from studio.playback.messages import (
    EndReached,
    FrameReady,
    ModelChanged,
    ModelOpened,
    OpenModel,
    Preparing,
    Rebuilding,
    Trouble,
    VideoOpened,
)
from studio.playback.troubles import error_of, error_of_death

PATIENCE_MILLIS = 60_000
"""How long the playback process may take for a model, a video or a frame."""

_PREPARING_ROUNDS = 9  # of patience more while the temporal engine is compiled
_SETTLE_MILLIS = 150  # of rest, before a mask that was made quickly is made exact

_HANGS = f"no answer for {PATIENCE_MILLIS // 1000} seconds"


class PlaybackConversation(PlaybackState):
    """Playback as far as its process drives it. The commands are `PlaybackModel`'s."""

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
        self._is_busy = False
        self._prepares = 0  # how often patience may yet run out
        self._settled: int | None = None  # frame whose exact mask was asked for last
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._present)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MILLIS)
        self._settle.timeout.connect(self._be_exact)
        # A model can make the process hang as well as crash; both end in words.
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MILLIS)
        self._patience.timeout.connect(self._lose_patience)
        self._woken.connect(self._drain)

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

    @property
    def _wants_exact(self) -> bool:
        """Whether a frame at rest is to have the mask that it always has."""
        spec = self._temporal.spec
        can = spec.mode != "off" and not spec.asynchronous and not self._presenter.is_live
        return can and spec.seek == "exact"

    def _be_exact(self) -> None:
        """Ask once more for the frame at rest on screen if its mask was made quickly."""
        shown = self._shown
        if shown is None or shown.is_exact or self._playing or not self._wants_exact:
            return
        if not self._presenter.awaits_first and shown.index != self._settled:
            self._cue(shown.index)

    def _cue(self, index: int, *, quick: bool = False, again: bool = False) -> None:
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
        self._settled = None if quick else index
        generation = self._link.cue(index, start, end, quick=quick, again=again)
        self._link.release(self._presenter.cue(generation))
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
                case ModelChanged() if self._model is not None:
                    self._model = message.info
                    self.model_changed.emit(message.info)
                case Rebuilding() if message.generation == self._presenter.generation:
                    self._is_busy = True
                    self.busy_changed.emit(f"Exact mask: frame {message.done} of {message.total}…")
                case Preparing():
                    self._is_busy, self._prepares = True, _PREPARING_ROUNDS
                    self.busy_changed.emit("Preparing the temporal engine…")
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
        if not self._waits_for_process:
            return
        if self._prepares:
            self._prepares -= 1
            self._patience.start()
        else:
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
        for passed in chosen.passed:
            self.frame_received.emit(passed)
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
        self._prepares = 0
        if self._is_busy:
            self._is_busy = False
            self.busy_changed.emit("")
        self._shown = shown_from(frame, held)
        is_playing = self._playing and not self._scrubbing
        self._record = record_from(frame, dropped, is_playing)
        self._move_position(frame.index)
        self.frame_received.emit(frame)
        self.frame_shown.emit(self._shown)
        if not frame.is_exact:
            self._settle.start()
