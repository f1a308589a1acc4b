"""Run folders of trainings, written by the real writer without a training."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from studio.runs.events import EpochMetrics, Finished, Progress, Started
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.lock import FileLock
from studio.runs.record import new_record
from studio.runs.writer import EventWriter
from studio.training.spec import TrainSpec


@contextmanager
def open_run(
    runs_dir: Path,
    title: str,
    *,
    job: str = "train",
    spec: TrainSpec | None = None,
    age_seconds: float = 0.0,
) -> Iterator[tuple[RunFolder, EventWriter]]:
    """A run whose worker is this process; left without a last word, it counts as crashed."""
    record = new_record(job, spec or TrainSpec(dataset="voc"), title=title)
    record = msgspec.structs.replace(record, created_seconds=time.time() - age_seconds)
    folder = create_run_folder(runs_dir, record)
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    writer = EventWriter(folder)
    writer.write(Started(job=job, pid=os.getpid()))
    try:
        yield folder, writer
    finally:
        writer.close()
        lock.release()


def write_epochs(writer: EventWriter, epochs: range) -> None:
    """One report an epoch of a hundred steps, of epochs counted from 0."""
    for epoch in epochs:
        metrics: dict[str, float | None] = {
            "loss": 2.0 / (epoch + 1),
            "val/loss": 2.5 / (epoch + 1),
            "val/miou": 0.1 * epoch,
        }
        writer.write(EpochMetrics(epoch=epoch, step=epoch * 100, metrics=metrics))


def write_steps(writer: EventWriter, steps: int, *, of: int, at_seconds: float = 0.0) -> None:
    """Report the loss and the progress every step, one a second."""
    for step in range(1, steps + 1):
        at = at_seconds + step
        metrics: dict[str, float | None] = {"loss": 1.0 / step, "cpu_percent": 90.0}
        writer.write(EpochMetrics(epoch=1, step=step, metrics=metrics, at_seconds=at))
        writer.write(Progress(done=step, total=of, unit="steps", at_seconds=at))


def finished_run(
    runs_dir: Path,
    title: str,
    epochs: int,
    *,
    spec: TrainSpec | None = None,
    age_seconds: float = 0.0,
) -> RunFolder:
    """A run that reported some epochs and finished."""
    with open_run(runs_dir, title, spec=spec, age_seconds=age_seconds) as (folder, writer):
        write_epochs(writer, range(epochs))
        writer.write(Finished(summary={}))
    return folder
