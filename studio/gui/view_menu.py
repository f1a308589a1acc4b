"""The View menu: docks, theme, full screen, layout, palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from studio.gui import icons
from studio.gui.actions import make_action
from studio.gui.docks import Dock
from studio.gui.theme import ThemeChoice

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow

_THEMES: tuple[tuple[ThemeChoice, str, str, str], ...] = (
    ("system", "&System", "system", "Follow the desktop's light or dark mode"),
    ("light", "&Light", "sun", "Dark on light"),
    ("dark", "&Dark", "moon", "Light on dark"),
)


class ViewMenu(QMenu):
    """What is seen and how.

    Args:
        window: whose view it is.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__("&View", window)
        self._window = window
        for number, dock in enumerate(window.docks.docks.values(), 1):
            self.addAction(self._dock_action(dock, number))
        self.addSeparator()
        self._themes = QMenu("&Theme", self)
        self._themes.setIcon(icons.icon("moon"))
        self._themes.menuAction().setStatusTip("Light or dark")
        self.addMenu(self._themes)
        self._fill_themes()
        self.full_screen = make_action(
            self,
            "Window &full screen",
            "fullscreen",
            "The whole window on the whole screen",
            keys=("F11",),
            checkable=True,
        )
        self.full_screen.toggled.connect(window.set_full_screen)
        self.addAction(self.full_screen)
        self.addAction(
            make_action(
                self,
                "&Reset layout",
                "layout",
                "Lay the panels out as at the first start",
                window.reset_layout,
            )
        )
        self.addSeparator()
        self.addAction(
            make_action(
                self,
                "&Command palette…",
                "command",
                "Search everything that the menus can do",
                window.open_palette,
                ("Ctrl+Shift+P", "Ctrl+K"),
            )
        )

    def _dock_action(self, dock: Dock, number: int) -> QAction:
        spec = dock.spec
        action = make_action(
            self,
            spec.title,
            spec.icon,
            f"Bring {spec.title} to the front, or close it: {spec.hint[0].lower()}{spec.hint[1:]}",
            lambda: self._window.docks.toggle(spec.key),
            tuple(key for key in (f"Ctrl+{number}", spec.letter) if key),
            checkable=True,
        )
        # A dock behind another tab counts as open, so `visibilityChanged` alone would not do.
        dock.visibilityChanged.connect(lambda _visible: action.setChecked(not dock.isHidden()))
        action.triggered.connect(lambda _checked: action.setChecked(not dock.isHidden()))
        action.setChecked(True)
        return action

    def _fill_themes(self) -> None:
        group = QActionGroup(self)
        for choice, text, icon, tip in _THEMES:
            action = make_action(
                self._themes,
                text,
                icon,
                tip,
                partial(self._window.choose_theme, choice),
                checkable=True,
            )
            action.setChecked(self._window.themes.choice == choice)
            group.addAction(action)
            self._themes.addAction(action)
