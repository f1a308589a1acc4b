"""A view over a small real run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from studio.gui.training.results import ResultsView
from studio.runs.folder import RunFolder
from tests.support.validation_runs import make_run

MakeView = Callable[[RunFolder | None], ResultsView]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of three evaluations with four pictures, and two images that are only scored."""
    return make_run(tmp_path / "run", images=4, epochs=3, scored=6)


@pytest.fixture
def make_view(qtbot: QtBot) -> MakeView:
    """Makes views that are shown, wide enough for everything."""

    def make(folder: RunFolder | None) -> ResultsView:
        view = ResultsView()
        qtbot.addWidget(view, before_close_func=lambda _view: _settle(qtbot))
        view.resize(1300, 700)
        view.show()
        view.show_run(folder)
        return view

    return make


def _settle(qtbot: QtBot) -> None:
    """Let readers end before their view goes."""
    QThreadPool.globalInstance().waitForDone(3000)
    qtbot.wait(1)


@pytest.fixture
def view(make_view: MakeView, run: RunFolder) -> ResultsView:
    """One over that run."""
    return make_view(run)
