"""Stacked bars as a picture, round tick values, numbers as words: what the charts share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor


def argb(colour: str) -> int:
    """A colour as QImage.Format_ARGB32 holds it.

    Args:
        colour: `#rrggbb`.
    """
    return QColor(colour).rgba()


def bars_image(
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    tops: NDArray[np.float64],
    colours: Sequence[str],
    width: int,
    height: int,
) -> NDArray[np.uint32]:
    """Colour stacked bars, each pixel once.

    QPainter takes 0.2 s to fill such outlines as polygons; this takes some milliseconds at most.

    Args:
        left: float64 [N], ascending, where bars begin, in pixels.
        right: float64 [N], where they end, no farther than the next `left`.
        tops: float64 [K, N], upper edge of each layer in pixels from the top, lowest layer first.
        colours: one a layer, as `#rrggbb`.
        width: of the picture.
        height: of the picture.

    Returns:
        uint32 [height, width], as QImage.Format_ARGB32 has it, transparent above the bars.
    """
    layers = len(colours)
    edges = np.full((layers, width), height, np.int16)
    first = left.astype(np.int64)
    sizes = np.clip(right.astype(np.int64), first + 1, width) - first
    # Pixels of all bars: each bar's first pixel, counted on by its position within the bar.
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    pixels = np.repeat(first, sizes) + np.arange(len(starts)) - starts
    rounded = np.clip(np.rint(tops), 0, height).astype(np.int16)
    edges[:, pixels] = np.repeat(rounded, sizes, axis=1)
    rows = np.arange(height, dtype=np.int16)[:, None]
    depth = np.zeros((height, width), np.uint8)
    for edge in edges:
        depth += rows >= edge
    table = np.zeros(layers + 1, np.uint32)
    table[1:] = [argb(colour) for colour in reversed(colours)]
    return table[depth]


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
