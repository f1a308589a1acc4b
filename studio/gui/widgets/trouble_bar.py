"""What is the matter, in one line above what it concerns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.errors import ErrorDialog
from studio.gui.widgets.icon_label import IconLabel


class TroubleBar(QFrame):
    """One line, hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self._find_error: Callable[[], StudioError | None] | None = None
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
        row.setContentsMargins(10, 3, 6, 3)
        row.setSpacing(8)
        row.addWidget(self._bad)
        row.addWidget(self._warn)
        row.addWidget(self._words, 1)
        row.addWidget(self._details)
        self.hide()

    @property
    def words(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    @property
    def is_bad(self) -> bool:
        """Whether it tells of something that stopped the work."""
        return not self._bad.isHidden()

    def show_trouble(
        self, words: str, is_bad: bool, find_error: Callable[[], StudioError | None] | None
    ) -> None:
        """Say what is the matter.

        Args:
            words: empty hides the bar.
            is_bad: whether it stopped the work.
            find_error: gives what the details show, when they are asked for; None for no details.
        """
        self._find_error = find_error
        self.setVisible(bool(words))
        if not words:
            return
        self._words.setText(words)
        self._bad.setVisible(is_bad)
        self._warn.setVisible(not is_bad)
        self._details.setVisible(find_error is not None)
        level = "" if is_bad else "warn"
        if self.property("level") != level:
            self.setProperty("level", level)
            self.style().polish(self)

    def _show_details(self) -> None:
        error = None if self._find_error is None else self._find_error()
        if error is not None:
            dialog = ErrorDialog(error, self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
