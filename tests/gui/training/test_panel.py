"""Runs appear by themselves, grow while they are looked at, and answer to the user's commands."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from studio.gui.theme import DARK, LIGHT, set_current_theme
from studio.gui.training.panel import TrainingPanel
from studio.gui.training.run_list_model import RUN_ROLE
from studio.gui.training.view_model import TrainingViewModel
from studio.gui.widgets.empty_state import EmptyState
from studio.runs.events import (
    EpochMetrics,
    Failed,
    Finished,
    FrameTiming,
    Progress,
    Resumed,
    Started,
    Stopped,
    Warned,
)
from studio.runs.folder import RunStatus
from studio.training.spec import TrainSpec
from tests.support.run_jobs import CountSpec, no_worker_left, start_count
from tests.support.training_runs import finished_run, open_run, write_epochs, write_steps


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def _panel(qtbot: QtBot, runs_dir: Path, width: int = 1100, height: int = 520) -> TrainingPanel:
    panel = TrainingPanel(runs_dir)
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()
    qtbot.waitUntil(lambda: not panel.data.is_behind)  # reads in slices; more on a busy machine
    return panel


def _says_it_is_empty(panel: TrainingPanel) -> bool:
    return panel.is_empty  # mypy would hold a property to what it was before


def _wait_for_charts(qtbot: QtBot, panel: TrainingPanel, *names: str) -> None:
    qtbot.waitUntil(lambda: [chart.name for chart in panel.curves.charts] == list(names))


def test_without_runs_it_says_what_to_do(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    assert panel.is_empty
    assert not runs_dir.exists()
    empty = panel._pages.widget(0)
    assert isinstance(empty, EmptyState)
    assert str(runs_dir) in empty.text


def test_runs_of_other_jobs_are_left_out(qtbot: QtBot, runs_dir: Path) -> None:
    with open_run(runs_dir, "segment", job="segment") as (_, writer):
        writer.write(FrameTiming(index=0, time_seconds=0.0))
        writer.write(Finished(summary={}))
    assert _panel(qtbot, runs_dir).is_empty


def test_a_run_appears_and_grows_while_it_runs(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    with open_run(runs_dir, "a first run") as (_, writer):
        qtbot.waitUntil(lambda: not panel.is_empty, timeout=3000)
        write_epochs(writer, range(3))
        _wait_for_charts(qtbot, panel, "loss", "miou")
        write_epochs(writer, range(3, 5))
        qtbot.waitUntil(lambda: panel.data.runs[0].curves.epochs_begun == 5, timeout=3000)
        qtbot.waitUntil(lambda: "0.4" in panel.curves.charts[1].heading_text)


def test_every_ticked_run_is_drawn_with_its_validation(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 4)
    finished_run(runs_dir, "two", 6)
    panel = _panel(qtbot, runs_dir)
    _wait_for_charts(qtbot, panel, "loss", "miou")
    loss, miou = panel.curves.charts
    assert (len(loss.lines), len(miou.lines)) == (4, 2)
    assert [entry.title for entry in panel.curves.legend.entries] == ["two", "one"]
    panel.list_model.setData(
        panel.list_model.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole
    )
    assert (len(loss.lines), len(miou.lines)) == (2, 1)
    panel.curves.options.x_axis.setCurrentText("epochs")
    assert loss.lines[0].getOriginalDataset()[0].tolist() == [1, 2, 3, 4]


def test_space_ticks_the_chosen_run(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 4)
    panel = _panel(qtbot, runs_dir)
    assert len(panel.list_model.drawn) == 1
    qtbot.keyClick(panel.sidebar.view, Qt.Key.Key_Space)
    assert panel.list_model.drawn == []


def test_draw_only_this(qtbot: QtBot, runs_dir: Path) -> None:
    folders = [finished_run(runs_dir, title, 3) for title in ("one", "two")]
    panel = _panel(qtbot, runs_dir)
    panel.sidebar.choose(folders[0].name)
    panel.actions_.only.trigger()
    assert [run.title for run in panel.list_model.drawn] == ["one"]


def test_a_resumed_run_forgets_what_it_will_do_again(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    with open_run(runs_dir, "resumed") as (_, writer):
        write_steps(writer, 9, of=20)
        writer.write(Started(job="train", pid=1))
        writer.write(Resumed(step=5))
        writer.write(EpochMetrics(epoch=1, step=6, metrics={"loss": 66.0}))
        panel.poll()
        x, y = panel.data.runs[0].curves.curve("loss")
    assert x.tolist() == [1, 2, 3, 4, 5, 6]
    assert y[-1] == 66.0


def test_time_left_comes_from_the_steps(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    with open_run(runs_dir, "going") as (_, writer):
        now = time.time()
        write_steps(writer, 60, of=160, at_seconds=now - 60)
        writer.write(Progress(done=3, total=10, unit="images", message="Evaluating"))
        panel.poll()
        run = panel.data.runs[0]
        left = run.remaining_seconds(now)
        assert left == pytest.approx(100, abs=3)
        assert run.fraction == pytest.approx(60 / 160)
        assert run.left_text(now).endswith("left")


def test_a_failed_run_says_why_and_how_to_go_on(qtbot: QtBot, runs_dir: Path) -> None:
    with open_run(runs_dir, "nan") as (_, writer):
        write_epochs(writer, range(2))
        writer.write(Failed(message="The loss is not a number.", remedy="Lower the rate."))
    panel = _panel(qtbot, runs_dir)
    assert panel.trouble.words.startswith("The loss is not a number. Lower the rate. Resume")
    assert panel.actions_.resume.isEnabled()
    assert panel.actions_.delete.isEnabled()


def test_a_warning_is_shown_until_there_is_worse(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    with open_run(runs_dir, "warned") as (_, writer):
        writer.write(Warned(message="3 images cannot be read.", remedy="Check the dataset."))
        panel.poll()
        assert panel.trouble.words == "3 images cannot be read. Check the dataset."
        assert panel.actions_.stop.isEnabled()
        assert not panel.actions_.resume.isEnabled()
        assert not panel.actions_.delete.isEnabled()


def test_a_real_worker_is_stopped_gracefully(qtbot: QtBot, tmp_path: Path) -> None:
    with no_worker_left(tmp_path / "runs") as runs_dir:
        start_count(runs_dir, CountSpec(steps=500, step_seconds=0.02, log_bytes=4), "counting")
        panel = _panel(qtbot, runs_dir)
        qtbot.waitUntil(lambda: not panel.is_empty, timeout=10_000)
        panel.actions_.stop.trigger()
        qtbot.waitUntil(lambda: panel.data.runs[0].status is RunStatus.STOPPED, timeout=10_000)
        qtbot.waitUntil(lambda: not panel.actions_.stop.isEnabled())


def test_deleting_can_be_undone(qtbot: QtBot, runs_dir: Path) -> None:
    folder = finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    panel.actions_.delete.trigger()
    assert _says_it_is_empty(panel)
    assert not folder.path.exists()
    panel.actions_.undo.trigger()
    assert not panel.is_empty
    assert folder.path.exists()
    chosen = panel.sidebar.chosen
    assert chosen is not None
    assert chosen.name == folder.name
    assert not panel.actions_.undo.isEnabled()


def test_a_run_is_renamed_and_noted(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    index = panel.list_model.index(0, 0)
    panel.list_model.setData(index, "the best", Qt.ItemDataRole.EditRole)
    run = index.data(RUN_ROLE)
    panel.data.set_note(run, "  with a smaller rate\n")
    again = TrainingViewModel(runs_dir)
    while not again.runs:
        again.poll()
    assert [(each.title, each.note) for each in again.runs] == [("the best", "with a smaller rate")]
    panel.data.set_note(run, "")
    assert run.note == ""
    assert not (run.folder.path / "note.txt").exists()


def test_what_cannot_be_written_is_told(qtbot: QtBot, runs_dir: Path) -> None:
    folder = finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    (folder.path / "note.tmp").mkdir()
    with qtbot.waitSignal(panel.failed) as caught:
        panel.data.set_note(panel.data.runs[0], "words")
    assert "note.txt" in str(caught.args[0])


def test_hidden_it_does_not_read(qtbot: QtBot, runs_dir: Path) -> None:
    panel = _panel(qtbot, runs_dir)
    panel.hide()
    finished_run(runs_dir, "one", 3)
    qtbot.wait(700)
    assert _says_it_is_empty(panel)
    panel.show()
    qtbot.waitUntil(lambda: not panel.is_empty)


def test_a_long_log_does_not_hold_up_another_run(runs_dir: Path) -> None:
    with open_run(runs_dir, "long") as (_, writer):
        write_steps(writer, 3_000, of=3_000)
        writer.write(Finished(summary={}))
    finished_run(runs_dir, "short", 3)
    data = TrainingViewModel(runs_dir)
    while len(data.runs) < 2 or not all(run.curves.metrics for run in data.runs):
        data.poll()
    was_behind = data.is_behind
    assert was_behind
    short = next(run for run in data.runs if run.title == "short")
    assert short.curves.epochs_begun == 3
    polls = 0
    while data.is_behind and polls < 100:
        data.poll()
        polls += 1
    assert polls < 100
    assert {run.curves.last_step for run in data.runs} == {3_000, 200}


def test_a_run_keeps_its_colour_when_newer_ones_come(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 3, age_seconds=60)
    panel = _panel(qtbot, runs_dir)
    first = panel.data.runs[0]
    colour = panel.list_model.colour(first)
    finished_run(runs_dir, "two", 3)
    qtbot.waitUntil(lambda: len(panel.list_model.runs) == 2, timeout=3000)
    assert panel.list_model.colour(first) == colour
    assert len({panel.list_model.colour(run) for run in panel.data.runs}) == 2


def test_the_load_of_the_machine_is_shown(qtbot: QtBot, runs_dir: Path) -> None:
    with open_run(runs_dir, "loaded") as (_, writer):
        metrics: dict[str, float | None] = {
            "loss": 1.0,
            "cpu_percent": 97.4,
            "memory_bytes": 2.5e9,
            "data_wait_share": 0.31,
        }
        writer.write(EpochMetrics(epoch=1, step=1, metrics=metrics))
        writer.write(Finished(summary={}))
    panel = _panel(qtbot, runs_dir)
    tiles = panel.curves.load.tiles
    assert [tile.text for tile in tiles] == ["97 %", "2.5 GB", "31 %"]
    assert [tile.is_bad for tile in tiles] == [False, False, True]
    _wait_for_charts(qtbot, panel, "loss")  # the load has tiles, no charts
    panel.grab()


def test_without_a_load_there_are_no_tiles(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 3)
    assert _panel(qtbot, runs_dir).curves.load.isHidden()


@pytest.mark.parametrize(("width", "height"), [(1070, 190), (420, 700), (1400, 850), (300, 160)])
def test_it_fits_low_narrow_and_large_docks(
    qtbot: QtBot, runs_dir: Path, width: int, height: int
) -> None:
    for title in ("one", "two", "three"):
        finished_run(runs_dir, title, 4)
    panel = _panel(qtbot, runs_dir, width, height)
    _wait_for_charts(qtbot, panel, "loss", "miou")
    assert panel.size().toTuple() == (width, height)
    is_narrow = panel.splitter.orientation() == Qt.Orientation.Vertical
    assert is_narrow == (width < 620)
    for chart in panel.curves.charts:
        assert chart.geometry().right() <= panel.curves.board.width()
    panel.grab()


def test_the_other_pages_follow_the_chosen_run(qtbot: QtBot, runs_dir: Path) -> None:
    folder = finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    titles = [panel.tabs.tabText(index) for index in range(panel.tabs.count())]
    assert titles == ["Curves", "Validation", "Classes", "Confusion", "Worst images"]
    assert panel.results.selection.folder == folder
    for index in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(index)
        assert panel.stack.currentIndex() == index
        assert panel.curves.options.isHidden() == (index > 0)


def test_both_themes_are_followed(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "one", 3)
    panel = _panel(qtbot, runs_dir)
    _wait_for_charts(qtbot, panel, "loss", "miou")
    for theme in (LIGHT, DARK):
        set_current_theme(theme)
        picture = panel.grab().toImage()
        assert QColor(theme.series[0]).name() in {
            picture.pixelColor(x, y).name() for x in range(8, 40) for y in range(30, 80)
        }


def test_a_damaged_spec_disables_what_needs_it(qtbot: QtBot, runs_dir: Path) -> None:
    folder = finished_run(runs_dir, "one", 3)
    text = re.sub(r'"epochs": ?50', '"epochs":"many"', folder.record_file.read_text())
    folder.record_file.write_text(text)
    panel = _panel(qtbot, runs_dir)
    run = panel.data.runs[0]
    assert run.spec is None
    assert "epochs" in str(run.spec_error)
    for action in (panel.actions_.duplicate, panel.actions_.compare, panel.actions_.export):
        assert not action.isEnabled()
    assert panel.actions_.folder.isEnabled()


def test_a_stopped_run_can_be_resumed_and_a_finished_one_not(qtbot: QtBot, runs_dir: Path) -> None:
    finished_run(runs_dir, "done", 3, age_seconds=60)
    with open_run(runs_dir, "stopped", spec=TrainSpec(dataset="voc", epochs=4)) as (_, writer):
        write_epochs(writer, range(2))
        writer.write(Stopped(reason="You stopped it."))
    panel = _panel(qtbot, runs_dir)
    stopped, done = panel.data.runs
    assert (stopped.can_resume, done.can_resume) == (True, False)
    assert "epoch 2/4" in stopped.figures_text()
    assert "best mIoU 0.200" in done.figures_text()
    assert panel.trouble.words == ""
