"""Errors are shown in words, without taking the focus, and nothing is lost."""

from __future__ import annotations

import sys
import threading

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import ModelError, StudioError
from studio.gui.errors import ErrorDialog, UncaughtErrors, details_of, in_words, show_error
from studio.gui.widgets.banner import Banner, BannerStack


def stack(qtbot: QtBot) -> tuple[BannerStack, list[StudioError]]:
    asked: list[StudioError] = []
    banners = BannerStack(asked.append)
    qtbot.addWidget(banners)
    return banners, asked


def test_banners_stack_and_the_rest_waits_for_room(qtbot: QtBot) -> None:
    banners, _ = stack(qtbot)
    assert banners.isHidden()
    errors = [StudioError(f"Error {number}.") for number in range(5)]
    for error in errors:
        banners.add(error)
    assert banners.errors == errors[:3]
    assert banners.waiting == 2
    close = banners.findChildren(Banner)[0].findChild(QToolButton)
    assert close is not None
    close.click()
    assert banners.errors == errors[1:4]
    banners.clear()
    assert banners.errors == []
    assert banners.isHidden()


def test_the_same_words_are_shown_once(qtbot: QtBot) -> None:
    banners, _ = stack(qtbot)
    for _ in range(4):
        banners.add(StudioError("The disk is full.", remedy="Free some space."))
    assert len(banners.errors) == 1


def test_a_banner_takes_no_focus(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    banners, _ = stack(qtbot)
    field = QLineEdit()
    column.addWidget(banners)
    column.addWidget(field)
    window.show()
    field.setFocus()
    banners.add(StudioError("Something failed."))
    assert window.focusWidget() is field


def test_details_hold_everything_and_can_be_copied(qtbot: QtBot) -> None:
    error = ModelError("No model.", remedy="Take another.", details="line 7 of the reader")
    error.__cause__ = ValueError("magic number")
    dialog = ErrorDialog(error)
    qtbot.addWidget(dialog)
    dialog.copy()
    copied = QGuiApplication.clipboard().text()
    for part in ("No model.", "Take another.", "line 7 of the reader", "magic number"):
        assert part in copied
        assert part in details_of(error)


def test_any_exception_becomes_words_and_keeps_its_traceback() -> None:
    try:
        _ = dict[str, int]()["missing"]
    except KeyError as error:
        told = in_words(error)
    assert "Traceback" not in str(told)
    assert "KeyError" in told.details
    same = StudioError("Known.")
    assert in_words(same) is same


def test_uncaught_errors_of_every_thread_are_shown_in_words(qtbot: QtBot) -> None:
    shown: list[tuple[StudioError, threading.Thread]] = []
    before = sys.excepthook, threading.excepthook
    uncaught = UncaughtErrors(lambda error: shown.append((error, threading.current_thread())))
    try:
        try:
            raise RuntimeError("in the GUI thread")
        except RuntimeError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: len(shown) == 2)
    finally:
        uncaught.uninstall()
    assert (sys.excepthook, threading.excepthook) == before
    told = [error for error, _ in shown]
    assert all("Traceback" not in str(error) for error in told)
    assert "in the GUI thread" in told[0].details
    assert "ZeroDivisionError" in told[1].details
    assert all(where is threading.main_thread() for _, where in shown)


def test_an_error_is_shown_by_the_window_around_the_widget(qtbot: QtBot) -> None:
    class Window(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.errors: list[StudioError] = []

        def show_error(self, error: StudioError) -> None:
            self.errors.append(error)

    window = Window()
    qtbot.addWidget(window)
    inner = QWidget(QWidget(window))
    error = StudioError("Something failed.")
    show_error(inner, error)
    assert window.errors == [error]
    alone = QWidget()
    qtbot.addWidget(alone)
    show_error(alone, error)
    dialog = alone.findChild(ErrorDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()
