from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import request_stop
from studio.runs.watch import RunWatcher
from tests.support.run_jobs import CountSpec, Ending, count_command, create_count, start_count
from tests.support.waiting import wait_until

_ENDLESS = CountSpec(steps=100_000, step_seconds=0.02)


def _work(folder: RunFolder) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        count_command(folder), capture_output=True, text=True, timeout=60, check=False
    )


def _events(folder: RunFolder) -> list[AnyEvent]:
    return RunWatcher(folder).poll().events


def _begun(folder: RunFolder) -> bool:
    return any(isinstance(event, Progress) for event in _events(folder))


def test_a_run_tells_its_whole_story(runs_dir: Path, tmp_path: Path) -> None:
    outside = tmp_path / "count.txt"
    folder = create_count(runs_dir, CountSpec(steps=4, file=outside, video=True))
    assert _work(folder).returncode == 0
    first, *middle, last = _events(folder)
    assert isinstance(first, Started)
    assert first.job == "count"
    steps = [event.done for event in middle if isinstance(event, Progress)]
    assert steps[0] == 1
    assert steps[-1] == 4
    made = [event for event in middle if isinstance(event, Artifact)]
    assert [(a.path, a.kind) for a in made] == [
        (str(outside), "text"),
        ("artifacts/count.mp4", "video"),
    ]
    assert folder.artifact_path(made[1]).is_file()
    assert isinstance(last, Finished)
    assert last.summary == {"counted": 4}
    assert last.artifacts == tuple(made)
    assert not (folder.path / "reserve").exists()


def test_progress_is_written_ten_times_a_second_at_most(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec(steps=100, step_seconds=0.004))
    begin = time.monotonic()
    _work(folder)
    seconds = time.monotonic() - begin
    steps = [event for event in _events(folder) if isinstance(event, Progress)]
    assert 3 <= len(steps) <= 10 * seconds + 2


@pytest.mark.parametrize(
    ("ending", "exit_code", "message", "details"),
    [
        ("studio error", 2, "Expected numbers, got none.", "deep"),
        ("surprise", 1, "ValueError: a surprise", "Traceback"),
        ("no memory", 1, "memory did not suffice", "Traceback"),
        ("exit", 1, "SystemExit: 3", "Traceback"),
        ("not json", 1, "got object", "Traceback"),
    ],
)
def test_every_failure_becomes_a_last_word(
    runs_dir: Path, ending: Ending, exit_code: int, message: str, details: str
) -> None:
    folder = create_count(runs_dir, CountSpec(steps=1, ending=ending, video=True))
    worked = _work(folder)
    last = _events(folder)[-1]
    assert isinstance(last, Failed)
    assert message in last.message
    assert last.remedy
    assert details in last.details
    assert last.exit_code == worked.returncode == exit_code
    assert [artifact.name for artifact in last.artifacts] == ["The clip"]
    assert ("Traceback" in worked.stderr) == (details == "Traceback")


def test_a_crash_in_native_code_leaves_its_stack_in_the_log(runs_dir: Path) -> None:
    folder = start_count(runs_dir, CountSpec(steps=1, ending="abort"))
    wait_until(lambda: folder.status() is RunStatus.CRASHED)
    log = folder.log_file.read_text()
    assert "Fatal Python error: Aborted" in log
    assert "in count" in log


def test_a_sigterm_is_a_graceful_stop(runs_dir: Path) -> None:
    folder = create_count(runs_dir, _ENDLESS)
    worker = subprocess.Popen(count_command(folder))
    wait_until(lambda: _begun(folder))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    last = _events(folder)[-1]
    assert isinstance(last, Stopped)
    assert last.reason == "The system ended it."
    assert last.summary["counted"] > 0


def test_the_stop_file_stops_the_run(runs_dir: Path) -> None:
    folder = start_count(runs_dir, _ENDLESS)
    wait_until(lambda: _begun(folder))
    request_stop(folder)
    wait_until(lambda: folder.status() is RunStatus.STOPPED, timeout_seconds=5)


