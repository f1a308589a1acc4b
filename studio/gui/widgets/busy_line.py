"""A thin line that moves while something is being opened."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.gui.theme import current_theme

_STEP_MILLIS = 33
_STEPS = 40


class BusyLine(QWidget):
    """An indeterminate progress line; its timer runs only while it is busy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(3)
        self._phase = 0
        self._timer = QTimer(self, interval=_STEP_MILLIS)
        self._timer.timeout.connect(self._advance)
        self.hide()

    def set_busy(self, busy: bool) -> None:
        """Start or stop."""
        self.setVisible(busy)
        if busy:
            self._timer.start()
        else:
            self._timer.stop()

    def sizeHint(self) -> QSize:
        """Short and thin."""
        return QSize(120, 3)

    def _advance(self) -> None:
        self._phase = (self._phase + 1) % _STEPS
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A segment on its way from left to right."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.border))
        length = self.width() / 3
        left = (self.width() + length) * self._phase / _STEPS - length
        painter.fillRect(QRectF(left, 0, length, self.height()), QColor(theme.accent))
