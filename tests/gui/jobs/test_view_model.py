from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.jobs.list_model import ROW_ROLE
from studio.gui.jobs.row import JobRow
from studio.gui.jobs.view_model import JobsModel
from studio.runs.events import Finished, Progress, Started, encode
from studio.runs.folder import RunFolder, RunStatus, create_run_folder
from studio.runs.launch import start_worker
from studio.runs.record import RunRecord
from studio.runs.store import RunEntry, TrashedRun
from tests.support.run_jobs import CountSpec, count_command, create_count, start_count
from tests.support.waiting import wait_until

_TIMEOUT_MILLIS = 20_000
_ENDLESS = CountSpec(steps=100_000, step_seconds=0.02)


@pytest.fixture
def model(runs_dir: Path, qtbot: QtBot) -> Iterator[JobsModel]:
    model = JobsModel(runs_dir)
    yield model
    model.deleteLater()


def _only(model: JobsModel) -> JobRow:
    (row,) = model.list.rows
    return row


def _old_run(runs_dir: Path, number: int) -> RunFolder:
    record = RunRecord(
        schema=1, job="count", spec={}, title=f"run {number}", created_seconds=1e9 + number
    )
    folder = create_run_folder(runs_dir, record)
    folder.events_file.write_bytes(encode(Finished(summary={}, at_seconds=1e9 + number + 5)))
    return folder