def test_a_job_that_never_looked_has_finished_not_stopped(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec(steps=3, deaf=True))
    request_stop(folder)
    _work(folder)
    assert folder.status() is RunStatus.FINISHED


def test_a_run_whose_folder_is_deleted_ends(runs_dir: Path) -> None:
    folder = create_count(runs_dir, _ENDLESS)
    worker = subprocess.Popen(count_command(folder))
    wait_until(lambda: _begun(folder))
    folder.path.rename(runs_dir.parent / "elsewhere")
    assert worker.wait(20) == 0
    moved = RunFolder(runs_dir.parent / "elsewhere").terminal()
    assert isinstance(moved, Stopped)
    assert moved.reason == "Its folder was deleted."


def test_the_second_worker_of_a_folder_refuses(runs_dir: Path) -> None:
    folder = start_count(runs_dir, _ENDLESS)
    wait_until(lambda: _begun(folder))
    second = _work(folder)
    assert second.returncode == 1
    assert "Another worker is busy" in second.stderr
    assert folder.status() is RunStatus.RUNNING
    started = [event for event in _events(folder) if isinstance(event, Started)]
    assert len(started) == 1


def test_being_looked_at_does_not_keep_a_worker_from_its_folder(runs_dir: Path) -> None:
    folders = [start_count(runs_dir, CountSpec(steps=1)) for _ in range(3)]

    def all_finished() -> bool:
        for _ in range(200):  # each look takes the lock for an instant
            statuses = [folder.status() for folder in folders]
        return all(status is RunStatus.FINISHED for status in statuses)

    wait_until(all_finished)


def test_a_run_is_done_once(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    assert _work(folder).returncode == 0
    before = folder.events_file.read_bytes()
    second = _work(folder)
    assert second.returncode == 1
    assert "already been done" in second.stderr
    assert folder.events_file.read_bytes() == before


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (b'{"steps":"many"}', "option 'steps' of the job 'count' does not fit: expected int"),
        (b'{"paths":1}', "no option 'paths'"),
        (b'{"ending":"badly"}', "'ending'"),
        (b'{"file":5}', "'file'"),
    ],
)
def test_a_wrong_spec_is_told_with_its_key(runs_dir: Path, spec: bytes, complaint: str) -> None:
    folder = create_count(runs_dir, CountSpec())
    head = b'{"schema":1,"job":"count","title":"t","spec":'
    folder.record_file.write_bytes(head + spec + b"}")
    assert _work(folder).returncode == 2
    last = _events(folder)[-1]
    assert isinstance(last, Failed)
    assert complaint in last.message


def test_a_damaged_record_is_told(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec())
    folder.record_file.write_bytes(b"{")
    assert _work(folder).returncode == 1
    last = _events(folder)[-1]
    assert isinstance(last, Failed)
    assert "damaged" in last.message


def test_a_full_disk_ends_a_run_cleanly(runs_dir: Path) -> None:
    folder = create_count(runs_dir, CountSpec(steps=50, log_bytes=2000))
    script = 'ulimit -f 40; exec "$@"'  # files end at 20 or 40 KiB, as on a full disk
    command = ["sh", "-c", script, "sh", *count_command(folder)]
    worked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert worked.returncode == 0
    assert len(_events(folder)) >= 8
    assert encode(Finished(summary={"counted": 50}))[:20].decode() in worked.stderr


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "studio.jobs.worker"]
    none = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (none.returncode, none.stderr) == (2, "Expected one argument, the run folder.\n")
    command.append(str(tmp_path / "gone"))
    gone = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert gone.returncode == 1
    assert "moved or deleted" in gone.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_worker_empties_old_trash_when_it_is_done(runs_dir: Path) -> None:
    trash = runs_dir / ".trash"
    now_ns, day_ns = time.time_ns(), 86_400 * 10**9
    for days in (1, 40):
        (trash / f"{now_ns - days * day_ns}_run-{days}").mkdir(parents=True)
    _work(create_count(runs_dir, CountSpec()))
    assert [path.name.partition("_")[2] for path in trash.iterdir()] == ["run-1"]
