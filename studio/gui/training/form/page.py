"""The settings of one group, each in a row of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from studio.gui.training.form.draft import SpecDraft
from studio.gui.training.form.editors import Editor
from studio.gui.training.form.fields import Field, Group


class GroupPage(QScrollArea):
    """Label, editor and unit a row; what differs from the preset has a dot.

    Args:
        group: what it shows.
        draft: what is edited.
    """

    changed = Signal()
    explained = Signal(object)  # Field that has the focus

    def __init__(self, group: Group, draft: SpecDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._labels: dict[str, QLabel] = {}
        self._editors: dict[str, Editor] = {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(4, 4, 12, 4)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for row, field in enumerate(group.fields):
            self._add(grid, row, field)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(group.fields), 1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)

    @property
    def editors(self) -> dict[str, Editor]:
        """By key."""
        return self._editors

    def refresh(self) -> None:
        """Show what the draft holds."""
        for key, editor in self._editors.items():
            editor.set_words(self._draft.words(key))

    def mark(self, differing: set[str], wrong: set[str]) -> None:
        """Mark the settings that differ from the preset, and those that cannot be read."""
        for key, label in self._labels.items():
            field = self._editors[key].field
            label.setText(f"{field.label} •" if key in differing else field.label)
            role = "bad" if key in wrong else ""
            if label.property("role") != role:
                label.setProperty("role", role)
                label.style().polish(label)

    def focus(self, key: str) -> None:
        """Put the keyboard into a setting; into the first for an unknown one."""
        editor = self._editors.get(key) or next(iter(self._editors.values()), None)
        if editor is not None:
            self.ensureWidgetVisible(editor)
            editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell which setting the user is at."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.Enter):
            field = watched.property("field")
            if isinstance(field, Field):
                self.explained.emit(field)
        return super().eventFilter(watched, event)

    def _add(self, grid: QGridLayout, row: int, field: Field) -> None:
        label = QLabel(field.label)
        label.setToolTip(field.explanation)
        editor = Editor(field)
        editor.set_words(self._draft.words(field.key))
        editor.changed.connect(self._on_changed)
        editor.input.setProperty("field", field)
        editor.input.installEventFilter(self)
        label.setBuddy(editor)
        self._labels[field.key] = label
        self._editors[field.key] = editor
        grid.addWidget(label, row, 0)
        grid.addWidget(editor, row, 1)

    def _on_changed(self, key: str, words: str) -> None:
        self._draft.set_words(key, words)
        self.changed.emit()
