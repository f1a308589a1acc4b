"""The presets as one row of buttons of which one is down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from studio.gui.temporal.words import PRESET_TITLES, sentence_of


class PresetBar(QFrame):
    """Off, the presets, and the user's own limits."""

    chosen = Signal(str)  # name of a preset, or `custom`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Segments")
        self.setAccessibleName("Preset")
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for name, title in PRESET_TITLES.items():
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setToolTip(sentence_of(name))
            button.setAccessibleName(f"Preset {title}")
            button.setAccessibleDescription(sentence_of(name))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[name] = button
            row.addWidget(button)
        self.show_name("off")

    def show_name(self, name: str) -> None:
        """Press the button of a setting."""
        button = self.buttons.get(name)
        if button is not None:
            button.setChecked(True)
