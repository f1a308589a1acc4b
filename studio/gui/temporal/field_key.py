"""The key in the corner of a view: a wheel of directions, or a bar from nothing to all."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QConicalGradient,
    QFont,
    QFontMetrics,
    QLinearGradient,
    QPainter,
    QRadialGradient,
)

from studio.playback.messages import FieldView

_WHEEL = 26
_BAR = QRect(0, 0, 54, 6)
_GROUND = QColor(0, 0, 0, 150)
_INFERNO = ("#000004", "#420a68", "#932667", "#dd513a", "#fca50a", "#fcffa4")
"""The colour map of residuals at equal steps. Reference: matplotlib's inferno, as in OpenCV."""


def paint_key(painter: QPainter, picture: QRect, view: FieldView, largest: float) -> None:
    """Paint the key of a view into the lower left corner of its picture.

    Args:
        painter: of the widget.
        picture: where the picture lies.
        view: which; one without a scale has no key.
        largest: what full colour stands for.
    """
    if picture.height() < 2 * _WHEEL:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if view == "flow":
        box = QRectF(picture.left() + 4, picture.bottom() - _WHEEL - 3, _WHEEL, _WHEEL)
        _paint_wheel(painter, box)
    elif view == "confidence":
        _paint_bar(painter, picture, ("#000000", "#ffffff"), "0", "1")
    elif view == "residual":
        _paint_bar(painter, picture, _INFERNO, "0", f"{largest:g}")
    painter.restore()


def _paint_wheel(painter: QPainter, box: QRectF) -> None:
    """What moves to the right is red, as in the picture; the middle stands still."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawEllipse(box.adjusted(-2, -2, 2, 2))
    wheel = QConicalGradient(box.center(), 0)
    for step in range(13):  # Qt turns against the clock, the picture's hues with it
        wheel.setColorAt(step / 12, QColor.fromHsvF((1 - step / 12) % 1.0, 1.0, 1.0))
    painter.setBrush(QBrush(wheel))
    painter.drawEllipse(box)
    middle = QRadialGradient(box.center(), box.width() / 2)
    middle.setColorAt(0, QColor(255, 255, 255, 255))
    middle.setColorAt(1, QColor(255, 255, 255, 0))
    painter.setBrush(QBrush(middle))
    painter.drawEllipse(box)


def _paint_bar(
    painter: QPainter, picture: QRect, colours: tuple[str, ...], low: str, high: str
) -> None:
    font = QFont(painter.font())
    font.setPixelSize(10)
    metrics = QFontMetrics(font)
    before, after = metrics.horizontalAdvance(low) + 4, metrics.horizontalAdvance(high) + 4
    plate = QRectF(0, 0, before + _BAR.width() + after + 6, metrics.height() + 2)
    plate.moveBottomLeft(QPointF(picture.left() + 3, picture.bottom() - 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(plate, 3, 3)
    bar = QRectF(_BAR)
    bar.moveCenter(QPointF(plate.left() + 3 + before + _BAR.width() / 2, plate.center().y()))
    shades = QLinearGradient(bar.topLeft(), bar.topRight())
    for number, colour in enumerate(colours):
        shades.setColorAt(number / (len(colours) - 1), QColor(colour))
    painter.fillRect(bar, QBrush(shades))
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))  # on the dark plate in either theme
    flags = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(plate.adjusted(4, 0, 0, 0), flags | Qt.AlignmentFlag.AlignLeft, low)
    painter.drawText(plate.adjusted(0, 0, -4, 0), flags | Qt.AlignmentFlag.AlignRight, high)
