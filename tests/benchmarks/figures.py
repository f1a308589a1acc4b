"""Measured figures, each with what it should be, as a table and an exit code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes:
        name: what was measured.
        value: NaN where nothing could be measured, which misses any bar.
        unit: as printed behind it.
        bar: what it should be at least or at most; None for what is only told.
        sense: whether `bar` is a least or a most value.
        parts: the same measured on parts of the data, by name.
    """

    name: str
    value: float
    unit: str = ""
    bar: float | None = None
    sense: Literal["least", "most"] = "least"
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether the bar is met; what has none cannot miss it."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.sense == "least" else self.value <= self.bar


@dataclass(frozen=True)
class Report:
    """What one benchmark found.

    Attributes:
        title: what was measured, on what.
        figures: in order.
        notes: what one should know to read them.
    """

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    @property
    def passes(self) -> bool:
        """Whether all bars are met."""
        return all(figure.passes for figure in self.figures)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "title": self.title,
            "figures": [_plain(each) for each in self.figures],
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """As people read it."""
        parts = list(dict.fromkeys(name for figure in self.figures for name in figure.parts))
        width = max(len(figure.name) for figure in self.figures)
        heading = f"{'':{width}} {'value':>10}     {'bar':>9}      "
        lines = [self.title, heading + "".join(f" {name:>10}" for name in parts)]
        for figure in self.figures:
            bar = "" if figure.bar is None else f"{_SIGN[figure.sense]} {figure.bar:.2f}"
            verdict = "" if figure.bar is None else "PASS" if figure.passes else "MISS"
            shown = "".join(
                f" {figure.parts[name]:10.2f}" if name in figure.parts else " " * 11
                for name in parts
            )
            lines.append(
                f"{figure.name:{width}} {figure.value:10.2f} {figure.unit:3} {bar:>9} {verdict:4}"
                f" {shown}".rstrip()
            )
        return [*lines, *(f"  {note}" for note in self.notes)]


def _plain(figure: Figure) -> dict[str, Any]:
    value = figure.value if math.isfinite(figure.value) else None
    parts = {name: part if math.isfinite(part) else None for name, part in figure.parts.items()}
    return {**asdict(figure), "value": value, "parts": parts, "passes": figure.passes}


_SIGN = {"least": "≥", "most": "≤"}
