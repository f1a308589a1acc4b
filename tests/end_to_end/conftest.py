"""The real window, with a real playback process and real jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from studio import paths
from studio.gui.main_window import MainWindow
from studio.gui.settings import Settings
from studio.gui.style import ThemeSwitch
from tests.gui.conftest import themes  # noqa: F401  a fixture
from tests.support.clips import class_clip
from tests.support.models import logits_model
from tests.support.run_jobs import no_worker_left
from tests.support.window import DrivenWindow


class OpenStudio(Protocol):
    """Opens a window as a start of the studio does, and waits for its panels."""

    def __call__(self, video: Path | None = None, model: Path | None = None) -> DrivenWindow:
        """Open one, with files from the command line."""
        ...


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    """Where run folders lie; no worker survives the test."""
    with no_worker_left(tmp_path / "runs") as folder:
        yield folder


@pytest.fixture
def open_studio(
    qtbot: QtBot,
    themes: ThemeSwitch,  # noqa: F811
    tmp_path: Path,
    runs_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenStudio]:
    """Opens windows with settings in one file, and closes them in the end."""
    monkeypatch.setattr(paths, "model_dirs", list)
    windows: list[MainWindow] = []

    def open_one(video: Path | None = None, model: Path | None = None) -> DrivenWindow:
        settings = Settings(tmp_path / "window.ini")
        settings.mark_started()
        window = MainWindow(
            settings,
            themes,
            None if video is None else str(video),
            None if model is None else str(model),
            runs_dir,
        )
        windows.append(window)
        with qtbot.waitSignal(window.panels_ready, timeout=20_000):
            window.show()
        driven = DrivenWindow(window, qtbot)
        if model is None:  # the models are listed by a thread; here there are none
            driven.complaint("No model was found")
        return driven

    yield open_one
    for window in windows:
        window.close()
        window.deleteLater()
    # Qt 6.11 crashes when the style sheet is taken away while windows that it styled are dying.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def studio(open_studio: OpenStudio) -> DrivenWindow:
    """A window with nothing open."""
    return open_studio()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Forty frames, each in the colour of its class."""
    return class_clip(tmp_path / "clip.mp4", frames=40)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A model that knows those colours."""
    return logits_model(tmp_path / "net.tflite")
