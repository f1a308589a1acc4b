"""One editor a setting: all of them speak words, so that a wrong value can stand there too."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.training.form.fields import Field

_NUMBER_PIXELS = 130
_WORDS_PIXELS = 190
_NETWORKS = "Networks (*.tflite *.keras);;All files (*)"


class Editor(QWidget):
    """A setting's editor.

    Args:
        field: which setting.
    """

    changed = Signal(str, str)  # key, words

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.input = self._build()
        self.input.setAccessibleName(field.label)
        self.input.setAccessibleDescription(field.explanation)
        self.input.setToolTip(field.explanation)
        self.setFocusProxy(self.input)
        row.addWidget(self.input)
        if field.kind in ("folder", "file"):
            row.addWidget(self._browse_button())
        else:
            unit = QLabel(field.unit)
            unit.setProperty("role", "muted")
            row.addWidget(unit)
            row.addStretch(1)

    @property
    def words(self) -> str:
        """What stands in it."""
        match self.input:
            case QCheckBox() as box:
                return "true" if box.isChecked() else "false"
            case QComboBox() as combo:
                return combo.currentText()
            case QLineEdit() as line:
                return line.text()
        return ""

    def set_words(self, words: str) -> None:
        """Write something else into it; `changed` follows if it differs."""
        match self.input:
            case QCheckBox() as box:
                box.setChecked(words == "true")
            case QComboBox() as combo if combo.isEditable():
                combo.setEditText(words)
            case QComboBox() as combo:
                combo.setCurrentText(words)
            case QLineEdit() as line if line.text() != words:
                line.setText(words)

    def _build(self) -> QWidget:
        field = self.field
        if field.kind == "switch":
            box = QCheckBox()
            box.toggled.connect(self._on_changed)
            return box
        if field.kind == "choice" or field.choices:
            combo = QComboBox()
            combo.addItems(list(field.choices))
            combo.setEditable(field.kind != "choice")
            combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            combo.setMinimumWidth(_WORDS_PIXELS)
            combo.currentTextChanged.connect(self._on_changed)
            line = combo.lineEdit()
            if line is not None:
                line.setPlaceholderText("random weights" if field.key == "start_from" else "")
            return combo
        line = NumberEdit() if field.kind in ("whole", "number") else QLineEdit()
        if isinstance(line, NumberEdit):
            line.is_whole = field.kind == "whole"
            line.setFixedWidth(_NUMBER_PIXELS)
        else:
            line.setMinimumWidth(_WORDS_PIXELS)
            line.setPlaceholderText("none" if field.kind in ("list", "file", "folder") else "")
        if field.key == "dataset":
            line.setPlaceholderText("folder of a dataset")
        line.textChanged.connect(self._on_changed)
        return line

    def _browse_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon("folder"))
        button.setToolTip(f"Choose: {self.field.label.lower()}")
        button.setAccessibleName(f"Choose: {self.field.label.lower()}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._browse)
        return button

    def _browse(self) -> None:
        place = self.words if Path(self.words).exists() else ""
        title = f"Choose: {self.field.label.lower()}"
        if self.field.kind == "folder":
            chosen = QFileDialog.getExistingDirectory(self, title, place)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, title, place, _NETWORKS)
        if chosen:
            self.set_words(chosen)

    def _on_changed(self, _new: object) -> None:
        self.changed.emit(self.field.key, self.words)


class NumberEdit(QLineEdit):
    """A number; Up and Down change it by one step, with Shift by ten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_whole = True
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, or type."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= 10
        try:
            if self.is_whole:
                self.setText(str(int(self.text()) + step))
            else:  # a number's step is a tenth of it: learning rates span magnitudes
                self.setText(f"{float(self.text()) * (1 + 0.1 * step):.4g}")
        except ValueError:
            return
