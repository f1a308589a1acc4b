"""The Help menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from studio.gui.actions import make_action
from studio.gui.logs import log_file

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow


class HelpMenu(QMenu):
    """Keys, log, about.

    Args:
        window: over which dialogs open.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__("&Help", window)
        self._window = window
        self.addAction(
            make_action(
                self,
                "&Keyboard shortcuts",
                "keyboard",
                "All keys on one sheet",
                self._show_keys,
                ("F1",),
            )
        )
        self.addAction(
            make_action(
                self,
                "Open &log",
                "log",
                "Show what the studio wrote down about itself",
                lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file()))),
            )
        )
        self.addSeparator()
        self.addAction(
            make_action(
                self, "&About JejuNet Studio", "info", "Versions and licence", self._show_about
            )
        )

    def _show_keys(self) -> None:
        from studio.gui.shortcut_sheet import ShortcutSheet

        sheet = ShortcutSheet(self._window.menuBar(), self._window)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _show_about(self) -> None:
        from studio.gui.about import AboutDialog

        about = AboutDialog(self._window)
        about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        about.open()
