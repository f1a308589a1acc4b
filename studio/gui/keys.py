"""Keeps single-key shortcuts, such as Space for play, from taking keys that a widget needs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QTabBar,
    QWidget,
)

_ARROWS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
}


_UP_DOWN = {Qt.Key.Key_Up, Qt.Key.Key_Down}


class KeysGoToFocus(QObject):
    """Lets focused lists and sliders have the arrow keys, and focused buttons Space.

    Buttons have Space, and tabs and lists Left, Right, Home and End, only when the user went
    there by keyboard: who clicked one and then presses such a key means the video.

    Args:
        window: whose shortcuts give way.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An override that nobody accepted comes up to the window before a shortcut fires."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus = QApplication.focusWidget()
            if focus is not None and self._needs(focus, event):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _needs(self, focus: QWidget, event: QKeyEvent) -> bool:
        if event.modifiers() not in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            return False
        key = Qt.Key(event.key())
        by_keyboard = self._window.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        if key in _ARROWS and isinstance(focus, QAbstractSlider):
            return True
        if key in _UP_DOWN and isinstance(focus, QAbstractItemView):
            return True
        if key in _ARROWS:
            return by_keyboard and isinstance(focus, (QAbstractItemView, QTabBar))
        return (
            key == Qt.Key.Key_Space
            and by_keyboard
            and isinstance(focus, (QAbstractButton, QAbstractItemView))
        )
