"""Curves as a picture, in logical pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from studio.gui.telemetry.lines import LineColumns


def curves_picture(
    curves: Sequence[tuple[LineColumns, QColor]],
    limits: tuple[float, float],
    size: QSize,
    ground: QColor,
    device_pixel_ratio: float,
) -> QPixmap:
    """Paint curves: their mean as a line, and from the smallest to the greatest value behind it.

    Args:
        curves: by pixel columns, with their colours.
        limits: what the lower and the upper edge stand for.
        size: of the picture.
        ground: behind the curves.
        device_pixel_ratio: of the screen.
    """
    picture = QPixmap(size * device_pixel_ratio)
    picture.setDevicePixelRatio(device_pixel_ratio)
    picture.fill(ground)
    painter = QPainter(picture)
    for columns, colour in curves:
        if len(columns):
            _paint_curve(painter, columns, limits, size.height(), colour)
    painter.end()
    return picture


def _paint_curve(
    painter: QPainter,
    columns: LineColumns,
    limits: tuple[float, float],
    height: int,
    colour: QColor,
) -> None:
    scale = (height - 2) / (limits[1] - limits[0])
    ground = height - 2
    x = columns.x.tolist()
    mean = (ground - (columns.mean - limits[0]) * scale).tolist()
    high = (ground - (columns.high - limits[0]) * scale).tolist()
    low = (ground - (columns.low - limits[0]) * scale).tolist()
    faint = QColor(colour)
    faint.setAlpha(90)
    painter.setPen(QPen(faint, 1))
    spread = zip(x, low, high, strict=True)
    painter.drawLines([QLineF(at, a, at, b) for at, a, b in spread if a - b > 1.5])
    painter.setPen(QPen(colour, 1.3))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edges = [0, *columns.breaks.tolist(), len(x)]
    for start, stop in pairwise(edges):
        points = [QPointF(at, y) for at, y in zip(x[start:stop], mean[start:stop], strict=True)]
        if len(points) == 1:
            painter.drawPoint(points[0])
        else:
            painter.drawPolyline(points)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
