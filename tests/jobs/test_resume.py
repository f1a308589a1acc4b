"""A run that ended before it was done goes on in its folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from studio.jobs import can_resume
from studio.runs.events import (
    AnyEvent,
    EpochMetrics,
    Failed,
    Finished,
    Resumed,
    Started,
    Stopped,
    decode_lines,
)
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import request_stop, start_worker
from studio.runs.resume import announce_resume
from studio.runs.watch import RunWatcher
from tests.support.resumable_job import SaveSpec, create_save, save_command
from tests.support.waiting import wait_until


def _work(folder: RunFolder, *, resume: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        save_command(folder, resume=resume),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _events(folder: RunFolder) -> list[AnyEvent]:
    return decode_lines(folder.events_file.read_bytes()).events


def _steps(folder: RunFolder) -> list[int]:
    return [event.step for event in _events(folder) if isinstance(event, EpochMetrics)]


def test_a_killed_run_goes_on_from_what_it_saved(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=6, kill_at=3))
    assert _work(folder).returncode < 0
    assert folder.status() is RunStatus.CRASHED
    before = folder.events_file.read_bytes()
    assert not before.endswith(b"\n")

    assert _work(folder, resume=True).returncode == 0
    after = folder.events_file.read_bytes()
    assert after.startswith(before + b"\n")  # append-only; the torn line is closed, not removed
    decoded = decode_lines(after)
    assert decoded.skipped == 1
    started = [at for at, event in enumerate(decoded.events) if isinstance(event, Started)]
    assert len(started) == 2
    assert decoded.events[started[1] + 1].__class__ is Resumed
    assert [event.step for event in decoded.events if isinstance(event, Resumed)] == [2]
    assert _steps(folder) == [1, 2, 3, 3, 4, 5, 6]
    assert folder.status() is RunStatus.FINISHED


def test_the_last_word_names_what_was_made_before_and_after_once(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=6, fail_at=3))
    assert _work(folder).returncode == 2
    assert _work(folder, resume=True).returncode == 0
    last = _events(folder)[-1]
    assert isinstance(last, Finished)
    assert [artifact.path for artifact in last.artifacts] == ["artifacts/count.txt"]


def test_an_artifact_that_is_gone_is_not_named_again(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=3, fail_at=3))
    _work(folder)
    (folder.artifacts_dir / "count.txt").unlink()
    folder.record_file.write_text(folder.record_file.read_text().replace("3,", "1,"))
    assert _work(folder, resume=True).returncode == 0
    last = _events(folder)[-1]
    assert isinstance(last, Finished)
    assert last.artifacts == ()


def test_a_failed_and_a_stopped_run_go_on_and_are_live_meanwhile(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=10_000, step_seconds=0.02, fail_at=2))
    watcher = RunWatcher(folder)
    _work(folder)
    assert watcher.poll().status is RunStatus.FAILED
    for _ in range(2):  # after the failure, and after the stop
        announce_resume(folder)  # as `launch.resume` does
        assert folder.status() is RunStatus.STARTING
        assert watcher.poll().status is RunStatus.STARTING
        start_worker(folder, save_command(folder, resume=True))
        wait_until(lambda: folder.status() is RunStatus.RUNNING)
        assert watcher.poll().status is RunStatus.RUNNING
        assert not folder.resume_file.exists()
        request_stop(folder)
        wait_until(lambda: folder.status() is RunStatus.STOPPED)
        update = watcher.poll()
        assert update.status is RunStatus.STOPPED
        assert isinstance(update.events[-1], Stopped)
    assert folder.stop_file.exists()  # it was taken back when the run was resumed


def test_a_run_that_never_began_begins(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=2))
    assert _work(folder, resume=True).returncode == 0
    assert _steps(folder) == [1, 2]


@pytest.mark.parametrize(
    ("job", "spec", "complaint", "exit_code"),
    [
        ("forget", SaveSpec(fail_at=1), "cannot go on where it was", 2),
        ("save", SaveSpec(), "has finished", 1),
        ("dream", SaveSpec(), "got 'dream'", 2),
    ],
)
def test_what_cannot_be_resumed_is_refused_and_stays_untouched(
    runs_dir: Path, job: str, spec: SaveSpec, complaint: str, exit_code: int
) -> None:
    folder = create_save(runs_dir, spec, job)
    _work(folder)
    before = folder.events_file.read_bytes()
    refused = _work(folder, resume=True)
    assert refused.returncode == exit_code
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
    assert folder.events_file.read_bytes() == before
    assert not folder.resume_file.exists()


def test_a_run_without_a_record_is_refused(runs_dir: Path) -> None:
    folder = create_save(runs_dir, SaveSpec(fail_at=1))
    _work(folder)
    folder.record_file.unlink()
    refused = _work(folder, resume=True)
    assert refused.returncode == 1
    assert "run.json" in refused.stderr
    assert isinstance(folder.terminal(), Failed)


def test_only_runs_that_ended_early_of_jobs_that_know_how_can_resume() -> None:
    resumable = {status for status in RunStatus if can_resume("train", status)}
    assert resumable == {RunStatus.FAILED, RunStatus.STOPPED, RunStatus.CRASHED}
    assert not any(can_resume("bench", status) for status in RunStatus)
    assert not any(can_resume("of another studio", status) for status in RunStatus)
