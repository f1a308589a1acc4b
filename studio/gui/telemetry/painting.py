"""Fast polygons from NumPy, round tick values, numbers as words: what the charts share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtGui import QPolygonF


def polygon(x: NDArray[np.float64], y: NDArray[np.float64]) -> QPolygonF:
    """Make a polygon without a Python object per point.

    Args:
        x: float64 [N].
        y: float64 [N].
    """
    count = len(x)
    result = QPolygonF()
    if count:
        result.resize(count)
        # PySide6 declares neither these arguments nor the buffer that comes of them.
        make_pointer: Any = shiboken6.VoidPtr
        pointer = make_pointer(result.data(), count * 16, True)
        memory = np.frombuffer(pointer, np.float64).reshape(count, 2)
        memory[:, 0] = x
        memory[:, 1] = y
    return result


def steps(
    left: NDArray[np.float64], right: NDArray[np.float64], y: NDArray[np.float64], base: float
) -> QPolygonF:
    """The outline of bars that stand on a base line, as one polygon.

    Args:
        left: float64 [N], ascending.
        right: float64 [N], no farther than the next `left`.
        y: float64 [N], the bars' upper edges.
        base: where they stand.
    """
    count = len(left)
    px = np.empty(4 * count)
    py = np.full(4 * count, base)
    px[0::4] = px[1::4] = left
    px[2::4] = px[3::4] = right
    py[1::4] = py[2::4] = y
    return polygon(px, py)


_LADDER = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below a value above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    for step in _LADDER:
        if value <= step * power * (1 + 1e-9):
            return step * power
    return 10.0 * power


def ticks(top: float, at_most: int) -> list[float]:
    """Evenly spaced round values from 0 to at most `top`.

    Args:
        top: above 0.
        at_most: how many steps there is room for, 1 or more.
    """
    step = nice_ceiling(top / max(at_most, 1))
    return [step * i for i in range(int(top / step + 1e-9) + 1)]


def short_number(value: float) -> str:
    """Three significant digits at most, without a needless fraction; a dash for NaN."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 99.95:
        return f"{value:,.0f}".replace(",", "\u2009")
    if abs(value) >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}"


def tick_number(value: float) -> str:
    """As short as a round value can be written."""
    return f"{value:g}"


def age_words(seconds: float) -> str:
    """How long ago, for a time axis: `-10 s`, `-5 min`, `now`."""
    if seconds == 0:
        return "now"
    if seconds >= 120 or (seconds >= 60 and seconds % 60 == 0):
        return f"−{seconds / 60:g} min"
    return f"−{seconds:g} s"
