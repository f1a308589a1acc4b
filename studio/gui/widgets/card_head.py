"""The first line of a run's card: its title, and its status as a chip at the right."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from studio.gui.theme import current_theme


def paint_card_head(
    painter: QPainter,
    option: QStyleOptionViewItem,
    area: QRect,
    title: str,
    chip: tuple[str, str],
    elide: Qt.TextElideMode,
) -> None:
    """Paint the title at the left and the chip at the right, which is never cut off.

    Args:
        painter: of the view.
        option: of the item; says the font.
        area: of the line.
        title: of the run.
        chip: what it says, and the theme's colour that it has.
        elide: where a long title is cut.
    """
    theme = current_theme()
    text, tone = chip
    small = QFont(option.font)
    small.setPixelSize(max(9, round(QFontMetrics(option.font).height() * 0.68)))
    small.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetrics(small)
    shape = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height() + 2)
    shape.moveRight(area.right())
    shape.moveTop(area.center().y() - shape.height() / 2 + 1)
    colour = QColor(getattr(theme, tone))
    ground = QColor(colour)
    ground.setAlphaF(0.16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
    painter.setPen(colour)
    painter.setFont(small)
    painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, text)

    bold = QFont(option.font)
    bold.setWeight(QFont.Weight.DemiBold)
    beside = QRect(area)
    beside.setRight(round(shape.left()) - 8)
    painter.setFont(bold)
    painter.setPen(QColor(theme.text))
    words = QFontMetrics(bold).elidedText(title, elide, beside.width())
    painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, words)
