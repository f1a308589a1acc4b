from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from studio.errors import OutputError, RunError, WorkerError
from studio.runs import launch as launching
from studio.runs.events import AnyEvent, Finished, Progress, Resumed, Started, Stopped, encode
from studio.runs.folder import STARTING_SECONDS, RunFolder, RunStatus
from studio.runs.launch import request_stop, resume
from studio.runs.lock import FileLock
from studio.runs.resume import announce_resume, withdraw_resume
from studio.runs.store import RunStore
from studio.runs.watch import RunWatcher
from tests.support.run_jobs import CountSpec, create_count
from tests.support.waiting import wait_until

_STARTED = Started(job="count", pid=1)
_STOPPED = Stopped(reason="You stopped it.")


def _folder(runs_dir: Path, *events: AnyEvent) -> RunFolder:
    folder = create_count(runs_dir, CountSpec())
    folder.events_file.write_bytes(b"".join(map(encode, events)))
    return folder


def _append(folder: RunFolder, event: AnyEvent) -> None:
    with folder.events_file.open("ab") as file:
        file.write(encode(event))


def test_what_follows_a_last_word_makes_the_run_live_again(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED, _STARTED, Resumed(step=3))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    assert folder.status() is RunStatus.RUNNING
    assert folder.terminal() is None
    lock.release()
    assert folder.status() is RunStatus.CRASHED
    _append(folder, _STOPPED)
    assert folder.status() is RunStatus.STOPPED


def test_a_run_about_to_be_resumed_is_starting_for_a_while(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)
    request_stop(folder)
    announce_resume(folder)
    assert folder.status() is RunStatus.STARTING
    assert not folder.stop_file.exists()
    then = time.time() - STARTING_SECONDS - 1
    os.utime(folder.resume_file, (then, then))
    assert folder.status() is RunStatus.STOPPED  # its worker never came
    announce_resume(folder)
    withdraw_resume(folder)
    withdraw_resume(folder)
    assert folder.status() is RunStatus.STOPPED


def test_a_list_that_knows_the_run_as_ended_sees_it_resumed(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)
    store = RunStore(runs_dir)
    ended = store.entry(folder)
    assert store.entry(folder) is ended
    announce_resume(folder)
    entry = store.entry(folder)
    assert (entry.status, entry.terminal) == (RunStatus.STARTING, None)
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    _append(folder, _STARTED)
    withdraw_resume(folder)
    entry = store.entry(folder)
    assert (entry.status, entry.terminal) == (RunStatus.RUNNING, None)
    _append(folder, Finished(summary={}))
    lock.release()
    assert store.entry(folder).status is RunStatus.FINISHED


def test_who_follows_a_run_is_told_of_its_second_life(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)
    watcher = RunWatcher(folder)
    assert watcher.poll().status is RunStatus.STOPPED
    announce_resume(folder)
    assert watcher.poll().status is RunStatus.STARTING
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    _append(folder, _STARTED)
    withdraw_resume(folder)
    update = watcher.poll()
    assert (update.status, update.events) == (RunStatus.RUNNING, [_STARTED])
    lock.release()
    assert watcher.poll().status is RunStatus.CRASHED


def test_a_log_with_two_lives_read_in_pieces_ends_once(runs_dir: Path) -> None:
    events: list[AnyEvent] = [_STARTED, _STOPPED, _STARTED, Progress(done=1), Finished(summary={})]
    folder = _folder(runs_dir, *events)
    watcher = RunWatcher(folder, most_bytes=20)
    seen: list[AnyEvent] = []
    while True:
        update = watcher.poll()
        seen += update.events
        assert update.status is RunStatus.FINISHED
        if update.is_caught_up:
            break
    assert seen == events


def test_a_resume_between_two_looks_at_the_lock_is_no_crash(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(runs_dir, _STARTED, _STARTED)
    looks = iter([False, True])
    monkeypatch.setattr("studio.runs.folder.is_locked", lambda _: next(looks))
    assert folder.status() is RunStatus.RUNNING


def test_a_run_at_work_and_a_finished_one_are_not_resumed(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED)
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    with pytest.raises(RunError, match="still at work"):
        resume(folder)
    lock.release()
    _append(folder, Finished(summary={}))
    with pytest.raises(RunError, match="nothing left to resume"):
        resume(folder)
    assert folder.status() is RunStatus.FINISHED


def test_a_worker_that_refuses_leaves_the_status_as_it_was(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)  # of a job that the real worker does not know
    before = folder.events_file.read_bytes()
    resume(folder)
    wait_until(lambda: not folder.resume_file.exists() and launching.reap() == 0)
    assert folder.status() is RunStatus.STOPPED
    assert folder.events_file.read_bytes() == before
    assert "got 'count'" in folder.log_file.read_text()


def test_a_worker_that_cannot_be_started_leaves_the_status_as_it_was(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)
    monkeypatch.setattr(launching, "_WORKER", (str(runs_dir / "no such program"),))
    with pytest.raises(WorkerError):
        resume(folder)
    assert folder.status() is RunStatus.STOPPED
    assert not folder.resume_file.exists()


def test_a_folder_that_cannot_be_written_is_told_in_words(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, _STOPPED)
    folder.stop_file.mkdir()  # nothing that can be unlinked
    with pytest.raises(OutputError):
        resume(folder)
    assert folder.status() is RunStatus.STOPPED
