"""What is the matter with a session: why it failed, waits, or is slower than it could be."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.errors import ErrorDialog
from studio.gui.phone.session import Session
from studio.gui.phone.words import elapsed_words
from studio.gui.widgets.icon_label import IconLabel


class SessionTroubleBar(QFrame):
    """One line above the pictures; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self._error: StudioError | None = None
        self._bad = IconLabel(icons.icon("error", "bad"), 16)
        self._warn = IconLabel(icons.icon("warning", "warn"), 16)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._details = QPushButton("Details…")
        self._details.setProperty("flat", True)
        self._details.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._details.setToolTip("What a developer would want to know, ready to copy")
        self._details.clicked.connect(self._show_details)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(8)
        for sign in (self._bad, self._warn):
            row.addWidget(sign)
        row.addWidget(self._words, 1)
        row.addWidget(self._details)
        self.hide()

    @property
    def words(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    @property
    def is_bad(self) -> bool:
        """Whether it tells of something that stopped the session."""
        return not self._bad.isHidden()

    def show_session(self, session: Session | None, now_seconds: float) -> None:
        """Say what is the matter.

        Args:
            session: that is shown.
            now_seconds: unix time.
        """
        words, is_bad = ("", False) if session is None else trouble_of(session, now_seconds)
        self._error = None if session is None else session.error
        self.setVisible(bool(words))
        if not words:
            return
        self._words.setText(words)
        self._bad.setVisible(is_bad)
        self._warn.setVisible(not is_bad)
        self._details.setVisible(self._error is not None)
        level = "" if is_bad else "warn"
        if self.property("level") != level:
            self.setProperty("level", level)
            self.style().polish(self)

    def _show_details(self) -> None:
        if self._error is not None:
            dialog = ErrorDialog(self._error, self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()


def trouble_of(session: Session, now_seconds: float) -> tuple[str, bool]:
    """The words, and whether they tell of something that stopped the session.

    Args:
        session: live or over.
        now_seconds: unix time, to say for how long a phone is away.
    """
    if session.error is not None:
        return str(session.error), True
    state = session.state
    if session.is_live and state is not None and state.state == "disconnected":
        began = time.strftime("%H:%M:%S", time.localtime(session.state_since_seconds))
        since = f"{began} ({elapsed_words(now_seconds - session.state_since_seconds)})"
        message = state.message or "The phone is not there."
        remedy = state.remedy or "Plug it in again: the session goes on by itself."
        return f"Disconnected since {since}. {message} {remedy}", True
    parts = []
    if session.is_live and state is not None and state.state == "throttled":
        parts.append(f"Throttled. {state.message} {state.remedy}".strip())
    elif session.is_live and state is not None and state.remedy:
        parts.append(f"{state.message} {state.remedy}".strip())
    if session.warnings:
        last = session.warnings[-1]
        parts.append(f"{last.message} {last.remedy}".strip())
    return "  ·  ".join(parts), False
