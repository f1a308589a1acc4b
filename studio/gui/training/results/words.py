"""Scores and classes as words."""

from __future__ import annotations

from studio.classes import VOID_INDEX

THIN_SPACE = "\u2009"
MINUS = "\u2212"


def class_name(labels: tuple[str, ...], index: int) -> str:
    """Name of a class, of void, or its number where it has no name."""
    if index == VOID_INDEX:
        return "void"
    return labels[index] if index < len(labels) else f"class {index}"


def percent(ratio: float) -> str:
    """A ratio with one decimal: `61.3 %`."""
    return f"{100 * ratio:.1f} %"


def change(ratio: float) -> str:
    """A difference of ratios in points, with its sign: `+1.2`."""
    points = round(100 * ratio, 1)
    if points == 0:
        return "±0.0"
    return f"{'+' if points > 0 else MINUS}{abs(points):.1f}"


def count(number: int) -> str:
    """An integer in groups of three."""
    return f"{number:,}".replace(",", THIN_SPACE)


def pixel_words(labels: tuple[str, ...], predicted: int | None, true: int | None) -> str:
    """What is under the pointer: `dog, rightly`, or `cat (truth: dog)`."""
    if predicted is None and true is None:
        return ""
    if predicted is None:
        return f"truth: {class_name(labels, true)}" if true is not None else ""
    name = class_name(labels, predicted)
    if true is None:
        return name
    if true == predicted:
        return f"{name}, rightly"
    return f"{name} (truth: {class_name(labels, true)})"
