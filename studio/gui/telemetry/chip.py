"""A pill with a sign and some words."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.icons import Tint, icon
from studio.gui.theme import current_theme

_SIGN_PIXELS = 13


class Chip(QWidget):
    """Words on a ground of their colour; too long ones are cut, and whole in the tool tip.

    Args:
        words: what it says.
        tint: its colour.
        sign: an icon before the words; a dot for None.
    """

    def __init__(
        self,
        words: str = "",
        tint: Tint = "muted",
        sign: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._tint: Tint = tint
        self._sign = sign
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words)
        self.setToolTip(words)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    @property
    def tint(self) -> Tint:
        """Its colour."""
        return self._tint

    def show_words(self, words: str, tint: Tint, details: str = "") -> None:
        """Say something else.

        Args:
            words: short.
            tint: the colour of the ground and the sign.
            details: added in the tool tip.
        """
        self.setToolTip(f"{words}\n{details}".strip())
        if (words, tint) != (self._words, self._tint):
            self._words, self._tint = words, tint
            self.setAccessibleName(words)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """All of the words."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._words) + _SIGN_PIXELS + 24, 22)

    def minimumSizeHint(self) -> QSize:
        """The sign and some of the words."""
        return QSize(min(90, self.sizeHint().width()), 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        colour = QColor(getattr(theme, self._tint))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QColor(colour)
        ground.setAlpha(38)
        painter.setBrush(ground)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 6, 6)
        middle = self.height() // 2
        if self._sign is None:
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(9, middle - 4, 8, 8))
        else:
            place = QRect(7, middle - _SIGN_PIXELS // 2, _SIGN_PIXELS, _SIGN_PIXELS)
            icon(self._sign, self._tint).paint(painter, place)
        painter.setPen(QColor(theme.text))
        area = self.rect().adjusted(_SIGN_PIXELS + 12, 0, -8, 0)
        metrics = painter.fontMetrics()
        words = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()
