"""All that can be turned, one row a parameter: what matters to everyone first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from studio.gui.temporal.field import Field
from studio.gui.temporal.field_row import FieldRow
from studio.gui.temporal.fields import fields
from studio.gui.temporal.undo import Setting
from studio.gui.temporal.usage import unused_because
from studio.gui.temporal.wheel import WheelScrolls
from studio.gui.temporal.words import sentence_of

_TIMING = "Masks then depend on timing: they differ a little from one playing to the next."
_LABELS_ONLY = (
    "This model gives labels without scores: the past counts fully or not at all in a pixel."
)


class SettingsForm(QWidget):
    """Follows the setting and says what the user turns."""

    turned = Signal(str, object)  # name, value

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wheel = WheelScrolls(self)
        self.rows: dict[str, FieldRow] = {}
        self._setting: Setting | None = None
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 6, 4)
        column.setSpacing(4)
        self.sentence = _words("muted")
        column.addWidget(self.sentence)
        self._labels_only = _words("muted", _LABELS_ONLY)
        column.addWidget(self._labels_only)
        self._timing = _words("warn", _TIMING)
        for field in fields():
            if field.is_basic:
                column.addWidget(self._row(field))
                if field.name == "asynchronous":
                    column.addWidget(self._timing)
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setToolTip("Every other parameter of the engine")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.toggled.connect(self._show_more)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._rest: QWidget | None = None
        column.addStretch(1)
        for label in (self._labels_only, self._timing):
            label.hide()

    def show_setting(self, setting: Setting) -> None:
        """Write the values of a setting."""
        self._setting = setting
        self.sentence.setText(sentence_of(setting.name))
        spec = setting.spec
        for name, row in self.rows.items():
            row.show_value(getattr(spec, name), unused_because(row.field, spec))
        self._timing.setVisible(spec.asynchronous and spec.mode != "off")

    def show_labels_only(self, is_so: bool) -> None:
        """Say what a model without scores cannot have."""
        self._labels_only.setVisible(is_so)

    def _row(self, field: Field) -> FieldRow:
        row = FieldRow(field, self._wheel)
        row.turned.connect(self.turned)
        self.rows[field.name] = row
        return row

    def _show_more(self, on: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        if on:
            self._rest = self._make_rest()
            self._column.insertWidget(self._column.indexOf(self.more) + 1, self._rest)
            if self._setting is not None:
                self.show_setting(self._setting)
        elif self._rest is not None:  # rows that nobody sees would still follow each theme
            for field in fields():
                if not field.is_basic:
                    del self.rows[field.name]
            self._column.removeWidget(self._rest)
            self._rest.hide()
            self._rest.deleteLater()
            self._rest = None

    def _make_rest(self) -> QWidget:
        rest = QWidget()
        column = QVBoxLayout(rest)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for field in fields():
            if not field.is_basic:
                column.addWidget(self._row(field))
        return rest


def _words(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
