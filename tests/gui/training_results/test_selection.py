"""One epoch is chosen for all pages; new ones are followed, whatever state the files are in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.gui.training.results.selection import Selection
from studio.runs.folder import RunFolder
from studio.training.validation_log import epoch_dir
from tests.support.validation_runs import make_run, predict, scene, write_epoch


@pytest.fixture
def selection(qtbot: QtBot, run: RunFolder) -> Selection:
    chosen = Selection()
    chosen.show_run(run)
    return chosen


def _write_next(run: RunFolder, epoch: int) -> None:
    truths = {f"img_{i:03d}": scene(i) for i in range(4)}
    predictions = {name: predict(truth, 1.0, 0) for name, truth in truths.items()}
    write_epoch(run, epoch, truths, predictions)


def test_the_newest_evaluation_is_shown_first(selection: Selection) -> None:
    assert selection.epochs == (1, 2, 3)
    assert selection.epoch == 3
    assert selection.follows_newest
    assert selection.samples == ("img_000", "img_001", "img_002", "img_003")


def test_a_new_evaluation_is_followed(selection: Selection, run: RunFolder) -> None:
    _write_next(run, 4)
    selection.poll()
    assert selection.epoch == 4


def test_whoever_looks_back_is_left_there(selection: Selection, run: RunFolder) -> None:
    selection.set_epoch(2)
    _write_next(run, 4)
    selection.poll()
    assert (selection.epoch, selection.epochs[-1]) == (2, 4)
    selection.set_epoch(4)
    _write_next(run, 5)
    selection.poll()
    assert selection.epoch == 5  # the newest was chosen, so it is followed again


def test_an_evaluation_counts_only_when_its_scores_are_there(
    selection: Selection, run: RunFolder
) -> None:
    epoch_dir(run.artifacts_dir, 4).mkdir()
    selection.poll()
    assert selection.epochs == (1, 2, 3)


def test_torn_scores_are_none_and_are_read_again_when_whole(
    qtbot: QtBot, selection: Selection, run: RunFolder
) -> None:
    file = epoch_dir(run.artifacts_dir, 3) / "scores.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert selection.scores() is None
    selection.poll()
    file.write_bytes(whole)
    with qtbot.waitSignals([selection.epoch_changed, selection.rewritten], timeout=1000):
        selection.poll()
    scores = selection.scores()
    assert scores is not None
    assert scores.epoch == 3


def test_foreign_files_among_the_epochs_are_passed_over(
    selection: Selection, run: RunFolder
) -> None:
    epochs = epoch_dir(run.artifacts_dir, 3).parent
    (epochs / "notes").mkdir()
    (epochs / ".0004.tmp").mkdir()
    selection.poll()
    assert selection.epochs == (1, 2, 3)


def test_a_deleted_run_leaves_nothing_chosen(selection: Selection, run: RunFolder) -> None:
    shutil.rmtree(run.path)
    selection.poll()
    assert selection.epoch is None
    assert selection.epochs == ()
    assert selection.scores() is None


def test_a_deleted_epoch_gives_way_to_the_newest(selection: Selection, run: RunFolder) -> None:
    selection.set_epoch(2)
    shutil.rmtree(epoch_dir(run.artifacts_dir, 2))
    selection.poll()
    assert selection.epoch == 3


def test_steps_stay_within_the_epochs(selection: Selection) -> None:
    selection.step(5)
    assert selection.epoch == 3
    selection.step(-1)
    assert selection.epoch == 2
    selection.step(-9)
    assert selection.epoch == 1


def test_playing_goes_from_the_first_epoch_to_the_last_and_ends(
    qtbot: QtBot, selection: Selection
) -> None:
    seen: list[int | None] = []
    selection.epoch_changed.connect(lambda: seen.append(selection.epoch))
    selection.set_playing(True)
    qtbot.waitUntil(lambda: not selection.is_playing, timeout=5000)
    assert seen == [1, 2, 3]
    assert selection.follows_newest


def test_a_hand_on_the_slider_ends_playing(selection: Selection) -> None:
    selection.set_playing(True)
    selection.set_epoch(2)
    assert not selection.is_playing
    assert selection.epoch == 2


def test_another_run_starts_at_its_newest_epoch(selection: Selection, tmp_path: Path) -> None:
    selection.set_epoch(1)
    selection.show_run(make_run(tmp_path / "other", images=1, epochs=5))
    assert (selection.epoch, selection.follows_newest) == (5, True)
    selection.show_run(None)
    assert selection.epoch is None


def test_looking_again_reads_nothing_anew(selection: Selection) -> None:
    first = selection.scores()
    selection.poll()
    assert selection.scores() is first
