"""The job that trains a network."""

from __future__ import annotations

from studio.runs.reporting import Reporter
from studio.training.spec import TrainSpec


def run(spec: TrainSpec, reporter: Reporter) -> dict[str, object]:
    """Train, or go on where the run's last checkpoint is.

    Args:
        spec: what to train on what, and how.
        reporter: hears how it goes.

    Returns:
        Steps done and in all, and the best mIoU.

    Raises:
        StudioError: the data, the weights or the teacher cannot be used, the loss is no longer a
            number, or the disk is full.
    """
    from studio.training.loop import Training  # loads Keras, which takes seconds

    return Training(spec, reporter).run()
