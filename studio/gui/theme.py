"""Named colours of the light and the dark theme, and which of the two is in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

ThemeName = Literal["light", "dark"]
ThemeChoice = Literal["system", "light", "dark"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a theme, each as `#rrggbb` (QColor, pyqtgraph and QSS all take that).

    Attributes:
        name: light or dark.
        background: behind and between the panels.
        surface: of panels, menus and dialogs.
        raised: of buttons, inputs and headers on a surface.
        hover: of a raised thing under the pointer.
        border: of lines between things; decorative.
        text: main text; at least 7:1 on background, surface and raised.
        muted: secondary text; at least 4.5:1 there.
        faint: disabled text, grid lines.
        accent: focus, selection, the playing position; at least 4.5:1 on surface.
        on_accent: text on accent.
        selection: of a chosen row; text is readable on it.
        good: success; as text at least 4.5:1 on surface, like the next two.
        warn: something to look at.
        bad: something failed.
        stage: what surrounds the video picture.
        series: curves of charts, told apart in order.
    """

    name: ThemeName
    background: str
    surface: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    selection: str
    good: str
    warn: str
    bad: str
    stage: str
    series: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        """Whether light things stand on a dark ground."""
        return self.name == "dark"


DARK = Theme(
    name="dark",
    background="#0f1115",
    surface="#171a1f",
    raised="#22262d",
    hover="#2c313a",
    border="#2d323b",
    text="#e6e8eb",
    muted="#9ba4b0",
    faint="#59616d",
    accent="#5b9dff",
    on_accent="#08111f",
    selection="#24406b",
    good="#4cc38a",
    warn="#f0b429",
    bad="#ff7b72",
    stage="#0a0b0e",
    series=(
        "#5b9dff",
        "#f0a04b",
        "#4cc38a",
        "#e879a6",
        "#b58cff",
        "#4ed0d6",
        "#e5d352",
        "#ff7b72",
    ),
)

LIGHT = Theme(
    name="light",
    background="#e8ebef",
    surface="#ffffff",
    raised="#f3f5f7",
    hover="#e6e9ee",
    border="#d3d8df",
    text="#1b1f24",
    muted="#57606a",
    faint="#9aa2ad",
    accent="#0b63d6",
    on_accent="#ffffff",
    selection="#d4e5ff",
    good="#1a7f37",
    warn="#8f5e00",
    bad="#c81e2b",
    stage="#dfe3e8",
    series=(
        "#0b63d6",
        "#b35900",
        "#1a7f37",
        "#b3266b",
        "#7a3fc8",
        "#0f7b83",
        "#806600",
        "#c81e2b",
    ),
)


class _Announcer(QObject):
    """Owner of the signal; one for the process."""

    theme_changed = Signal(object)


_announcer = _Announcer()
_current = DARK

theme_changed = _announcer.theme_changed
"""Emitted with the new Theme after palette and style sheet have changed."""


def current_theme() -> Theme:
    """The theme in use; ask again at each paint, or connect to `theme_changed`."""
    return _current


def set_current_theme(theme: Theme) -> None:
    """Record and announce the theme; `studio.gui.style.apply_theme` is what users of it call."""
    global _current
    if theme is not _current:
        _current = theme
        theme_changed.emit(theme)


def resolve(choice: ThemeChoice) -> Theme:
    """The theme that a choice means now.

    Args:
        choice: `system` asks the desktop; where it does not say, dark is taken, because a
            picture is judged best on a dark ground.
    """
    if choice != "system":
        return LIGHT if choice == "light" else DARK
    is_light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return LIGHT if is_light else DARK
