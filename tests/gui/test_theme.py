"""Both themes are readable, and a switch reaches everything that is drawn."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gui import icons, style
from studio.gui.style import ThemeSwitch
from studio.gui.theme import DARK, LIGHT, Theme, current_theme, resolve, theme_changed
from studio.paths import resources_dir

ICON_NAMES = sorted(path.stem for path in (resources_dir() / "icons").glob("*.svg"))


def luminance(colour: str) -> float:
    """Relative luminance.

    Reference:
        Web Content Accessibility Guidelines 2.1, relative luminance.
    """

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    parsed = QColor(colour)
    return (
        0.2126 * linear(parsed.redF())
        + 0.7152 * linear(parsed.greenF())
        + 0.0722 * linear(parsed.blueF())
    )


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
class TestContrast:
    def test_text_is_readable_on_every_ground(self, theme: Theme) -> None:
        for ground in (theme.background, theme.surface, theme.raised, theme.hover, theme.selection):
            assert contrast(theme.text, ground) >= 7, ground

    def test_secondary_text_and_signals_reach_wcag_aa(self, theme: Theme) -> None:
        for ground in (theme.background, theme.surface, theme.raised):
            assert contrast(theme.muted, ground) >= 4.5, ground
        for colour in (theme.accent, theme.good, theme.warn, theme.bad):
            assert contrast(colour, theme.surface) >= 4.5, colour
        assert contrast(theme.on_accent, theme.accent) >= 4.5

    def test_curves_stand_out_and_differ(self, theme: Theme) -> None:
        assert len(set(theme.series)) == len(theme.series) >= 6
        assert all(contrast(colour, theme.surface) >= 3 for colour in theme.series)

    def test_every_colour_is_a_colour(self, theme: Theme) -> None:
        named = [getattr(theme, field.name) for field in fields(theme)]
        flat = [
            colour
            for value in named
            for colour in (value if isinstance(value, tuple) else (value,))
        ]
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in flat if colour != theme.name)

    def test_style_sheet_is_filled_and_its_pictures_exist(self, theme: Theme) -> None:
        sheet = style.style_sheet(theme)
        assert "$" not in sheet
        pictures = re.findall(r"url\(([^)]+)\)", sheet)
        assert len(pictures) >= 5
        assert all(Path(picture).is_file() for picture in pictures)


def test_choice_decides_and_system_follows_the_desktop(qapp: QApplication) -> None:
    assert resolve("light") is LIGHT
    assert resolve("dark") is DARK
    assert resolve("system") in (LIGHT, DARK)


def test_switch_changes_palette_sheet_and_token_and_tells(
    qapp: QApplication, qtbot: QtBot, themes: ThemeSwitch
) -> None:
    themes.choose("dark")
    with qtbot.waitSignal(theme_changed) as told:
        themes.choose("light")
    assert told.args == [LIGHT]
    assert current_theme() is LIGHT
    assert themes.choice == "light"
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.surface)
    assert LIGHT.accent in qapp.styleSheet()
    assert DARK.accent not in qapp.styleSheet()


def _mean_luminance(icon: QIcon) -> float:
    image = icon.pixmap(QSize(24, 24)).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    drawn = [
        image.pixelColor(x, y)
        for y in range(image.height())
        for x in range(image.width())
        if image.pixelColor(x, y).alpha() > 200
    ]
    return sum(luminance(pixel.name()) for pixel in drawn) / len(drawn)


def test_one_icon_object_is_redrawn_in_the_new_colours(
    qapp: QApplication, themes: ThemeSwitch
) -> None:
    icon = icons.icon("play")
    themes.choose("dark")
    on_dark = _mean_luminance(icon)
    themes.choose("light")
    assert on_dark > 0.5 > 0.1 > _mean_luminance(icon)


def test_an_icon_survives_being_copied_and_altered(qapp: QApplication) -> None:
    copies = [QIcon(icons.icon("pause")) for _ in range(20)]
    for copy in copies:
        copy.addPixmap(icons.pixmap("play", 16, "#ff0000"))
    assert not any(copy.pixmap(QSize(16, 16)).isNull() for copy in copies)


@pytest.mark.parametrize("name", ICON_NAMES)
def test_every_icon_draws_something(qapp: QApplication, name: str) -> None:
    image = icons.pixmap(name, 24, "#ffffff").toImage()
    drawn = sum(image.pixelColor(x, y).alpha() > 0 for x in range(24) for y in range(24))
    assert 10 < drawn < 500


def test_every_icon_that_the_code_names_exists() -> None:
    source = Path(icons.__file__).parent
    named = {
        name
        for path in source.rglob("*.py")
        for name in re.findall(r"""\bicon\(\s*"([a-z0-9-]+)\"""", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert named <= set(ICON_NAMES)
