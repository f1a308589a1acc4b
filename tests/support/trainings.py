"""Tiny trainings: seconds each, on a dataset of `make_voc`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.spec import AugmentationSpec
from studio.deeplab.spec import NetworkSpec
from studio.runs.events import AnyEvent, EpochMetrics, Resumed
from studio.training.spec import TrainSpec
from tests.support.reporter import KeepingReporter

TINY = NetworkSpec(width=0.35, input_height=33, input_width=33, classes=3, blocks=2, head_filters=8)


def tiny_training(dataset: Path, **changes: Any) -> TrainSpec:
    """A training of a few steps without batch statistics, which would magnify rounding."""
    defaults: dict[str, Any] = {
        "network": TINY,
        "epochs": 3,
        "batch_size": 4,
        "norm": "frozen",
        "preview_images": 2,
        "augmentation": AugmentationSpec(),
    }
    return TrainSpec(dataset=str(dataset), **{**defaults, **changes})


class StoppingReporter(KeepingReporter):
    """Asks a training to stop behind a step.

    Args:
        folder: for artifacts; made if needed.
        stop_at: that step; None for never.
        unit: what is counted: `steps`, or `images` of an evaluation.
    """

    def __init__(self, folder: Path, stop_at: int | None = None, unit: str = "steps") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self._stop_at = stop_at
        self._unit = unit
        self._stops = False

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        super().progress(done, total, unit, message)
        if unit == self._unit and total is not None and done == self._stop_at:
            self._stops = True

    def should_stop(self) -> bool:
        return self._stops


def points(events: Iterable[AnyEvent], name: str) -> dict[int, float]:
    """A curve, value by step, as it is after all resumes."""
    curve: dict[int, float] = {}
    for event in events:
        if isinstance(event, Resumed):
            curve = {step: value for step, value in curve.items() if step <= event.step}
        elif isinstance(event, EpochMetrics) and event.metrics.get(name) is not None:
            value = event.metrics[name]
            assert value is not None
            curve[event.step] = value
    return curve


def checkpoint_files(artifacts_dir: Path) -> list[Path]:
    """Oldest first."""
    return sorted((artifacts_dir / "checkpoints").glob("step_*.npz"))


def final_weights(artifacts_dir: Path) -> list[NDArray[Any]]:
    """All variables of the newest checkpoint."""
    with np.load(checkpoint_files(artifacts_dir)[-1]) as stored:
        return [stored[name] for name in sorted(stored) if name.startswith("variable_")]
