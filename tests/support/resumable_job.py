"""A job that can be resumed, and a worker process that knows it: `python resumable_job.py ...`."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from studio.errors import VideoError
from studio.jobs import JobEntry
from studio.jobs.worker import main
from studio.runs.events import EpochMetrics, Resumed
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.record import new_record
from studio.runs.reporting import Reporter


@dataclass(frozen=True)
class SaveSpec:
    """Count to `steps`, saving the count in the run folder.

    Attributes:
        steps: to count to.
        step_seconds: each takes.
        kill_at: dies of SIGKILL there, once, in the middle of a line of its log; 0 for never.
        fail_at: fails there, once; 0 for never.
    """

    steps: int = 6
    step_seconds: float = 0.0
    kill_at: int = 0
    fail_at: int = 0


def save(spec: SaveSpec, reporter: Reporter) -> dict[str, object]:
    checkpoint = reporter.artifacts_dir / "count.txt"
    done = 0
    if checkpoint.exists():
        done = int(checkpoint.read_text())
        reporter.emit(Resumed(step=done))
    fresh = done == 0
    while done < spec.steps and not reporter.should_stop():
        done += 1
        reporter.progress(done, spec.steps, unit="steps")
        reporter.emit(EpochMetrics(epoch=0, step=done, metrics={"loss": 1.0 / done}))
        if done % 2 == 0:
            checkpoint.write_text(str(done))
            reporter.artifact("The count", checkpoint)
        if fresh and done == spec.kill_at:
            with (reporter.artifacts_dir.parent / "events.jsonl").open("ab") as log:
                log.write(b'{"event":"EpochMetr')
            os.kill(os.getpid(), signal.SIGKILL)
        if fresh and done == spec.fail_at:
            raise VideoError("It failed.", remedy="Resume it.")
        time.sleep(spec.step_seconds)
    return {"counted": done}


JOBS = {
    "save": JobEntry(run="__main__:save", spec="__main__:SaveSpec", title="Save", resumes=True),
    "forget": JobEntry(run="__main__:save", spec="__main__:SaveSpec", title="Forget"),
}


def save_command(folder: RunFolder, *, resume: bool = False) -> list[str]:
    return [sys.executable, __file__, *(["--resume"] if resume else []), str(folder.path)]


def create_save(runs_dir: Path, spec: SaveSpec, job: str = "save") -> RunFolder:
    return create_run_folder(runs_dir, new_record(job, spec, title="Save"))


if __name__ == "__main__":
    sys.exit(main(jobs=JOBS))
