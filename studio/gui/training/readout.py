"""The values of several runs in words: a line for a heading, a table for the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from PySide6.QtGui import QFont, QTextDocument

from studio.gui.theme import current_theme
from studio.gui.training.curves import Curve, Values
from studio.gui.training.metrics import value_text

_LONGEST_TITLE = 26
_REACH, _NEAR = 0.02, 0.015


@dataclass(frozen=True, slots=True)
class Reading:
    """One curve at one place.

    Attributes:
        title: of the run.
        colour: of its curves, `#rrggbb`.
        is_validation: whether it was taken on validation images.
        x: of the point that was read.
        value: as drawn, perhaps smoothed.
        raw: as reported.
    """

    title: str
    colour: str
    is_validation: bool
    x: float
    value: float
    raw: float


def readings_at(
    points: Curve, smooth: Values, x: float | None, view: tuple[float, float]
) -> tuple[float, float, float] | None:
    """Read a curve at the point next to an x.

    Args:
        points: as reported.
        smooth: float64 [N], as drawn.
        x: where; None for the latest point.
        view: left and right edge of what is shown. Beyond the curve's ends by more than a
            fiftieth of that there is nothing to read.

    Returns:
        x, value and reported value; None where there is nothing.
    """
    finite = np.flatnonzero(np.isfinite(points[1]))
    if not len(finite):
        return None
    if x is None:
        at = int(finite[-1])
    else:
        places = points[0][finite]
        reach = _REACH * (view[1] - view[0])
        if not places[0] - reach <= x <= places[-1] + reach:
            return None
        at = int(finite[int(np.argmin(np.abs(places - x)))])
    return float(points[0][at]), float(smooth[at]), float(points[1][at])


def line_html(title: str, readings: list[Reading]) -> str:
    """A heading with the values behind it; it may wrap between values, never within one."""
    muted = current_theme().muted
    parts = [f"<b>{escape(title)}</b>"]
    for reading in readings:
        prefix = f'<span style="color:{muted}">val&nbsp;</span>' if reading.is_validation else ""
        value = value_text(reading.value)
        parts.append(f'{prefix}<span style="color:{reading.colour}">{value}</span>')
    return "&ensp; ".join(parts)


def width_of(html: str, font: QFont) -> float:
    """Pixels that rich text takes in one line."""
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setHtml(html)
    return document.idealWidth()


def table_html(x_name: str, x: float, readings: list[Reading], view: tuple[float, float]) -> str:
    """One row a run: its colour and title, the training's value, the validation's.

    Args:
        x_name: what runs along x.
        x: under the cursor.
        readings: to list; of one that is not quite there, where it is.
        view: left and right edge of what is shown.
    """
    reach = _NEAR * (view[1] - view[0])
    muted = current_theme().muted
    runs = dict.fromkeys((reading.title, reading.colour) for reading in readings)
    has_both = [any(r.is_validation is is_val for r in readings) for is_val in (False, True)]
    columns = [is_val for is_val, is_there in zip((False, True), has_both, strict=True) if is_there]
    head = "".join(f'<td align="right">&nbsp;{"val" if each else "train"}</td>' for each in columns)
    rows = []
    for title, colour in runs:
        cells = ""
        for is_validation in columns:
            cells += "<td align='right'>&nbsp;&nbsp;"
            for reading in readings:
                is_here = (reading.title, reading.colour) == (title, colour)
                if is_here and reading.is_validation is is_validation:
                    cells += f"<b>{value_text(reading.value)}</b>"
                    if abs(reading.x - x) > reach:
                        place = escape(place_text(x_name, reading.x))
                        cells += f'<span style="color:{muted}">&nbsp;at&nbsp;{place}</span>'
                    break
            cells += "</td>"
        name = escape(title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…")
        rows.append(
            f'<tr><td style="color:{colour}">●&nbsp;</td>'
            f'<td style="white-space:nowrap">{name}</td>{cells}</tr>'
        )
    place = escape(place_text(x_name, x))
    return (
        "<table cellspacing=0 cellpadding=0>"
        f'<tr style="color:{muted}"><td></td><td style="white-space:nowrap">{place}</td>{head}</tr>'
        f"{''.join(rows)}</table>"
    )


def place_text(x_name: str, x: float) -> str:
    """A place on the x axis in words."""
    if x_name == "time":
        minutes = round(x * 60)
        return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{x * 60:.1f} min"
    return f"{x_name} {x:,.0f}" if x_name == "step" else f"{x_name} {x:.2f}"
