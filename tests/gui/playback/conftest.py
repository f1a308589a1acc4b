"""A playback model on its real process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.gui.playback.view_model import PlaybackModel
from tests.support.clips import class_clip
from tests.support.models import logits_model
from tests.support.playback import Watcher


@pytest.fixture
def watcher(qtbot: QtBot) -> Iterator[Watcher]:
    model = PlaybackModel()
    yield Watcher(model, qtbot)
    model.shutdown()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=40)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "net.tflite")
