"""The commands of playback. No widget is known here."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from studio.gui.playback.conversation import PlaybackConversation
from studio.gui.playback.shown import Loop
from studio.inference.model import SessionOptions
from studio.playback.messages import CloseModel, CloseVideo, FieldView, OpenModel, SetTemporal
from studio.temporal.spec import TemporalSpec


class PlaybackModel(PlaybackConversation):
    """Playback, served by a process of its own.

    Every method returns at once; what it leads to is told by a signal.
    """

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
        self._take_options(options or self._options)
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
        self._take_options(options)
        if self._model is not None:
            self.open_model(self._model.path, options)

    def set_temporal(
        self, spec: TemporalSpec, view: FieldView = "none", compare: bool = False
    ) -> None:
        """Use the redundancy between frames in another way, from the frame on screen on.

        That frame comes at once. Where the spec is to be exact it is made so as soon as it rests;
        while it plays, masks are exact again from the next anchor on.

        Args:
            spec: how.
            view: what to send beside each mask.
            compare: run the network on every frame as well, and say how the masks compare.
        """
        wanted = SetTemporal(spec=spec, view=view, compare=compare)
        previous, self._temporal = self._temporal, wanted
        if wanted == previous:
            return
        self._link.set_temporal(wanted)
        is_other = spec != previous.spec
        # Another view comes by itself with the next frames while it plays.
        if self._model is not None and self._video is not None and (is_other or not self._playing):
            self._cue(self._position, quick=is_other, again=not is_other)
        if is_other:
            self.temporal_changed.emit(spec)

    def play(self) -> None:
        """Play on; from the start (of the loop) when the end has been reached."""
        if self._video is None or self._playing:
            return
        if self._presenter.is_live:
            self._recue()  # what was prepared while paused is no longer live
        elif self._presenter.is_exhausted and self._position >= self.last_index:
            self.seek(0 if self._loop is None else self._loop.start)
        self._settled = None
        self._set_playing(True)
        self._presenter.play(time.monotonic())
        self._present()

    def pause(self) -> None:
        """Stop the clock at the frame on screen."""
        if self._playing:
            self._presenter.pause(time.monotonic())
            self._set_playing(False)
            self._tell_clock()
            self._settle.start()

    def toggle(self) -> None:
        """Play or pause."""
        (self.pause if self._playing else self.play)()

    def seek(self, index: int) -> None:
        """Show exactly this frame (clamped to the video), playing on from there if it plays."""
        if self._video is None or self._presenter.is_live:
            return
        # While the hand moves a picture at once says more than a mask that is exact.
        quick = self._scrubbing and self._wants_exact
        self._cue(min(max(index, 0), self.last_index), quick=quick)

    def seek_seconds(self, offset_seconds: float) -> None:
        """Jump by some seconds of the video."""
        if len(self._times):
            goal = self._times[self._position] + offset_seconds
            self.seek(int(np.argmin(np.abs(self._times - goal))))

    def step(self, frames: int) -> None:
        """Pause and go exactly this many frames on (or back, if negative)."""
        self.pause()
        prepared = self._presenter.next_ready if frames == 1 else None
        if prepared is not None and (prepared.is_exact or not self._wants_exact):
            self._presenter.take_next()
            self._presenter.move_to(prepared)
            self._show(prepared, dropped=0)
        elif frames == 1 and self._video is not None and not self._presenter.is_live:
            self._cue(min(self._position + 1, self.last_index), again=True)
        else:
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
        else:
            self._settle.start()

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
        self._settle.stop()
        self._link.close()
