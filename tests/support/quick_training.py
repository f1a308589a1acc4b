"""A worker whose training only counts its steps: `python quick_training.py FOLDER`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from studio.errors import InputError
from studio.jobs import JobEntry
from studio.jobs.worker import main
from studio.runs.events import EpochMetrics, Resumed
from studio.runs.reporting import Reporter
from studio.training.spec import TrainSpec

COMMAND = (sys.executable, str(Path(__file__).resolve()))
"""To stand in for the studio's worker."""


def train(spec: TrainSpec, reporter: Reporter) -> dict[str, object]:
    """Count to `most_steps`, 10 ms each; a seed of 13 brings bad luck."""
    checkpoint = reporter.artifacts_dir / "last.keras"
    step = 0
    if checkpoint.exists():
        step = int(checkpoint.read_text())
        reporter.emit(Resumed(step=step))
    if spec.seed == 13:
        raise InputError("The images are all black.", remedy="Turn on the light.")
    while step < spec.most_steps and not reporter.should_stop():
        step += 1
        print("a library talks")
        reporter.progress(step, spec.most_steps, unit="steps", message="Epoch 1")
        reporter.emit(EpochMetrics(epoch=0, step=step, metrics={"loss": 1.0 / step}))
        checkpoint.write_text(str(step))
        time.sleep(0.01)
    reporter.artifact("last.keras", checkpoint)
    return {"steps": step, "best_miou": 0.25}


if __name__ == "__main__":
    entry = JobEntry(
        run="__main__:train", spec="studio.training.spec:TrainSpec", title="Train", resumes=True
    )
    sys.exit(main(jobs={"train": entry}))