def test_a_run_is_followed_to_its_end(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    finished: list[RunEntry] = []
    running: list[int] = []
    model.finished.connect(finished.append)
    model.running_changed.connect(running.append)
    start_count(runs_dir, CountSpec(steps=60, step_seconds=0.03, video=True), "Sixty")
    model.refresh()
    qtbot.waitUntil(lambda: bool(model.list.rows), timeout=_TIMEOUT_MILLIS)
    row = _only(model)
    qtbot.waitUntil(lambda: row.fraction is not None and row.fraction > 0.2, timeout=10_000)
    assert model.running == 1
    qtbot.waitUntil(lambda: bool(finished), timeout=_TIMEOUT_MILLIS)
    assert finished[0].title == "Sixty"
    assert finished[0].status is RunStatus.FINISHED
    assert row.video is not None
    qtbot.waitUntil(lambda: running == [1, 0], timeout=_TIMEOUT_MILLIS)


def test_a_launched_run_that_fails_is_told(model: JobsModel, qtbot: QtBot) -> None:
    ended: list[RunEntry] = []
    model.run_failed.connect(ended.append)
    with qtbot.waitSignal(model.failed, timeout=_TIMEOUT_MILLIS) as told:
        folder = model.launch("no such job", CountSpec(), "Nothing")
        assert folder is not None
        assert _only(model).entry.title == "Nothing"
        assert model.running == 1
    (error,) = told.args or []
    assert isinstance(error, StudioError)
    assert "no such job" in error.message
    assert [entry.folder for entry in ended] == [folder]


def test_a_run_of_another_window_fails_quietly(
    model: JobsModel, qtbot: QtBot, runs_dir: Path
) -> None:
    told: list[StudioError] = []
    model.failed.connect(told.append)
    with qtbot.waitSignal(model.run_failed, timeout=_TIMEOUT_MILLIS):
        start_count(runs_dir, CountSpec(steps=5, ending="studio error"))
        model.refresh()
    assert told == []


def test_a_launch_into_an_unwritable_folder_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").write_text("")
    model = JobsModel(tmp_path / "file" / "runs")
    with qtbot.waitSignal(model.failed, timeout=_TIMEOUT_MILLIS):
        assert model.launch("count", CountSpec(), "T") is None
    assert list(model.list.rows) == []


def test_a_stop_keeps_what_was_done(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    start_count(runs_dir, _ENDLESS)
    model.refresh()
    qtbot.waitUntil(lambda: model.running == 1, timeout=_TIMEOUT_MILLIS)
    row = _only(model)
    model.stop(row)
    assert row.is_stopping
    qtbot.waitUntil(lambda: row.entry.status is RunStatus.STOPPED, timeout=_TIMEOUT_MILLIS)
    assert model.running == 0


def test_a_run_that_does_not_listen_can_be_ended(
    model: JobsModel, qtbot: QtBot, runs_dir: Path
) -> None:
    spec = CountSpec(steps=100_000, step_seconds=0.02, deaf=True)
    start_count(runs_dir, spec)
    model.refresh()
    qtbot.waitUntil(lambda: bool(model.list.rows), timeout=_TIMEOUT_MILLIS)
    row = _only(model)
    qtbot.waitUntil(lambda: row.fraction is not None, timeout=_TIMEOUT_MILLIS)
    model.stop(row)
    row.stop_asked_seconds = time.time() - 60
    with qtbot.waitSignal(model.run_failed, timeout=_TIMEOUT_MILLIS):
        model.stop(row)
    assert row.entry.status is RunStatus.CRASHED


def test_a_deleted_run_comes_back(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    _old_run(runs_dir, 1)
    model.refresh()
    row = _only(model)
    deleted: list[TrashedRun] = []
    model.deleted.connect(deleted.append)
    model.delete(row)
    assert list(model.list.rows) == []
    model.restore(deleted[0])
    assert _only(model).entry.title == "run 1"


def test_a_run_at_work_is_not_deleted(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    start_count(runs_dir, _ENDLESS)
    model.refresh()
    qtbot.waitUntil(lambda: model.running == 1, timeout=_TIMEOUT_MILLIS)
    with qtbot.waitSignal(model.failed, timeout=_TIMEOUT_MILLIS):
        model.delete(_only(model))
    assert model.running == 1


def test_a_run_deleted_beneath_leaves_the_list(
    model: JobsModel, qtbot: QtBot, runs_dir: Path
) -> None:
    live = create_count(runs_dir, CountSpec())
    old = _old_run(runs_dir, 1)
    model.refresh()
    assert len(model.list.rows) == 2
    shutil.rmtree(live.path)
    shutil.rmtree(old.path)
    qtbot.waitUntil(lambda: not model.list.rows, timeout=_TIMEOUT_MILLIS)


def test_titles_are_edited_in_place(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    _old_run(runs_dir, 1)
    model.refresh()
    index = model.list.index(0, 0)
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    assert model.list.setData(index, "better")
    assert index.data() == index.data(Qt.ItemDataRole.EditRole) == "better"
    assert model.list.setData(index, "")
    assert index.data() == "run 1"
    assert not model.list.setData(QModelIndex(), "x")
    assert not model.list.setData(index, "x", Qt.ItemDataRole.ToolTipRole)


def test_rows_are_told_to_screen_readers(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    _old_run(runs_dir, 1)
    model.refresh()
    index = model.list.index(0, 0)
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("run 1, Done, ")
    assert "took 0:05" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert model.list.data(QModelIndex()) is None
    assert model.list.rowCount(index) == 0


def test_runs_come_and_go_under_a_selection(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    for number in (1, 3):
        _old_run(runs_dir, number)
    model.refresh()
    kept = QPersistentModelIndex(model.list.index(1, 0))
    _old_run(runs_dir, 2)
    _old_run(runs_dir, 4)
    qtbot.waitUntil(lambda: len(model.list.rows) == 4, timeout=_TIMEOUT_MILLIS)
    assert [row.entry.title for row in model.list.rows] == ["run 4", "run 3", "run 2", "run 1"]
    assert kept.data(ROW_ROLE).entry.title == "run 1"


def test_a_worker_that_was_late_is_followed_after_all(
    model: JobsModel, qtbot: QtBot, runs_dir: Path
) -> None:
    folder = create_count(runs_dir, CountSpec(steps=40, step_seconds=0.05))
    os.utime(folder.record_file, (1e9, 1e9))
    model.refresh()
    assert _only(model).entry.status is RunStatus.CRASHED
    with qtbot.waitSignal(model.finished, timeout=_TIMEOUT_MILLIS):
        start_worker(folder, count_command(folder))
        wait_until(lambda: folder.status() is RunStatus.RUNNING)
        model.refresh()
        assert _only(model).is_live
    assert _only(model).entry.status is RunStatus.FINISHED


def test_no_look_stalls_the_window(model: JobsModel, qtbot: QtBot, runs_dir: Path) -> None:
    for number in range(200):
        _old_run(runs_dir, number)
    log = create_count(runs_dir, CountSpec())  # live: starting, with a long log
    line = encode(Progress(done=1, total=100))
    log.events_file.write_bytes(encode(Started(job="count", pid=1)) + line * 100_000)
    lock = log.lock_file.open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    looks_millis: list[float] = []
    for _ in range(120):
        begin = time.process_time()
        model.refresh()
        looks_millis.append((time.process_time() - begin) * 1000)
    lock.close()
    row = model.list.row_named(log.name)
    assert row is not None
    assert row.progress is not None
    assert len(model.list.rows) == 201
    assert sorted(looks_millis)[-3] < 40, sorted(looks_millis)[-5:]
