"""An icon in a layout that follows the theme."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class IconLabel(QWidget):
    """Paints an icon; a QLabel's pixmap would keep the colours of an earlier theme.

    Args:
        icon: what is painted.
        side: in pixels.
    """

    def __init__(self, icon: QIcon, side: int) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(QSize(side, side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon, and nothing around it."""
        self._icon.paint(QPainter(self), self.rect())
