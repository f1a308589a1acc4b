"""The position in a recorded session, and how it moves while it plays."""

from __future__ import annotations

SPEEDS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

LONGEST_GAP_SECONDS = 2.0
"""A phone that was away for longer is not waited for again."""


class ReplayClock:
    """A position on the time line of a session, in seconds from its first frame.

    It reads no clock of its own: whoever plays says how much time has passed.
    """

    def __init__(self) -> None:
        self.position_seconds = 0.0
        self.length_seconds = 0.0
        self.speed = 1.0
        self.is_playing = False

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing left to play."""
        return self.position_seconds >= self.length_seconds

    def play(self) -> None:
        """Go on, or begin again at the end."""
        if self.is_at_end:
            self.position_seconds = 0.0
        self.is_playing = self.length_seconds > 0

    def seek(self, position_seconds: float) -> None:
        """Go to a position, clamped to the session."""
        self.position_seconds = min(max(position_seconds, 0.0), self.length_seconds)

    def advance(self, passed_seconds: float, next_frame_seconds: float | None = None) -> None:
        """Let time pass; at the end the clock stops.

        Args:
            passed_seconds: real time since the last call.
            next_frame_seconds: position of the next frame; a long wait for it is skipped.
        """
        if not self.is_playing:
            return
        goal = self.position_seconds + passed_seconds * self.speed
        gap = 0.0 if next_frame_seconds is None else next_frame_seconds - self.position_seconds
        if gap > LONGEST_GAP_SECONDS and next_frame_seconds is not None:
            goal = next_frame_seconds
        self.seek(goal)
        if self.is_at_end:
            self.is_playing = False
