"""What is the matter with the chosen run: why it failed, what it warned of, how to go on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.gui import icons
from studio.gui.errors import ErrorDialog
from studio.gui.training.run import TrainingRun
from studio.gui.widgets.icon_label import IconLabel
from studio.runs.events import Stopped


class TroubleBar(QFrame):
    """One line above the pages; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self._run: TrainingRun | None = None
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
        row.setContentsMargins(10, 2, 6, 2)
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

    def show_run(self, run: TrainingRun | None) -> None:
        """Say what is the matter with a run."""
        self._run = run
        words, is_bad = _trouble(run)
        self.setVisible(bool(words))
        if not words:
            return
        self._words.setText(words)
        self._bad.setVisible(is_bad)
        self._warn.setVisible(not is_bad)
        self._details.setVisible(is_bad)
        level = "" if is_bad else "warn"
        if self.property("level") != level:
            self.setProperty("level", level)
            self.style().polish(self)

    def _show_details(self) -> None:
        error = None if self._run is None else self._run.row.error_with_log()
        if error is not None:
            dialog = ErrorDialog(error, self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()


def _trouble(run: TrainingRun | None) -> tuple[str, bool]:
    """The words, and whether they tell of an end."""
    if run is None:
        return "", False
    error = run.row.error
    if error is not None and not run.is_live:
        again = " Resume goes on from its last checkpoint." if run.can_resume else ""
        return f"{error}{again}", True
    if run.row.warnings:
        last = run.row.warnings[-1]
        more = len(run.row.warnings) - 1
        also = f" (and {more} more, see the tool tip of the run)" if more else ""
        return f"{last.message} {last.remedy}".strip() + also, False
    terminal = run.row.entry.terminal
    if isinstance(terminal, Stopped) and terminal.reason != "You stopped it.":
        return f"Stopped: {terminal.reason}", False
    return "", False
