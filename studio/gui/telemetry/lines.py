"""Curves over time, gathered into pixel columns: never more to draw than the screen can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.span import TimeSpan

Floats = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A curve with its name.

    Attributes:
        name: in a word or two; empty where the chart has only this one.
        at_seconds: float64 [N], ascending.
        values: float [N], NaN where unknown.
    """

    name: str
    at_seconds: NDArray[np.float64]
    values: Floats

    def value_at(self, seconds: float, at_most_apart: float) -> float:
        """The newest known value of a moment; NaN where it was older than some seconds."""
        first, last = np.searchsorted(self.at_seconds, (seconds - at_most_apart, seconds), "right")
        # The last few are enough, unless most values are unknown.
        for start in (max(int(first), int(last) - 16), int(first)):
            values = self.values[start : int(last)]
            known = np.flatnonzero(~np.isnan(values))
            if len(known):
                return float(values[known[-1]])
        return float("nan")


@dataclass(frozen=True, slots=True)
class LineColumns:
    """A curve by pixel columns.

    Attributes:
        x: float64 [C], pixels from the left edge, ascending.
        low: float64 [C], the smallest value of each column.
        high: float64 [C], the greatest one.
        mean: float64 [C].
        breaks: int64 [B], columns before which the curve is interrupted.
    """

    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    breaks: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)


def line_columns(line: Line, span: TimeSpan, width: int, longest_gap_seconds: float) -> LineColumns:
    """Gather the part of a curve that is in view.

    Args:
        line: any; unknown values are left out.
        span: what the chart's width stands for.
        width: of the chart in pixels, 1 or more.
        longest_gap_seconds: points farther apart are not joined.

    Returns:
        At most `width` columns.
    """
    first = int(np.searchsorted(line.at_seconds, span.start_seconds))
    last = int(np.searchsorted(line.at_seconds, span.end_seconds, side="right"))
    at, values = line.at_seconds[first:last], line.values[first:last]
    known = ~np.isnan(values)
    if not known.all():
        at, values = at[known], values[known]
    if not len(at):
        nothing = np.empty(0, np.float64)
        return LineColumns(nothing, nothing, nothing, nothing, np.empty(0, np.int64))
    position = (at - span.start_seconds) * (width / span.seconds)
    column = np.minimum(position.astype(np.int64), width - 1)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
    sizes = np.diff(np.concatenate((starts, [len(at)])))
    ends = starts + sizes - 1
    apart = at[starts[1:]] - at[ends[:-1]]
    return LineColumns(
        x=np.add.reduceat(position, starts) / sizes,
        low=np.minimum.reduceat(values, starts).astype(np.float64),
        high=np.maximum.reduceat(values, starts).astype(np.float64),
        mean=np.add.reduceat(values, starts, dtype=np.float64) / sizes,
        breaks=np.flatnonzero(apart > longest_gap_seconds) + 1,
    )
