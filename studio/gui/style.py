"""Puts a theme on the application: palette, style sheet and font."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.gui.theme import Theme, ThemeChoice, resolve, set_current_theme
from studio.paths import resources_dir

_FONT_PIXELS = 13


def palette_of(theme: Theme) -> QPalette:
    """Build the palette that Fusion draws with."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.surface,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.raised,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.background,
    }
    palette = QPalette()
    for key, colour in colours.items():
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.faint))
    return palette


def style_sheet(theme: Theme) -> str:
    """Fill the one style sheet of the studio with a theme's colours."""
    folder = resources_dir() / "style"
    template = Template((folder / "studio.qss").read_text(encoding="utf-8"))
    return template.substitute({**asdict(theme), "folder": folder.as_posix()})


def studio_font() -> QFont:
    """Inter where it is installed, else the platform's own font, at the studio's size."""
    font = QFont(QGuiApplication.font())
    if "Inter" in QFontDatabase.families():
        font.setFamily("Inter")
        font.setFeature(QFont.Tag("tnum"), 1)  # digits of one width: figures do not jitter
    font.setPixelSize(_FONT_PIXELS)
    return font


class ThemeSwitch(QObject):
    """Applies the user's choice and follows the desktop while that choice is `system`.

    Args:
        app: whose palette and style sheet are set.
        choice: what to begin with.
    """

    def __init__(self, app: QApplication, choice: ThemeChoice) -> None:
        super().__init__(app)
        self._app = app
        self._choice: ThemeChoice = choice
        self._applied: Theme | None = None
        app.setStyle("Fusion")
        app.setFont(studio_font())
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self.choose(choice)

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Switch to another theme, or to following the desktop."""
        self._choice = choice
        hints = self._app.styleHints()
        if choice == "system":
            hints.unsetColorScheme()
        else:  # title bars and native dialogs go along
            scheme = Qt.ColorScheme.Light if choice == "light" else Qt.ColorScheme.Dark
            hints.setColorScheme(scheme)
        self._apply(resolve(choice))

    def _follow(self) -> None:
        self._apply(resolve(self._choice))

    def _apply(self, theme: Theme) -> None:
        if theme is self._applied:
            return
        self._applied = theme
        self._app.setPalette(palette_of(theme))
        self._app.setStyleSheet(style_sheet(theme))
        set_current_theme(theme)
