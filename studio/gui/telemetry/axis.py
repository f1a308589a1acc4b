"""The time axis that all charts of the panel share: margins, and words below it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.gui.telemetry.painting import age_words
from studio.gui.telemetry.span import TimeSpan

LEFT, RIGHT = 46, 10
"""Pixels beside the plot; charts below each other line up by them."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """What a chart's width stands for.

    Attributes:
        span: from its left to its right edge.
        origin_seconds: where the time of the source begins.
        is_following: whether the right edge is the newest record, and words tell ages.
    """

    span: TimeSpan
    origin_seconds: float = 0.0
    is_following: bool = True

    def words_at(self, seconds: float) -> str:
        """A moment, as it is written below the axis."""
        if self.is_following:
            return age_words(round(self.span.end_seconds - seconds, 1))
        return elapsed_words(seconds - self.origin_seconds, self.span.seconds < 20)

    def labels(self, width: int) -> list[tuple[float, str]]:
        """Shares of the width and the words there, as many as have room."""
        parts = 5 if width > 500 else 2
        return [
            (part / parts, self.words_at(self.span.at(part / parts))) for part in range(parts + 1)
        ]


def elapsed_words(seconds: float, tenths: bool = False) -> str:
    """Time since the beginning: `1:05`, `1:05.2`, `1:00:05`; before it with a minus."""
    sign = "−" if seconds < 0 else ""
    total = round(abs(seconds), 1) if tenths else float(round(abs(seconds)))
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(int(minutes), 60)
    rest_words = f"{rest:04.1f}" if tenths else f"{int(rest):02d}"
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{rest_words}"
    return f"{sign}{minutes}:{rest_words}"
