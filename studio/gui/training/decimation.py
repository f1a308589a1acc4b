"""Draw a long curve with a few points a pixel, none of its peaks lost."""

from __future__ import annotations

import numpy as np

from studio.gui.training.curves import Curve, Values

POINTS_PER_COLUMN = 4


def decimated(x: Values, y: Values, left: float, right: float, columns: int) -> Curve:
    """The part of a curve that is in view, as it looks at a width of so many pixels.

    Of every pixel column, the first value, the lowest, the highest and the last are kept: the
    line covers the same pixels as that of all points. A gap narrower than a pixel is closed.

    Args:
        x: float64 [N], ascending.
        y: float64 [N]; NaN is a gap.
        left: x at the left edge of the view.
        right: x at its right edge, above `left`.
        columns: pixels between them, 1 or more.

    Returns:
        x and y; beyond either edge one point more, so that the line goes on to the edge.
    """
    start = max(0, int(np.searchsorted(x, left)) - 1)
    stop = min(len(x), int(np.searchsorted(x, right, side="right")) + 1)
    x, y = x[start:stop], y[start:stop]
    if len(x) <= POINTS_PER_COLUMN * columns:
        return x, y
    column = np.floor((x - left) * (columns / (right - left)))
    first = np.append(0, np.flatnonzero(np.diff(column)) + 1)
    last = np.append(first[1:], len(x)) - 1
    lowest, highest = np.fmin.reduceat(y, first), np.fmax.reduceat(y, first)
    middle = 0.5 * (x[first] + x[last])
    ends = [np.where(np.isfinite(y[at]), y[at], lowest) for at in (first, last)]
    drawn_x = np.stack([x[first], middle, middle, x[last]], axis=1).reshape(-1)
    drawn_y = np.stack([ends[0], lowest, highest, ends[1]], axis=1).reshape(-1)
    return drawn_x, drawn_y
