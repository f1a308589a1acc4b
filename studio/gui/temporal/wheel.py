"""Lets the wheel scroll a form past its sliders instead of turning them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class WheelScrolls(QObject):
    """The wheel turns a slider, a spin box or a list only where it has the keyboard."""

    def tame(self, widget: QWidget) -> None:
        """Have a widget so."""
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An ignored wheel goes on to what scrolls."""
        is_wheel = event.type() == QEvent.Type.Wheel
        if is_wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)
