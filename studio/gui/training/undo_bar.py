"""Says what was deleted, and brings it back; goes by itself after a while."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from studio.gui.icons import icon

_SHOWN_MILLIS = 15_000


class UndoBar(QWidget):
    """One line with a button."""

    undone = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(icon("undo"), "Undo")
        self.button.clicked.connect(self.undone)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.addWidget(self._words, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MILLIS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def offer(self, title: str) -> None:
        """Say that a run was deleted."""
        self._words.setText(f"Deleted “{title}”.")
        self._words.setToolTip(self._words.text())
        self.show()
        self._timer.start()
