"""A big number with its unit, and what it is made of in small below."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.theme import current_theme


class Tile(QWidget):
    """A number worth a glance.

    Painted rather than assembled of labels: four tiles change several times a second, and a
    label lays its parent out anew whenever its text changes width.

    Args:
        caption: what the number is.
        unit: of the number.
        explanation: shown as a tool tip.
    """

    def __init__(
        self, caption: str, unit: str, explanation: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._caption = caption
        self._unit = unit
        self._value = "–"
        self._details = ""
        self._is_bad = False
        self.setToolTip(explanation)
        self.setAccessibleName(caption)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def value(self) -> str:
        """The number as written."""
        return self._value

    @property
    def details(self) -> str:
        """The small line below."""
        return self._details

    def show_value(self, value: str, details: str = "", *, is_bad: bool = False) -> None:
        """Write the number.

        Args:
            value: without its unit.
            details: one line.
            is_bad: whether it is drawn in the colour of trouble.
        """
        if (value, details, is_bad) != (self._value, self._details, self._is_bad):
            self._value, self._details, self._is_bad = value, details, is_bad
            self.setAccessibleDescription(f"{value} {self._unit}. {details}")
            self.update()

    def show_spec(self, caption: str, unit: str, explanation: str) -> None:
        """Be about another number, which is not known yet."""
        self._caption = caption
        self._unit = unit
        self.setToolTip(explanation)
        self.setAccessibleName(caption)
        self.show_value("–")
        self.update()

    def _big_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(
            round(self.fontInfo().pixelSize() * (1.75 if self.height() >= 66 else 1.4))
        )
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.88)))
        return font

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(150, 80)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which it can be read."""
        return QSize(118, 58)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(self.rect(), 6, 6)
        small, big = self._small_font(), self._big_font()
        small_metrics, big_metrics = QFontMetrics(small), QFontMetrics(big)
        inner = self.rect().adjusted(10, 0, -8, 0)
        content = 2 * small_metrics.height() + big_metrics.height()
        y = max(2, (self.height() - content) // 2)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        line = QRect(inner.left(), y, inner.width(), small_metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self._caption)
        details = small_metrics.elidedText(
            self._details, Qt.TextElideMode.ElideRight, inner.width()
        )
        line.moveTop(y + small_metrics.height() + big_metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, details)
        baseline = y + small_metrics.height() + big_metrics.ascent()
        advance = big_metrics.horizontalAdvance(self._value)
        painter.drawText(inner.left() + advance + 5, baseline, self._unit)
        painter.setFont(big)
        painter.setPen(QColor(theme.bad if self._is_bad else theme.text))
        painter.drawText(inner.left(), baseline, self._value)
        painter.end()
