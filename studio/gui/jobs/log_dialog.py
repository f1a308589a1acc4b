"""A window that follows the log of a run."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.runs.folder import RunFolder

_FOLLOW_MILLIS = 300
_MOST_BYTES = 1 << 18
_MOST_LINES = 10_000


class LogDialog(QDialog):
    """Shows the end of `worker.log`, and what is added while it is open.

    Args:
        folder: of the run.
        title: of the run.
    """

    def __init__(self, folder: RunFolder, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._offset: int | None = None
        self.setWindowTitle(f"Log of “{title}”")
        self.resize(760, 460)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(10)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName("Log")
        self._text.setPlaceholderText("The log is empty so far.")
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setMaximumBlockCount(_MOST_LINES)
        layout.addWidget(self._text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton(icons.icon("copy"), "Copy")
        copy.setToolTip("Copy the log, to paste it into a report")
        copy.clicked.connect(self.copy)
        copy.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(icons.icon("close"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._timer = QTimer(self, interval=_FOLLOW_MILLIS)
        self._timer.timeout.connect(self.follow)
        self._timer.start()
        self.follow()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.toPlainText()

    def copy(self) -> None:
        """Put the log on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def follow(self) -> None:
        """Read what was added; stay at the end if the user is there."""
        try:
            with self._folder.log_file.open("rb") as file:
                if self._offset is None:  # of a long log, its end
                    self._offset = max(0, file.seek(0, 2) - _MOST_BYTES)
                file.seek(self._offset)
                data = file.read(_MOST_BYTES)
        except OSError:
            return
        # Whole lines only: a character may be cut off at the end of what is there.
        whole, newline, _ = data.rpartition(b"\n")
        data = whole + newline if len(data) == _MOST_BYTES else data
        if not data:
            return
        self._offset += len(data)
        bar = self._text.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(data.decode(errors="replace"))
        if was_at_end:
            bar.setValue(bar.maximum())
