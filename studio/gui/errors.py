"""Shows errors in words: a banner that takes no focus, with the details a click away."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.widgets.close_row import close_row

_log = logging.getLogger(__name__)


def show_error(window: QWidget, error: StudioError) -> None:
    """Show an error in the window that a widget belongs to.

    Args:
        window: the main window or anything in it.
        error: what to say.
    """
    place: QWidget | None = window
    while place is not None:
        if hasattr(place, "show_error"):
            place.show_error(error)
            return
        place = place.parentWidget()
    ErrorDialog(error, window.window()).open()


def details_of(error: StudioError) -> str:
    """Everything there is to copy into a report."""
    parts = [f"{type(error).__name__}: {error.message}", error.remedy, error.details]
    if error.__cause__ is not None:
        parts.append("".join(traceback.format_exception(error.__cause__)))
    return "\n\n".join(part.strip() for part in parts if part.strip())


class ErrorDialog(QDialog):
    """An error with its details and a way to copy them."""

    def __init__(self, error: StudioError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What went wrong")
        self.setWindowIcon(icons.app_icon())
        self.resize(620, 380)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        message = QLabel(error.message)
        message.setWordWrap(True)
        message.setProperty("role", "heading")
        message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(message)
        if error.remedy:
            remedy = QLabel(error.remedy)
            remedy.setWordWrap(True)
            layout.addWidget(remedy)
        self._details = QPlainTextEdit(details_of(error))
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Technical details")
        layout.addWidget(self._details, 1)
        layout.addWidget(close_row(self, self.copy))

    def copy(self) -> None:
        """Put the details on the clipboard."""
        QGuiApplication.clipboard().setText(self._details.toPlainText())


class UncaughtErrors(QObject):
    """Turns exceptions nobody caught into errors in words, also those of threads.

    Args:
        show: called in the GUI thread with what to show.
    """

    _caught = Signal(object)

    def __init__(self, show: Callable[[StudioError], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show = show
        self._caught.connect(self._report)
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        """Give both hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _hook(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        _log.error("uncaught", exc_info=(kind, error, trace))
        self._caught.emit(in_words(error))

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _report(self, error: StudioError) -> None:
        self._show(error)


def in_words(error: BaseException) -> StudioError:
    """Put any exception into words; a StudioError is already."""
    if isinstance(error, StudioError):
        return error
    return StudioError(
        "The studio ran into an error of its own.",
        remedy="You can go on; if it happens again, please report the details.",
        details="".join(traceback.format_exception(error)),
    )
