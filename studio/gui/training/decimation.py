"""Draw a long curve with a few points a pixel, none of its peaks lost."""

from __future__ import annotations

import numpy as np

from studio.gui.training.curves import Curve, Values

POINTS_PER_COLUMN = 2


def decimated(x: Values, y: Values, left: float, right: float, columns: int) -> Curve:
    """The part of a curve that is in view, as it looks at a width of so many pixels.

    Of every pixel column the lowest and the highest value are kept: the line covers the same
    pixels as that of all points. A gap narrower than a pixel is closed.

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
    edges = np.linspace(left, right, columns + 1)
    first = np.unique(np.append(0, np.searchsorted(x, edges)))
    first = first[first < len(x)]
    middle = x[first] + 0.5 * (x[np.append(first[1:], len(x)) - 1] - x[first])
    drawn = np.stack([np.fmin.reduceat(y, first), np.fmax.reduceat(y, first)], axis=1)
    # Up in one column, down in the next: from the highest to the lowest it would go twice.
    drawn[1::2] = drawn[1::2, ::-1]
    return np.repeat(middle, 2), drawn.reshape(-1)
