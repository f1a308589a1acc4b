"""Which stretch of time the charts show: the newest, or one that the user zoomed into."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_SECONDS = 0.2
"""Some frames must stay in sight, however far a user turns the wheel."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time.

    Attributes:
        start_seconds: at the left edge of a chart.
        end_seconds: at its right edge, after the start.
    """

    start_seconds: float
    end_seconds: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end_seconds - self.start_seconds

    def at(self, share: float) -> float:
        """The moment at a share of the width, 0 at the left edge and 1 at the right one."""
        return self.start_seconds + share * self.seconds

    def share_of(self, seconds: float) -> float:
        """Where a moment lies: the inverse of `at`."""
        return (seconds - self.start_seconds) / self.seconds

    def zoomed(self, factor: float, share: float) -> TimeSpan:
        """Longer or shorter by a factor, around a point that stays where it is."""
        seconds = max(SHORTEST_SECONDS, self.seconds * factor)
        start = self.at(share) - share * seconds
        return TimeSpan(start, start + seconds)

    def shifted(self, seconds: float) -> TimeSpan:
        """As long, and later by so much."""
        return TimeSpan(self.start_seconds + seconds, self.end_seconds + seconds)

    def within(self, limits: TimeSpan) -> TimeSpan:
        """Moved, and shortened where it must be, so that it does not leave the limits."""
        seconds = min(self.seconds, limits.seconds)
        start = min(max(self.start_seconds, limits.start_seconds), limits.end_seconds - seconds)
        return TimeSpan(start, start + seconds)
