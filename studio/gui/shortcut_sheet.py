"""All keyboard shortcuts on one sheet, read from the menus so that it is never out of date."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenuBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.gui.command_palette import Command, commands_of
from studio.gui.theme import current_theme
from studio.gui.widgets.close_row import close_row

_COLUMNS = 2


class ShortcutSheet(QDialog):
    """The sheet.

    Args:
        menus: whose shortcuts are shown, also those that are disabled now.
        parent: over which it opens.
    """

    def __init__(self, menus: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(860, 560)
        groups: dict[str, list[Command]] = {}
        for command in commands_of(menus, include_disabled=True):
            if command.action.shortcuts():
                groups.setdefault(command.path.split(" › ")[0], []).append(command)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        sheet = QWidget()
        row = QHBoxLayout(sheet)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(40)
        halves = [QVBoxLayout() for _ in range(_COLUMNS)]
        heights = [0] * _COLUMNS
        for title, commands in sorted(groups.items(), key=lambda group: -len(group[1])):
            shortest = heights.index(min(heights))
            heights[shortest] += len(commands) + 2
            halves[shortest].addLayout(_group(title, commands))
        for half in halves:
            half.addStretch(1)
            row.addLayout(half, 1)
        scroll = QScrollArea()
        scroll.setWidget(sheet)
        scroll.setWidgetResizable(True)
        column.addWidget(scroll, 1)
        column.addWidget(close_row(self))


def _group(title: str, commands: list[Command]) -> QGridLayout:
    theme = current_theme()
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 18)
    grid.setVerticalSpacing(5)
    grid.setHorizontalSpacing(16)
    grid.setColumnStretch(0, 1)
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for line, command in enumerate(commands, 1):
        grid.addWidget(QLabel(command.path.split(" › ", 1)[-1]), line, 0)
        keys = " &nbsp;or&nbsp; ".join(
            f"<b style='color:{theme.text}'>"
            f"{escape(key.toString(QKeySequence.SequenceFormat.NativeText))}</b>"
            for key in command.action.shortcuts()
        )
        label = QLabel(keys)
        label.setProperty("role", "muted")
        grid.addWidget(label, line, 1)
    return grid
