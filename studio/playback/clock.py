"""The playing position as a function of time: pure, so that it can be tested without waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

SPEEDS = (0.1, 4.0)
"""Slowest and fastest playing speed."""


@dataclass(frozen=True, slots=True)
class PlayClock:
    """A position on a timeline that runs at some speed, or stands.

    Attributes:
        position_seconds: where it stood at `since_seconds`.
        since_seconds: the time (`time.monotonic()`) of that; None while the clock stands.
        speed: timeline seconds in a second.
    """

    position_seconds: float = 0.0
    since_seconds: float | None = None
    speed: float = 1.0

    @property
    def is_running(self) -> bool:
        """Whether the position moves."""
        return self.since_seconds is not None

    def at(self, now_seconds: float) -> float:
        """The position at a time."""
        if self.since_seconds is None:
            return self.position_seconds
        return self.position_seconds + (now_seconds - self.since_seconds) * self.speed

    def started(self, now_seconds: float) -> PlayClock:
        """The clock running from its position on."""
        return replace(self, position_seconds=self.at(now_seconds), since_seconds=now_seconds)

    def stopped(self, now_seconds: float) -> PlayClock:
        """The clock standing at its position."""
        return replace(self, position_seconds=self.at(now_seconds), since_seconds=None)

    def at_speed(self, speed: float, now_seconds: float) -> PlayClock:
        """The clock at another speed (kept within `SPEEDS`), without a jump."""
        slowest, fastest = SPEEDS
        running = self.started(now_seconds) if self.is_running else self
        return replace(running, speed=min(max(speed, slowest), fastest))

    def held_at(self, limit_seconds: float, now_seconds: float) -> PlayClock:
        """The clock set back to a limit if it has run past it."""
        if not self.is_running or self.at(now_seconds) <= limit_seconds:
            return self
        return replace(self, position_seconds=limit_seconds, since_seconds=now_seconds)

    def delay_until(self, position_seconds: float, now_seconds: float) -> float:
        """Seconds until the clock reaches a position; 0 if it has, infinity if it stands."""
        ahead = position_seconds - self.at(now_seconds)
        if ahead <= 0:
            return 0.0
        return ahead / self.speed if self.is_running else math.inf
