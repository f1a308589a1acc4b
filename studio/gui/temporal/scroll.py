"""A column that scrolls, or is as high as what it holds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_UNBOUND = 16_777_215  # Qt's QWIDGETSIZE_MAX


class ColumnScroll(QScrollArea):
    """Scrolls upright only; where something around it scrolls already, it can be whole instead.

    Args:
        inner: what it holds; it needs a layout.
    """

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self._is_whole = False
        self._is_held = False
        self._inner = inner
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def set_whole(self, on: bool) -> None:
        """Be as high as what it holds, or no higher than there is room."""
        self._is_whole = on
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(off if on else needed)
        self.updateGeometry()

    def hold_in(self, on: bool) -> None:
        """Make what it holds give way to the height that there is, down to its smallest.

        Words that wrap would else have a layout be as high as it would like to be.
        """
        self._is_held = on
        self._hold()

    def _hold(self) -> None:
        least = self._inner.minimumSizeHint().height()
        most = max(least, self.viewport().height()) if self._is_held else _UNBOUND
        self._inner.setMaximumHeight(most)

    def sizeHint(self) -> QSize:
        """What it holds, at its width."""
        return self._whole_size() if self._is_whole else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """A few lines, if it may scroll."""
        return self._whole_size() if self._is_whole else QSize(120, 60)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow with what it holds."""
        if self._is_whole and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words wrap otherwise in another width."""
        super().resizeEvent(event)
        if self._is_held:
            self._hold()
        if self._is_whole and event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _whole_size(self) -> QSize:
        layout = self._inner.layout()
        if layout is None:
            return QSize(120, self._inner.sizeHint().height())
        height = layout.totalHeightForWidth(max(self.width(), 1))
        return QSize(120, height if height > 0 else layout.totalSizeHint().height())
