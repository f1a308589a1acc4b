"""Which frame of a session is shown: the newest one, or where the replay stands."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from studio.gui.phone.replay import ReplayClock
from studio.gui.phone.session import Session

_TICK_MILLIS = 33
_COMPARED_LAG_FRAMES = 30
# Two differences of unix times lie up to a microsecond apart: no frame is missed for that.
_ROUNDING_SECONDS = 1e-6


class Player(QObject):
    """A position among the frames of a session, which may still grow."""

    moved = Signal()  # another frame is shown, or following began or ended
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._position: int | None = None
        self._is_following = False
        self._clock = ReplayClock()
        self._ticked_at = 0.0
        self._timer = QTimer(self, interval=_TICK_MILLIS)
        self._timer.timeout.connect(self._tick)

    @property
    def position(self) -> int | None:
        """Place of the frame that is shown among those of the session; None without frames."""
        return self._position

    @property
    def sequence(self) -> int | None:
        """Of the frame that is shown."""
        if self._session is None or self._position is None:
            return None
        return self._session.frames.row(self._position).sequence

    @property
    def is_following(self) -> bool:
        """Whether the newest frame of a live session is shown as it comes."""
        return self._is_following

    @property
    def is_playing(self) -> bool:
        """Whether the replay moves on by itself."""
        return self._clock.is_playing

    @property
    def position_seconds(self) -> float:
        """Where the shown frame lies on the time line, from the first frame."""
        return self._clock.length_seconds if self._is_following else self._clock.position_seconds

    @property
    def length_seconds(self) -> float:
        """From the first frame to the last."""
        return self._clock.length_seconds

    def open(self, session: Session) -> None:
        """Begin with a session, whose events are to come."""
        self.pause()
        speed = self._clock.speed
        self._clock = ReplayClock()
        self._clock.speed = speed
        self._session, self._position = session, None
        self._is_following = session.is_live

    def grow(self) -> None:
        """The session has more frames."""
        session = self._session
        if session is None or not len(session.frames):
            return
        frames = session.frames
        self._clock.length_seconds = float(frames.at_seconds[-1] - frames.at_seconds[0])
        if self._is_following:
            newest = len(frames) - 1
            compared = frames.last_compared
            # The computer's mask comes a little later; a frame that has both is worth the wait.
            if compared is not None and newest - compared < _COMPARED_LAG_FRAMES:
                newest = compared
            self._move(newest)
        elif self._position is None:
            self._move(0)

    def end(self) -> None:
        """The session is over, and can be replayed from now on."""
        self.grow()
        self._stay()

    def stop(self) -> None:
        """No more timers."""
        self._timer.stop()

    def show_frame(self, sequence: int) -> None:
        """Show a frame of the session, as when its dip in a chart is clicked."""
        session = self._session
        place = None if session is None else session.frames.find(sequence)
        if session is not None and place is not None:
            self._go(session, place)

    def seek_seconds(self, position_seconds: float) -> None:
        """Go to a position on the session's time line."""
        session = self._session
        if session is None or not len(session.frames):
            return
        self._is_following = False
        self._clock.seek(position_seconds)
        self._move(self._place_now(session))

    def step(self, frames: int) -> None:
        """Go some frames on, or back if negative."""
        session, position = self._session, self._position
        if session is None or position is None:
            return
        self.pause()
        self._go(session, min(max(position + frames, 0), len(session.frames) - 1))

    def follow(self) -> None:
        """Show the newest frame of a live session again."""
        if self._session is not None and self._session.is_live:
            self.pause()
            self._is_following = True
            self.grow()
            self.moved.emit()

    def toggle(self) -> None:
        """Play or pause; a live session that is followed stands still at the shown frame."""
        if self._is_following:
            self._stay()
        elif self._clock.is_playing:
            self.pause()
        else:
            self._clock.play()
            self._ticked_at = time.monotonic()
            self._tell_playing()
            self._tick()  # at the end it begins again, which is seen at once

    def pause(self) -> None:
        """Stay at the frame that is shown."""
        self._clock.is_playing = False
        self._tell_playing()

    def set_speed(self, speed: float) -> None:
        """1.0 is the session's own pace."""
        self._clock.speed = speed

    def _stay(self) -> None:
        """Follow no longer; the clock stands at the shown frame."""
        session, position = self._session, self._position
        if self._is_following:
            self._is_following = False
            if session is not None and position is not None:
                self._clock.seek(self._seconds_of(session, position))
            self.moved.emit()

    def _go(self, session: Session, place: int) -> None:
        self._is_following = False
        self._clock.seek(self._seconds_of(session, place))
        self._move(place)

    def _move(self, place: int) -> None:
        if place != self._position:
            self._position = place
            self.moved.emit()

    def _tick(self) -> None:
        session, position = self._session, self._position
        if session is None or position is None:
            return
        now = time.monotonic()
        is_last = position + 1 >= len(session.frames)
        following = None if is_last else self._seconds_of(session, position + 1)
        self._clock.advance(now - self._ticked_at, following)
        self._ticked_at = now
        self._move(self._place_now(session))
        self._tell_playing()

    def _tell_playing(self) -> None:
        is_playing = self._clock.is_playing
        if is_playing != self._timer.isActive():
            (self._timer.start if is_playing else self._timer.stop)()
            self.playing_changed.emit(is_playing)

    def _place_now(self, session: Session) -> int:
        at = session.first_frame_seconds + self._clock.position_seconds
        return session.frames.at(at + _ROUNDING_SECONDS)

    @staticmethod
    def _seconds_of(session: Session, place: int) -> float:
        return float(session.frames.at_seconds[place]) - session.first_frame_seconds
