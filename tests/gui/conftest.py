"""The real window for tests, with settings of its own and no model but those it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import paths
from studio.gui.main_window import MainWindow
from studio.gui.settings import Settings
from studio.gui.style import ThemeSwitch
from tests.support.phones import NoPhones

_NOT_OFFSCREEN = "does not support (propagateSizeHints|raise)"
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qt say what its offscreen platform does without: sizes to keep, stacking order."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.qt_log_ignore(_NOT_OFFSCREEN))


class MakeWindow(Protocol):
    """Opens a window and waits for its panels."""

    def __call__(self, remembered: Settings | None = None) -> MainWindow:
        """Open one with settings of its own, or with those of the test."""
        ...


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings in a file of their own, of a studio that was started before."""
    made = Settings(tmp_path / "window.ini")
    made.mark_started()
    return made


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeSwitch]:
    """The dark theme; the application's look is put back afterwards."""
    palette, font, sheet = qapp.palette(), qapp.font(), qapp.styleSheet()
    switch = ThemeSwitch(qapp, "dark")
    yield switch
    switch.choose("dark")
    switch.setParent(None)
    switch.deleteLater()
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def make_window(
    qtbot: QtBot,
    settings: Settings,
    themes: ThemeSwitch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeWindow]:
    """Opens windows whose panels are all there, and closes them in the end."""
    monkeypatch.setattr(paths, "model_dirs", list)
    monkeypatch.setattr("studio.gui.phone.phones.PhoneTracker", NoPhones)
    windows: list[MainWindow] = []

    def make(remembered: Settings | None = None) -> MainWindow:
        window = MainWindow(remembered or settings, themes, runs_dir=tmp_path / "runs")
        windows.append(window)
        with qtbot.waitSignal(window.panels_ready, timeout=20_000):
            window.show()
        # Models are listed by a thread; here there are none, which is told when it is done.
        qtbot.waitUntil(lambda: any("No model" in str(e) for e in window.banners.errors))
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    # Qt 6.11 crashes when the style sheet is taken away while windows that it styled are dying.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """One such window."""
    return make_window()
