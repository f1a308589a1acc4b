"""The row of buttons at the foot of a dialog that only shows something."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton

from studio.gui import icons


def close_row(dialog: QDialog, copy: Callable[[], None] | None = None) -> QDialogButtonBox:
    """Build the row: perhaps Copy, and Close, which Enter presses.

    Args:
        dialog: what is closed.
        copy: puts the dialog's text on the clipboard.
    """
    row = QDialogButtonBox()
    if copy is not None:
        button = QPushButton(icons.icon("copy"), "Copy")
        button.setToolTip("Copy the text, to paste it into a report")
        button.setAutoDefault(False)
        button.clicked.connect(copy)
        row.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
    row.addButton(QDialogButtonBox.StandardButton.Close).setDefault(True)
    row.rejected.connect(dialog.reject)
    return row
