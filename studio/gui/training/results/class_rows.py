"""Per-class IoU of an evaluation against another one, in the order that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from studio.training.validation_log import EpochScores


class Order(StrEnum):
    """How classes are sorted; the value is what the user reads."""

    CLASS = "class order"
    IOU = "IoU"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class.

    Attributes:
        index: of the class.
        name: of the class.
        iou: 0.0 to 1.0; None where the class does not occur in truth or prediction.
        reference: its IoU at the evaluation that is compared with.
        pixels: of this class in the truth.
    """

    index: int
    name: str
    iou: float | None
    reference: float | None
    pixels: int

    @property
    def change(self) -> float | None:
        """Against the reference."""
        if self.iou is None or self.reference is None:
            return None
        return self.iou - self.reference


def class_rows(scores: EpochScores, reference: EpochScores | None, order: Order) -> list[ClassRow]:
    """Put an evaluation into rows.

    Args:
        scores: what is shown.
        reference: what it is compared with; None for nothing.
        order: of the rows; classes that do not occur come last, except in class order.
    """
    old = reference.per_class_iou if reference is not None else ()
    rows = [
        ClassRow(
            index,
            label,
            scores.per_class_iou[index] if index < len(scores.per_class_iou) else None,
            old[index] if index < len(old) else None,
            sum(scores.confusion[index]) if index < len(scores.confusion) else 0,
        )
        for index, label in enumerate(scores.labels)
    ]
    if order is Order.IOU:
        rows.sort(key=lambda row: math.inf if row.iou is None else -row.iou)
    elif order is Order.CHANGE:
        rows.sort(key=lambda row: math.inf if row.change is None else -row.change)
    return rows
