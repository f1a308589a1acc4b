"""The row of buttons fits any width: what matters least gives way first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.gui.playback.panel import PlaybackPanel
from studio.gui.playback.transport import TransportBar
from tests.support.driven_playback import DrivenPlayback


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[TransportBar]:
    panel = PlaybackPanel(DrivenPlayback())
    qtbot.addWidget(panel)
    panel.resize(1200, 600)
    panel.show()
    yield panel.transport
    panel.close()  # and until then this frame holds the panel, which qtbot does not


def _inside(bar: TransportBar) -> bool:
    shown = [child for child in bar.findChildren(QWidget) if child.parent() is bar]
    return all(child.geometry().right() <= bar.width() for child in shown if not child.isHidden())


@pytest.mark.parametrize("width", [1200, 800, 640, 520, 460])
def test_nothing_is_cut_off(bar: TransportBar, width: int, qtbot: QtBot) -> None:
    bar.window().resize(width, 600)
    qtbot.wait(20)
    assert bar.width() == width
    assert _inside(bar)


def test_all_of_it_comes_back(bar: TransportBar, qtbot: QtBot) -> None:
    assert not any(widget.isHidden() for widget in bar._optional)
    bar.window().resize(500, 600)
    qtbot.wait(20)
    assert any(widget.isHidden() for widget in bar._optional)
    bar.window().resize(1200, 600)
    qtbot.wait(20)
    assert not any(widget.isHidden() for widget in bar._optional)
