"""Small real jobs, and a worker process that knows them: `python run_jobs.py FOLDER`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.errors import VideoError
from studio.jobs import JobEntry
from studio.jobs.worker import main
from studio.runs.events import EpochMetrics
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.launch import kill, reap, start_worker
from studio.runs.record import new_record
from studio.runs.reporting import Reporter

Ending = Literal["well", "studio error", "surprise", "abort", "no memory", "exit", "not json"]


@dataclass(frozen=True)
class CountSpec:
    """Count to `steps`, then end as told."""

    steps: int = 3
    step_seconds: float = 0.0
    ending: Ending = "well"
    file: Path | None = None
    deaf: bool = False
    seed: int = 7
    video: bool = False
    log_bytes: int = 0


def count(spec: CountSpec, reporter: Reporter) -> dict[str, object]:
    done = 0
    for done in range(1, spec.steps + 1):
        if not spec.deaf and reporter.should_stop():
            return {"counted": done - 1}
        reporter.progress(done, spec.steps, unit="steps", message="Counting")
        if spec.log_bytes:
            name = "x" * spec.log_bytes
            reporter.emit(EpochMetrics(epoch=0, step=done, metrics={name: 1.0}))
        time.sleep(spec.step_seconds)
    if spec.file is not None:
        spec.file.write_text(str(done))
        reporter.artifact("The count", spec.file)
    if spec.video:
        clip = reporter.artifacts_dir / "count.mp4"
        clip.write_bytes(b"not played here")
        reporter.artifact("The clip", clip)
    match spec.ending:
        case "studio error":
            raise VideoError("Expected numbers, got none.", remedy="Give some.", details="deep")
        case "surprise":
            raise ValueError("a surprise")
        case "no memory":
            raise MemoryError
        case "abort":
            os.abort()
        case "exit":
            sys.exit(3)
        case "not json":
            return {"counted": object()}
        case "well":
            return {"counted": done}


JOBS = {"count": JobEntry(run="__main__:count", spec="__main__:CountSpec", title="Count")}


def count_command(folder: RunFolder) -> list[str]:
    return [sys.executable, __file__, str(folder.path)]


def create_count(runs_dir: Path, spec: CountSpec, title: str = "Count") -> RunFolder:
    return create_run_folder(runs_dir, new_record("count", spec, title=title))


def start_count(runs_dir: Path, spec: CountSpec, title: str = "Count") -> RunFolder:
    """Start a detached worker that counts."""
    folder = create_count(runs_dir, spec, title)
    start_worker(folder, count_command(folder))
    return folder


@contextmanager
def no_worker_left(runs_dir: Path) -> Iterator[Path]:
    """End the workers that a test left behind below `runs_dir`."""
    from tests.support.waiting import wait_until  # a worker, run as a script, cannot import it

    try:
        yield runs_dir
    finally:

        def all_ended() -> bool:
            if runs_dir.is_dir():
                for path in runs_dir.iterdir():
                    kill(RunFolder(path))
            return reap() == 0  # one that is just starting is killed in a later round

        wait_until(all_ended, what="the end of all workers")


if __name__ == "__main__":
    sys.exit(main(jobs=JOBS))
