"""A run that works elsewhere, as a terminal sees it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import RunError, StudioError, WorkerError
from studio.runs.events import AnyEvent, EpochMetrics, Finished, Resumed, Stopped, Warned, encode
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import start_worker
from studio.runs.resume import announce_resume
from studio.runs.watch import RunWatcher
from studio.verbs.follow import caught_up, follow
from tests.support.resumable_job import SaveSpec, create_save, save_command
from tests.support.waiting import wait_until

_ENDLESS = SaveSpec(steps=100_000, step_seconds=0.02)


def _started(runs_dir: Path, spec: SaveSpec) -> RunFolder:
    folder = create_save(runs_dir, spec)
    start_worker(folder, save_command(folder))
    return folder


def _when_counting(folder: RunFolder, deed: Callable[[], object]) -> threading.Thread:
    def wait_and_do() -> None:
        wait_until(lambda: (folder.artifacts_dir / "count.txt").exists())
        deed()

    thread = threading.Thread(target=wait_and_do)
    thread.start()
    return thread


def _press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_finished_run_ends_well(runs_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = _started(runs_dir, SaveSpec(steps=5))
    ending = follow(RunWatcher(folder))
    assert ending.status is RunStatus.FINISHED
    assert isinstance(ending.terminal, Finished)
    assert ending.error is None
    said = capfd.readouterr()
    assert said.out == ""
    assert "loss 0.200: 5 of 5 steps" in said.err


def test_a_failure_keeps_its_words_and_exit_code(runs_dir: Path) -> None:
    ending = follow(RunWatcher(_started(runs_dir, SaveSpec(fail_at=2))))
    error = ending.error
    assert isinstance(error, StudioError)
    assert (error.message, error.remedy, error.exit_code) == ("It failed.", "Resume it.", 2)


def test_a_killed_worker_is_told_with_its_log(runs_dir: Path) -> None:
    folder = _started(runs_dir, SaveSpec(kill_at=3))
    ending = follow(RunWatcher(folder))
    assert ending.status is RunStatus.CRASHED
    assert isinstance(ending.error, WorkerError)
    assert str(folder.log_file) in ending.error.remedy
    folder.log_file.unlink()
    assert isinstance(ending.error, WorkerError)


def test_the_first_ctrl_c_stops_in_order(runs_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = _started(runs_dir, _ENDLESS)
    thread = _when_counting(folder, _press_ctrl_c)
    ending = follow(RunWatcher(folder))
    thread.join()
    assert ending.status is RunStatus.STOPPED
    assert isinstance(ending.terminal, Stopped)
    assert ending.error is None
    assert "Ctrl-C again" in capfd.readouterr().err


def test_the_second_ctrl_c_ends_the_worker(runs_dir: Path) -> None:
    folder = _started(runs_dir, _ENDLESS)
    wait_until(lambda: (folder.artifacts_dir / "count.txt").exists())
    os.kill(int(folder.lock_file.read_bytes()), signal.SIGSTOP)  # it hangs, and cannot hear

    def press_twice() -> None:
        time.sleep(0.3)  # until it is followed
        _press_ctrl_c()
        wait_until(folder.stop_file.exists)
        _press_ctrl_c()

    thread = threading.Thread(target=press_twice)
    thread.start()
    ending = follow(RunWatcher(folder))
    thread.join()
    assert ending.status is RunStatus.CRASHED
    assert isinstance(ending.error, WorkerError)


def test_a_run_that_is_deleted_meanwhile_is_told(runs_dir: Path) -> None:
    folder = _started(runs_dir, _ENDLESS)
    elsewhere = runs_dir.parent / "elsewhere"
    thread = _when_counting(folder, lambda: folder.path.rename(elsewhere))
    with pytest.raises(RunError, match="deleted or moved"):
        follow(RunWatcher(folder))
    thread.join()
    wait_until(lambda: RunFolder(elsewhere).terminal() is not None)


def test_of_a_resumed_run_only_what_is_new_is_shown(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = create_save(runs_dir, SaveSpec(steps=6, fail_at=4))
    old: list[AnyEvent] = [
        EpochMetrics(epoch=0, step=1, metrics={"val/miou": 0.11}),
        Warned(message="An old warning."),
        Resumed(step=1),
        Stopped(reason="asked"),
    ]
    folder.events_file.write_bytes(b"".join(map(encode, old)))
    (folder.artifacts_dir / "count.txt").write_text("4")
    watcher = caught_up(folder)
    announce_resume(folder)
    start_worker(folder, save_command(folder, resume=True))
    assert follow(watcher).status is RunStatus.FINISHED
    said = capfd.readouterr().err
    assert "Going on from step 4." in said
    assert "6 of 6 steps" in said
    assert "old" not in said
    assert "11.0 %" not in said


def test_evaluations_and_warnings_stay_on_the_screen(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = create_save(runs_dir, SaveSpec())
    metrics = {"val/miou": 0.612, "val/pixel_accuracy": 0.901, "val/loss": 0.5}
    events: list[AnyEvent] = [
        EpochMetrics(epoch=3, step=1200, metrics=dict(metrics)),
        EpochMetrics(epoch=3, step=1201, metrics={"val/miou": None}),
        Warned(message="The disk is nearly full.", remedy="Free some space."),
        Finished(summary={}),
    ]
    folder.events_file.write_bytes(b"".join(map(encode, events)))
    assert follow(RunWatcher(folder)).error is None
    assert capfd.readouterr().err.splitlines() == [
        "Step 1,200: mIoU 61.2 %, pixel accuracy 90.1 %, loss 0.500",
        "Warning: The disk is nearly full. Free some space.",
    ]
