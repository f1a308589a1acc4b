"""Metrics of a training in a few words, and the latest of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from studio.runs.events import EpochMetrics, decode_lines
from studio.runs.folder import RunFolder
from studio.training.validation_log import read_scores, scored_epochs

_TAIL_BYTES = 64 * 1024
_MIOU, _ACCURACY, _LOSS = "val/miou", "val/pixel_accuracy", "loss"


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest that a run has reported.

    Attributes:
        epoch: 0 for the first; None when it reported no metrics.
        step: optimizer steps done.
        metrics: the last value by name.
    """

    epoch: int | None
    step: int | None
    metrics: dict[str, float | None]


def latest(folder: RunFolder) -> Latest:
    """Read the end of a run's log, and its last evaluation."""
    metrics: dict[str, float | None] = {}
    epoch = step = None
    for event in _tail_metrics(folder):
        metrics.update(event.metrics)
        epoch, step = event.epoch, event.step
    scored = scored_epochs(folder.artifacts_dir)
    scores = read_scores(folder.artifacts_dir, scored[-1]) if scored else None
    if scores is not None:  # evaluations are rare: the last may lie far from the log's end
        metrics[_MIOU] = scores.miou
        metrics[_ACCURACY] = scores.pixel_accuracy
    return Latest(epoch, step, metrics)


def training_words(metrics: Mapping[str, float | None]) -> str:
    """Such as `loss 0.532 · 41 images/s · mIoU 61.2 %`; empty for other metrics."""
    words = []
    loss, speed, miou = (metrics.get(name) for name in (_LOSS, "images_per_second", _MIOU))
    if loss is not None:
        words.append(f"loss {loss:.3f}")
    if speed is not None:
        words.append(f"{speed:.0f} images/s")
    if miou is not None:
        words.append(f"mIoU {100 * miou:.1f} %")
    return " · ".join(words)


def has_evaluation(metrics: Mapping[str, float | None]) -> bool:
    """Whether the metrics come from an evaluation."""
    return metrics.get(_MIOU) is not None


def evaluation_words(event: EpochMetrics) -> str:
    """Such as `Step 1,200: mIoU 61.2 %, pixel accuracy 90.1 %, loss 0.532`."""
    words = [f"mIoU {100 * (event.metrics.get(_MIOU) or 0.0):.1f} %"]
    accuracy, loss = event.metrics.get(_ACCURACY), event.metrics.get("val/loss")
    if accuracy is not None:
        words.append(f"pixel accuracy {100 * accuracy:.1f} %")
    if loss is not None:
        words.append(f"loss {loss:.3f}")
    return f"Step {event.step:,}: {', '.join(words)}"


def _tail_metrics(folder: RunFolder) -> list[EpochMetrics]:
    try:
        with folder.events_file.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
            file.seek(start)
            data = file.read()
    except OSError:
        return []
    whole = data.partition(b"\n")[2] if start else data
    events = decode_lines(whole).events
    return [event for event in events if isinstance(event, EpochMetrics)]
