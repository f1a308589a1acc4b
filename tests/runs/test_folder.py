from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.errors import OutputError, RunError
from studio.runs.events import (
    AnyEvent,
    Artifact,
    Failed,
    Finished,
    Progress,
    Started,
    Stopped,
    encode,
)
from studio.runs.folder import STARTING_SECONDS, RunFolder, RunStatus, create_run_folder
from studio.runs.lock import FileLock, holder_pid, is_locked
from studio.runs.record import RunRecord
from tests.support.run_jobs import CountSpec, create_count

_LONG_AGO_SECONDS = 1e9


def _folder(runs_dir: Path, *events: AnyEvent, age_seconds: float = 100.0) -> RunFolder:
    folder = create_count(runs_dir, CountSpec())
    if events:
        folder.events_file.write_bytes(b"".join(map(encode, events)))
    then = time.time() - age_seconds
    os.utime(folder.record_file, (then, then))
    return folder


_STARTED = Started(job="count", pid=1)


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (Finished(summary={}), RunStatus.FINISHED),
        (Failed(message="no"), RunStatus.FAILED),
        (Failed(message="no", details="x" * 200_000), RunStatus.FAILED),
        (Stopped(reason="asked"), RunStatus.STOPPED),
        (Progress(done=1), RunStatus.CRASHED),
    ],
)
def test_the_last_word_decides(runs_dir: Path, last: AnyEvent, status: RunStatus) -> None:
    folder = _folder(runs_dir, _STARTED, *[Progress(done=i) for i in range(500)], last)
    assert folder.status() is status
    assert not status.is_live
    assert folder.terminal() == (None if status is RunStatus.CRASHED else last)


def test_the_only_line_can_be_the_last_word(runs_dir: Path) -> None:
    assert _folder(runs_dir, Failed(message="no")).status() is RunStatus.FAILED


def test_a_run_is_running_while_its_lock_is_held(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED)
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    assert folder.status() is RunStatus.RUNNING
    assert folder.status().is_live
    lock.release()
    assert folder.status() is RunStatus.CRASHED


def test_the_last_word_counts_before_the_lock_is_let_go(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED, Finished(summary={}))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    assert folder.status() is RunStatus.FINISHED
    lock.release()


def test_a_last_word_without_its_newline_is_none(runs_dir: Path) -> None:
    folder = _folder(runs_dir, _STARTED)
    with folder.events_file.open("ab") as file:
        file.write(encode(Finished(summary={}))[:-1])
    assert folder.terminal() is None
    assert folder.status() is RunStatus.CRASHED


def test_a_launched_run_is_starting_for_a_while(runs_dir: Path) -> None:
    assert _folder(runs_dir, age_seconds=0).status() is RunStatus.STARTING
    assert _folder(runs_dir, age_seconds=STARTING_SECONDS + 1).status() is RunStatus.CRASHED
    # A clock that was set back must not keep a dead run alive for ever.
    assert _folder(runs_dir, age_seconds=-3600).status() is RunStatus.CRASHED


def test_a_folder_without_a_record_is_crashed(runs_dir: Path) -> None:
    folder = _folder(runs_dir)
    folder.record_file.unlink()
    assert folder.status() is RunStatus.CRASHED
    with pytest.raises(RunError, match="cannot be read"):
        folder.record()


def test_a_new_folder_is_complete_and_readable(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec(steps=9), title="Nine")
    assert folder.record().spec["steps"] == 9
    assert folder.artifacts_dir.is_dir()
    assert folder.path.stat().st_mode & 0o077 == 0o055
    assert [path.name for path in runs_dir.iterdir()] == [folder.name]


def test_folders_of_one_second_get_numbers(runs_dir: Path) -> None:
    record = RunRecord(schema=1, job="j", spec={}, title="t", created_seconds=_LONG_AGO_SECONDS)
    names = [create_run_folder(runs_dir, record).name for _ in range(3)]
    assert names[1:] == [f"{names[0]}-2", f"{names[0]}-3"]


def test_two_instances_never_share_a_folder(runs_dir: Path) -> None:
    code = f"""
from pathlib import Path
from studio.runs.folder import create_run_folder
from studio.runs.record import RunRecord
for i in range(25):
    record = RunRecord(schema=1, job="j", spec={{"i": i}}, title="t", created_seconds=1e9)
    folder = create_run_folder(Path({str(runs_dir)!r}), record)
    assert folder.record().spec["i"] == i
"""
    instances = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [instance.wait(60) for instance in instances] == [0, 0, 0]
    assert len(list(runs_dir.iterdir())) == 75


def test_a_workspace_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a file, not a folder"):
        create_count(tmp_path / "file" / "runs", CountSpec())


def test_a_failure_half_way_leaves_nothing_behind(runs_dir: Path) -> None:
    record = RunRecord(schema=1, job="a/b", spec={}, title="t")
    with pytest.raises(OutputError):
        create_run_folder(runs_dir, record)
    assert list(runs_dir.iterdir()) == []


def test_artifacts_lie_inside_or_elsewhere(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    inside = Artifact(name="a", path="artifacts/a.mp4")
    assert folder.artifact_path(inside) == folder.artifacts_dir / "a.mp4"
    outside = Artifact(name="a", path="/elsewhere/a.mp4")
    assert folder.artifact_path(outside) == Path("/elsewhere/a.mp4")


def test_a_lock_has_one_holder_who_is_known(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    first, second = FileLock(path), FileLock(path)
    assert first.acquire()
    assert not second.acquire()
    assert is_locked(path)
    assert holder_pid(path) == os.getpid()
    first.release()
    first.release()
    assert not is_locked(path)
    assert holder_pid(path) is None
    assert second.acquire()
    second.release()


def test_a_lock_without_a_number_has_an_unknown_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    assert lock.acquire()
    path.write_text("")
    assert is_locked(path)
    assert holder_pid(path) is None
    lock.release()


def test_a_lock_is_taken_on_a_full_disk_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.symlink_to("/dev/full")  # every write fails as on a full disk
    lock = FileLock(path)
    assert lock.acquire()
    lock.release()
