"""Single-key shortcuts leave keys to the widget that needs them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.gui.keys import KeysGoToFocus


class Window(QWidget):
    """A window with a shortcut on Space and on Right, and widgets that use these keys."""

    def __init__(self) -> None:
        super().__init__()
        self.fired: list[str] = []
        self.pressed: list[str] = []
        column = QVBoxLayout(self)
        self.field, self.slider, self.button = QLineEdit(), QSlider(), QPushButton("Do it")
        self.list = QListWidget()
        self.list.addItems(["one", "two"])
        for widget in (self.field, self.slider, self.button, self.list):
            column.addWidget(widget)
        self.button.clicked.connect(lambda: self.pressed.append("button"))
        for name in ("Space", "Right"):
            shortcut = QShortcut(QKeySequence(name), self)
            shortcut.activated.connect(lambda name=name: self.fired.append(name))
        self.keys = KeysGoToFocus(self)


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    made = Window()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    return made


def test_shortcut_fires_where_nobody_needs_the_key(window: Window, qtbot: QtBot) -> None:
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert window.fired == ["Space", "Right"]


def test_text_slider_and_list_have_their_keys(window: Window, qtbot: QtBot) -> None:
    window.field.setFocus()
    qtbot.keyClick(window.field, Qt.Key.Key_Space)
    assert window.field.text() == " "
    window.slider.setFocus()
    before = window.slider.value()
    qtbot.keyClick(window.slider, Qt.Key.Key_Right)
    assert window.slider.value() > before
    window.list.setFocus()
    qtbot.keyClick(window.list, Qt.Key.Key_Down)
    assert window.list.currentRow() == 1
    assert window.fired == []


def test_list_has_sideways_keys_only_when_reached_by_keyboard(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.list.viewport(), Qt.MouseButton.LeftButton)
    window.list.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.keyClick(window.list, Qt.Key.Key_Right)
    assert window.fired == ["Right"]
    window.field.setFocus()
    while not window.list.hasFocus():
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(window.list, Qt.Key.Key_Right)
    assert window.fired == ["Right"]


def test_button_has_space_only_when_reached_by_keyboard(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.button, Qt.MouseButton.LeftButton)
    window.button.setFocus(Qt.FocusReason.MouseFocusReason)
    window.pressed.clear()
    qtbot.keyClick(window.button, Qt.Key.Key_Space)
    assert (window.fired, window.pressed) == (["Space"], [])
    window.field.setFocus()
    while not window.button.hasFocus():
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(window.button, Qt.Key.Key_Space)
    assert (window.fired, window.pressed) == (["Space"], ["button"])
