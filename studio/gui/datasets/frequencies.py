"""How often each class occurs, in the order and on the scale that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from studio.data.report import DatasetReport


class Order(StrEnum):
    """How classes are sorted; the value is what the user reads."""

    CLASS = "class order"
    PIXELS = "pixels"
    IMAGES = "images"


@dataclass(frozen=True, slots=True)
class Frequency:
    """One class.

    Attributes:
        index: of the class.
        name: of the class.
        pixels: in all masks.
        share: of the labelled pixels, 0.0 to 1.0.
        images: that show it.
    """

    index: int
    name: str
    pixels: int
    share: float
    images: int


def frequencies(report: DatasetReport, order: Order) -> list[Frequency]:
    """Put a report into rows, the most frequent ones first unless in class order."""
    total = sum(report.class_pixels) or 1
    columns = zip(report.labels, report.class_pixels, report.class_images, strict=False)
    rows = [
        Frequency(index, name, pixels, pixels / total, images)
        for index, (name, pixels, images) in enumerate(columns)
    ]
    if order is Order.PIXELS:
        rows.sort(key=lambda row: -row.pixels)
    elif order is Order.IMAGES:
        rows.sort(key=lambda row: -row.images)
    return rows


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values lie along a bar.

    Attributes:
        low: at the left end; above 0 on a logarithmic scale.
        high: at the right end.
        is_log: whether each step multiplies.
    """

    low: float
    high: float
    is_log: bool

    def position(self, value: float) -> float:
        """0.0 to 1.0."""
        if not self.is_log:
            return min(1.0, value / self.high)
        if value <= self.low:
            return 0.0
        return min(1.0, math.log(value / self.low) / math.log(self.high / self.low))

    def ticks(self) -> list[float]:
        """Values to write at the axis: both ends and some between."""
        if not self.is_log:
            return [0.0, self.high / 2, self.high]
        first, last = round(math.log10(self.low)), math.floor(math.log10(self.high) + 1e-9)
        step = max(1, math.ceil((last - first) / 4))
        return [10.0**power for power in range(first, last + 1, step)]


def scale_of(values: list[float], is_log: bool) -> Scale:
    """A scale for some values; a logarithmic one begins at a power of ten below the smallest.

    Args:
        values: 0 or more each.
        is_log: which kind.
    """
    high = max(values, default=0.0) or 1.0
    if not is_log:
        return Scale(0.0, high, is_log=False)
    smallest = min((value for value in values if value > 0), default=high)
    low = 10.0 ** math.floor(math.log10(smallest / 1.5))  # the smallest is to be seen, too
    return Scale(low, high, is_log=True)
