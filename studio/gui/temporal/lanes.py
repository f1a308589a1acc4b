"""A low strip of curves under the bars of a chart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.gui.telemetry.painting import nice_ceiling, tick_number
from studio.gui.theme import Theme

_USUAL_PERCENT = 97


@dataclass(frozen=True, slots=True)
class Lane:
    """What a strip shows.

    Attributes:
        title: of its scale.
        curves: values 0 to 1, one a frame, NaN where unknown; colour; name, empty for the title.
        is_from_top: the top is 100 %, and the bottom as low as is needed; else the bottom is 0 %.
    """

    title: str
    curves: tuple[tuple[NDArray[np.float64], str, str], ...]
    is_from_top: bool = False


def scale_of(lane: Lane) -> tuple[float, float]:
    """Lower and upper end of a lane's scale; a lone spike, as at a cut, may go beyond."""
    known = np.concatenate([values[np.isfinite(values)] for values, _, _ in lane.curves])
    if not len(known):
        return 0.0, 1.0
    if lane.is_from_top:
        lowest = float(np.percentile(known, 100 - _USUAL_PERCENT))
        return 1.0 - min(1.0, nice_ceiling(max(1.0 - lowest, 0.01))), 1.0
    highest = float(np.percentile(known, _USUAL_PERCENT))
    return 0.0, min(1.0, nice_ceiling(max(highest, 0.001)))


def paint_lane(
    painter: QPainter, area: QRect, lane: Lane, xs: NDArray[np.float64], theme: Theme
) -> None:
    """Paint a strip.

    Args:
        painter: with the font of its words.
        area: of the strip.
        lane: what it shows.
        xs: where each frame lies.
        theme: in use.
    """
    low, high = scale_of(lane)
    painter.fillRect(area, QColor(theme.raised))
    metrics = painter.fontMetrics()
    painter.setPen(QColor(theme.muted))
    labels = QRect(0, area.top() - 1, area.left() - 5, area.height() + 2)
    top, bottom = (tick_number(round(100 * end, 2)) for end in (high, low))
    painter.drawText(labels, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, top)
    if area.height() >= 2 * metrics.height():
        painter.drawText(labels, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, bottom)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(area)
    for values, colour, _ in lane.curves:
        painter.setPen(QPen(QColor(colour), 1.3))
        ys = area.bottom() - (values - low) / max(high - low, 1e-9) * (area.height() - 2) - 1
        for piece in _pieces(np.isfinite(values)):
            points = [
                QPointF(x, y) for x, y in zip(xs[piece].tolist(), ys[piece].tolist(), strict=True)
            ]
            if len(points) == 1:
                painter.drawPoint(points[0])
            else:
                painter.drawPolyline(QPolygonF(points))
    painter.restore()
    _paint_caption(painter, area, lane, theme)


def _paint_caption(painter: QPainter, area: QRect, lane: Lane, theme: Theme) -> None:
    """The newest values, where the curves are least likely to be."""
    metrics = painter.fontMetrics()
    x = float(area.left() + 4)
    top = area.bottom() - metrics.height() if lane.is_from_top else area.top() + 1
    for values, colour, name in lane.curves:
        known = values[np.isfinite(values)]
        words = name or lane.title
        if len(known):
            words += f" {100 * float(known[-1]):.{1 if lane.is_from_top else 2}f} %"
        width = metrics.horizontalAdvance(words)
        ground = QColor(theme.raised)
        ground.setAlpha(170)
        plate = QRectF(x - 2, top, width + 6, metrics.height())
        painter.fillRect(plate, ground)
        painter.setPen(QColor(colour))
        painter.drawText(QPointF(x, top + metrics.ascent()), words)
        x += width + 12


def _pieces(known: NDArray[np.bool_]) -> list[slice]:
    """Runs of frames that are known one after the other."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
