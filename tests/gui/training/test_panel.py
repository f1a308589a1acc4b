"""Runs that report metrics appear by themselves and grow while they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.errors import OutputError
from studio.gui.theme import DARK, LIGHT, set_current_theme
from studio.gui.training.panel import TrainingPanel
from studio.gui.training.view_model import TrainingViewModel
from studio.gui.widgets.empty_state import EmptyState
from studio.runs.events import EpochMetrics, Finished, FrameTiming, Started
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.lock import FileLock
from studio.runs.record import new_record
from studio.runs.writer import EventWriter


@dataclass(frozen=True)
class _Spec:
    seed: int = 0


@contextmanager
def _run(runs_dir: Path, title: str, job: str = "train") -> Iterator[tuple[RunFolder, EventWriter]]:
    folder = create_run_folder(runs_dir, new_record(job, _Spec(), title=title))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    writer = EventWriter(folder)
    writer.write(Started(job=job, pid=1))
    try:
        yield folder, writer
    finally:
        writer.close()
        lock.release()


def _write_epochs(writer: EventWriter, epochs: range) -> None:
    for epoch in epochs:
        metrics: dict[str, float | None] = {
            "loss": 2.0 / (epoch + 1),
            "val_loss": 2.5 / (epoch + 1),
            "miou": 0.1 * epoch,
        }
        writer.write(EpochMetrics(epoch=epoch, step=epoch * 100, metrics=metrics))


def _finished_run(runs_dir: Path, title: str, epochs: int) -> RunFolder:
    with _run(runs_dir, title) as (folder, writer):
        _write_epochs(writer, range(epochs))
        writer.write(Finished(summary={}))
    return folder


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def _panel(qtbot: QtBot, runs_dir: Path) -> TrainingPanel:
    panel = TrainingPanel(runs_dir)
    qtbot.addWidget(panel)
    panel.resize(1440, 220)
    panel.show()
    return panel


def test_without_runs_it_says_where_they_are_looked_for(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    assert panel.is_empty
    assert not runs_dir.exists()
    empty = panel._pages.widget(0)
    assert isinstance(empty, EmptyState)
    assert str(runs_dir) in empty.text


def test_runs_of_other_jobs_are_left_out(qtbot: QtBot, runs_dir: Path) -> None:
    with _run(runs_dir, "segment", job="segment") as (_, writer):
        writer.write(FrameTiming(index=0, time_seconds=0.0))
        writer.write(Finished(summary={}))
    panel = _panel(qtbot, runs_dir)
    assert panel.is_empty


def test_a_run_appears_and_grows_while_it_runs(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    with _run(runs_dir, "a first run") as (_, writer):
        _write_epochs(writer, range(3))
        qtbot.waitUntil(lambda: not panel.is_empty, timeout=3000)
        assert [chart.name for chart in panel.charts] == ["loss", "miou"]
        _write_epochs(writer, range(3, 5))
        qtbot.waitUntil(lambda: panel.data.runs[0].curves.last_epoch == 4, timeout=3000)
        assert "epoch 5" in panel.charts[0].values_text


def test_a_chart_draws_every_ticked_run_and_its_validation(qtbot: QtBot, runs_dir: Path) -> None:
    _finished_run(runs_dir, "one", 4)
    _finished_run(runs_dir, "two", 6)
    panel = _panel(qtbot, runs_dir)
    loss, miou = panel.charts
    assert (len(loss.lines), len(miou.lines)) == (4, 2)
    item = panel._list.item(0)
    item.setCheckState(Qt.CheckState.Unchecked)
    assert (len(loss.lines), len(miou.lines)) == (2, 1)


def test_smoothing_draws_the_reported_values_faintly(qtbot: QtBot, runs_dir: Path) -> None:
    _finished_run(runs_dir, "one", 4)
    panel = _panel(qtbot, runs_dir)
    panel._smoothing.setValue(60)
    loss = panel.charts[0]
    assert len(loss.lines) == 4
    alphas = sorted(line.opts["pen"].color().alpha() for line in loss.lines)
    assert alphas == [70, 70, 255, 255]
    panel._smoothing.setValue(0)
    assert len(loss.lines) == 2


def test_a_log_axis_leaves_out_what_is_not_positive(qtbot: QtBot, runs_dir: Path) -> None:
    _finished_run(runs_dir, "one", 4)  # its first mIoU is 0
    panel = _panel(qtbot, runs_dir)
    panel._log.setChecked(True)
    x, y = panel.charts[1].lines[0].getOriginalDataset()
    assert x.tolist() == [1, 2, 3, 4]
    assert (y > 0).tolist() == [False, True, True, True]
    panel.grab()


def test_steps_can_be_the_axis(qtbot: QtBot, runs_dir: Path) -> None:
    _finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    panel._x_axis.setCurrentText("step")
    assert panel.charts[0].lines[0].getOriginalDataset()[0].tolist() == [0, 100, 200]
    assert "step 200" in panel.charts[0].values_text


def test_a_deleted_run_disappears(qtbot: QtBot, runs_dir: Path) -> None:
    folder = _finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    assert not panel.is_empty
    panel.data._store.delete(folder)
    panel.data.poll()
    assert panel.is_empty


def test_hidden_it_does_not_read(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    panel.hide()
    _finished_run(runs_dir, "one", 3)
    qtbot.wait(700)
    assert panel.is_empty
    panel.show()
    assert not panel.is_empty


def test_a_long_log_of_another_job_does_not_hold_up_a_training_run(runs_dir: Path) -> None:
    with _run(runs_dir, "long", job="segment") as (_, writer):
        for index in range(20_000):
            writer.write(FrameTiming(index=index, time_seconds=index / 25))
        writer.write(Finished(summary={}))
    _finished_run(runs_dir, "training", 3)
    data = TrainingViewModel(runs_dir)
    data.poll()
    assert [run.title for run in data.runs] == ["training"]


def test_a_run_keeps_its_colour_when_newer_ones_come(qtbot: QtBot, runs_dir: Path) -> None:
    first = _finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    colour = panel._colours[first.name]
    _finished_run(runs_dir, "two", 3)
    panel.data.poll()
    assert panel._colours[first.name] == colour
    assert len(set(panel._colours.values())) == 2


def test_both_themes_are_followed(qtbot: QtBot, runs_dir: Path) -> None:
    _finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    for theme in (LIGHT, DARK):
        set_current_theme(theme)
        line = panel.charts[1].lines[0]
        assert line.opts["pen"].color().name() == theme.series[0]


def test_a_folder_that_cannot_be_made_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    panel = _panel(qtbot, tmp_path / "file" / "runs")
    with qtbot.waitSignal(panel.failed) as caught:
        panel._open_runs_dir()
    assert isinstance(caught.args[0], OutputError)
