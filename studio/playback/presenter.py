"""Which prepared frame is on screen when: the pace of playing, without a widget or a process."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from studio.playback.clock import PlayClock
from studio.playback.messages import FrameReady

_FURTHEST_AHEAD_SECONDS = 0.25
_EARLY_SECONDS = 0.002  # a timer that fires a little early still shows its frame


@dataclass(frozen=True, slots=True)
class Presentation:
    """What to do now.

    Attributes:
        frame: to show; None to leave the screen as it is.
        passed: frames whose time went by unseen; their slots are free.
        dropped: how many frames were never on screen since the last one that was.
    """

    frame: FrameReady | None
    passed: tuple[FrameReady, ...] = ()
    dropped: int = 0


class Presenter:
    """Holds the prepared frames of the current jump and tells when each is due.

    The clock never runs more than 0.25 s ahead of the newest prepared frame: when decoding or the
    network cannot keep up, playing slows down instead of leaving the picture behind.
    """

    def __init__(self) -> None:
        self.clock = PlayClock()
        self.generation = 0
        self.is_live = False
        self.end_reached = False
        self._ready: deque[FrameReady] = deque()
        self._awaits_first = True
        self._newest_seconds = 0.0

    @property
    def awaits_first(self) -> bool:
        """Whether no frame of the current jump has been shown yet."""
        return self._awaits_first

    @property
    def is_exhausted(self) -> bool:
        """Whether everything up to the end has been shown."""
        return self.end_reached and not self._ready and not self._awaits_first

    def cue(self, generation: int) -> tuple[FrameReady, ...]:
        """Begin a new jump; the clock waits at 0 for its first frame.

        Returns:
            The frames that will not be shown any more.
        """
        left = tuple(self._ready)
        self._ready.clear()
        self.generation = generation
        self.end_reached = False
        self._awaits_first = True
        self._newest_seconds = 0.0
        self.clock = PlayClock(speed=self.clock.speed)
        return left

    def add(self, frame: FrameReady) -> bool:
        """Take a prepared frame; False if it belongs to an older jump."""
        if frame.generation != self.generation:
            return False
        self._ready.append(frame)
        self._newest_seconds = frame.timeline_seconds
        return True

    @property
    def next_ready(self) -> FrameReady | None:
        """The next prepared frame of a jump whose first one has been shown."""
        return self._ready[0] if self._ready and not self._awaits_first else None

    def take_next(self) -> FrameReady | None:
        """The next prepared frame, due or not: for a step forward."""
        return self._ready.popleft() if self._ready and not self._awaits_first else None

    def play(self, now_seconds: float) -> None:
        """Let the clock run from where it stands (or from the first frame's arrival on)."""
        if not self._awaits_first:
            self.clock = self.clock.started(now_seconds)

    def pause(self, now_seconds: float) -> None:
        """Let the clock stand."""
        self.clock = self.clock.stopped(now_seconds)

    def move_to(self, frame: FrameReady) -> None:
        """Set the standing clock to a frame that was shown by a step."""
        self.clock = PlayClock(frame.timeline_seconds, None, self.clock.speed)

    def present(self, now_seconds: float, is_playing: bool) -> Presentation:
        """Choose what to show.

        Args:
            now_seconds: `time.monotonic()`.
            is_playing: whether the user wants it to play.
        """
        if not self._ready:
            self._hold(now_seconds)
            return Presentation(None)
        if self._awaits_first:
            frame = self._ready.popleft()
            self._awaits_first = False
            self.clock = PlayClock(frame.timeline_seconds, None, self.clock.speed)
            if is_playing:
                self.clock = self.clock.started(now_seconds)
            return Presentation(frame, dropped=frame.skipped)
        if not is_playing:
            return Presentation(None)
        if self.is_live:
            self.clock = self.clock.started(now_seconds)
        self._hold(now_seconds)
        position = math.inf if self.is_live else self.clock.at(now_seconds) + _EARLY_SECONDS
        due: list[FrameReady] = []
        while self._ready and self._ready[0].timeline_seconds <= position:
            due.append(self._ready.popleft())
        if not due:
            return Presentation(None)
        dropped = len(due) - 1 + sum(frame.skipped for frame in due)
        return Presentation(due[-1], tuple(due[:-1]), dropped)

    def delay_seconds(self, now_seconds: float) -> float:
        """Seconds until the next prepared frame is due; infinity when there is none."""
        if not self._ready:
            return math.inf
        return self.clock.delay_until(self._ready[0].timeline_seconds, now_seconds)

    def _hold(self, now_seconds: float) -> None:
        limit = self._newest_seconds + _FURTHEST_AHEAD_SECONDS
        self.clock = self.clock.held_at(limit, now_seconds)
