"""What metrics are called, how their values are written, and which are charted first."""

from __future__ import annotations

import math

_TITLES = {
    "loss": "Loss",
    "miou": "mIoU",
    "learning_rate": "Learning rate",
    "images_per_second": "Images per second",
    "pixel_accuracy": "Pixel accuracy",
    "loss/masks": "Loss against masks",
    "loss/teacher": "Loss against teacher",
    "boundary_iou": "Boundary IoU",
}
SHOWN_FIRST = ("loss", "miou", "learning_rate", "images_per_second")
"""Charts that are there without being asked for, in this order."""

BEST_OF = ("val/miou", "val_miou", "miou")
"""Metrics by which the best epoch is judged: the first that a run reports."""

NOT_SMOOTHED = ("learning_rate",)
"""Known exactly; an average would only show it late."""

MACHINE = ("cpu_percent", "memory_bytes", "data_wait_share")
"""Shown as tiles, not as charts."""


def metric_title(base: str) -> str:
    """A metric's name for people.

    Args:
        base: without the prefix of validation.
    """
    return _TITLES.get(base) or base.replace("_", " ").replace("/", ", ").capitalize()


def value_text(value: float) -> str:
    """A value with four digits that mean something; a dash for none."""
    if not math.isfinite(value):
        return "–"
    if value and (abs(value) < 1e-3 or abs(value) >= 1e5):
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.4g}"


def tick_texts(values: list[float]) -> list[str]:
    """Numbers along an axis, all in the same notation, short enough to stand beside it."""
    largest = max((abs(value) for value in values), default=0.0)
    if 1e-2 <= largest < 1e5 or not largest:
        return [f"{value:.6g}" for value in values]
    texts = []
    for value in values:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        texts.append(f"{float(mantissa):g}e{int(exponent)}" if value else "0")
    return texts


def chart_order(bases: list[str]) -> list[str]:
    """Metrics in the order of their charts: the four that matter most, then as they came."""
    first = [base for base in SHOWN_FIRST if base in bases]
    return first + [base for base in bases if base not in first and base not in MACHINE]
