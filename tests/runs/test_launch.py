from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.errors import OutputError, WorkerError
from studio.runs import launch as launching
from studio.runs.events import Failed, Stopped
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import kill, launch, reap, request_stop, start_worker
from studio.runs.lock import FileLock, holder_pid
from studio.runs.watch import RunWatcher
from tests.support.run_jobs import CountSpec, count_command, create_count, start_count
from tests.support.waiting import wait_until


def _wait_for(folder: RunFolder, status: RunStatus) -> None:
    wait_until(lambda: folder.status() is status, what=f"{status}, is {folder.status()}")


def _running(runs_dir: Path) -> RunFolder:
    folder = start_count(runs_dir, CountSpec(steps=10_000, step_seconds=0.05))
    wait_until(lambda: folder.events_file.exists() and folder.events_file.stat().st_size > 0)
    _wait_for(folder, RunStatus.RUNNING)
    return folder


def test_a_launched_run_ends_with_a_last_word(runs_dir: Path) -> None:
    folder = launch("no such job", CountSpec(), title="T", parents=["p"], runs_dir=runs_dir)
    _wait_for(folder, RunStatus.FAILED)
    terminal = folder.terminal()
    assert isinstance(terminal, Failed)
    assert "no such job" in terminal.message
    assert terminal.exit_code == 2
    assert folder.record().parents == ("p",)


def test_runs_go_to_the_workspace_by_default(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JEJUNET_WORKSPACE", str(runs_dir.parent))
    folder = launch("no such job", CountSpec(), title="T")
    assert folder.path.parent == runs_dir
    _wait_for(folder, RunStatus.FAILED)


def test_a_stop_is_graceful_and_keeps_what_was_done(runs_dir: Path) -> None:
    folder = _running(runs_dir)
    request_stop(folder)
    _wait_for(folder, RunStatus.STOPPED)
    terminal = folder.terminal()
    assert isinstance(terminal, Stopped)
    assert terminal.summary["counted"] >= 0
    assert terminal.reason == "You stopped it."


def test_a_killed_run_is_crashed_and_readable(runs_dir: Path) -> None:
    folder = _running(runs_dir)
    assert kill(folder)
    _wait_for(folder, RunStatus.CRASHED)
    assert len(RunWatcher(folder).poll().events) >= 2
    assert not kill(folder)


def test_no_zombie_stays_behind(runs_dir: Path) -> None:
    folder = _running(runs_dir)
    pid = holder_pid(folder.lock_file)
    assert pid is not None
    kill(folder)
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    reap()
    assert not psutil.pid_exists(pid)


def test_a_run_outlives_who_launched_it(runs_dir: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from tests.support.run_jobs import CountSpec, start_count
start_count(Path({str(runs_dir)!r}), CountSpec(steps=40, step_seconds=0.05))
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[2]
    launcher = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, timeout=60)
    assert launcher.returncode == -signal.SIGKILL
    (path,) = runs_dir.iterdir()
    _wait_for(RunFolder(path), RunStatus.FINISHED)


def test_killing_spares_the_group_of_a_worker_that_was_not_launched(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec(steps=10_000, step_seconds=0.05))
    worker = subprocess.Popen(count_command(folder))  # in the group of this test
    _wait_for(folder, RunStatus.RUNNING)
    assert os.getpgid(worker.pid) == os.getpgid(0)
    wait_until(lambda: holder_pid(folder.lock_file) == worker.pid)
    assert kill(folder)
    assert worker.wait(20) == -signal.SIGKILL


def test_a_worker_that_is_gone_by_now_needs_no_killing(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create_count(runs_dir, CountSpec())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(20)
    monkeypatch.setattr(launching, "holder_pid", lambda _: ended.pid)
    assert not kill(folder)


def test_a_worker_of_another_user_is_told_in_words(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create_count(runs_dir, CountSpec())
    lock = FileLock(folder.lock_file)
    assert lock.acquire()

    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(os, "killpg", refuse)
    with pytest.raises(WorkerError, match="may not end"):
        kill(folder)
    lock.release()


def test_a_stop_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        request_stop(RunFolder(tmp_path / "gone"))


def test_a_worker_that_cannot_be_started_is_told_in_words(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    with pytest.raises(WorkerError, match="could not be started"):
        start_worker(folder, [str(runs_dir / "no such program")])
    with pytest.raises(OutputError):
        start_worker(RunFolder(runs_dir / "gone"), ["true"])
