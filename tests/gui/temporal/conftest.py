"""A panel whose playback a test drives by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.gui.playback.shown import ShownFrame
from studio.gui.settings import Settings
from studio.gui.temporal.panel import TemporalPanel
from studio.gui.temporal.view_model import TemporalViewModel
from studio.playback.messages import FieldPicture, FieldView
from studio.temporal.spec import TemporalSpec
from tests.support.driven_playback import DrivenPlayback

Asked = tuple[TemporalSpec, FieldView, bool]


class AskedPlayback(DrivenPlayback):
    """Remembers each setting that it was handed."""

    def __init__(self) -> None:
        super().__init__()
        self._times = np.arange(100) / 25
        self.asked: list[Asked] = []

    def set_temporal(
        self, spec: TemporalSpec, view: FieldView = "none", compare: bool = False
    ) -> None:
        self.asked.append((spec, view, compare))
        super().set_temporal(spec, view, compare)


def open_all(playback: DrivenPlayback) -> None:
    """A video and a model."""
    playback.give_video()
    playback.give_model()


def show_field(playback: DrivenPlayback, field: FieldPicture) -> None:
    """A frame on screen that brings a view."""
    image = np.zeros((4, 4, 3), np.uint8)
    playback.frame_shown.emit(ShownFrame(0, 0.0, image, None, None, field=field))


@pytest.fixture
def playback(qtbot: QtBot) -> Iterator[AskedPlayback]:
    model = AskedPlayback()
    yield model
    model.shutdown()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "temporal.ini")


@pytest.fixture
def model(playback: AskedPlayback, settings: Settings) -> TemporalViewModel:
    return TemporalViewModel(playback, settings, playback)


@pytest.fixture
def panel(playback: AskedPlayback, settings: Settings, qtbot: QtBot) -> TemporalPanel:
    made = TemporalPanel(playback, settings)
    qtbot.addWidget(made)
    made.resize(1100, 234)
    made.show()
    qtbot.waitExposed(made)
    return made
