"""Measures models and writes the figures into their cards.

    python -m tests.benchmarks.cards --dataset VOCdevkit models/*.tflite

The figures are those of `jejunet evaluate` on the same list.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import msgspec

from studio.evaluation.spec import EvaluateSpec
from studio.inference.card import ModelCard, read_card, write_card
from studio.jobs import run_job
from studio.jobs.reporter import TerminalReporter

_METRICS = ("miou", "miou_frequent", "pixel_accuracy", "boundary_iou")
_WEAK_IOU = 0.4


def main() -> int:
    """Measure each model on its own.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--split", default="val")
    parsed = parser.parse_args()
    for model in parsed.models:
        with tempfile.TemporaryDirectory() as folder, TerminalReporter(Path(folder)) as reporter:
            spec = EvaluateSpec(
                models=(str(model.absolute()),), dataset=parsed.dataset, split=parsed.split
            )
            scores = cast("dict[str, Any]", run_job("evaluate", spec, reporter))
        write_card(model, with_scores(read_card(model) or ModelCard(), scores))
        sys.stdout.write(f"{model.name}: mIoU {scores['miou']:.4f}\n")
    return 0


def with_scores(card: ModelCard, scores: dict[str, Any]) -> ModelCard:
    """The card with what was measured."""
    ious = {name: iou for name, iou in scores["per_class_iou"].items() if iou is not None}
    return msgspec.structs.replace(
        card,
        metrics={name: round(float(scores[name]), 4) for name in _METRICS},
        per_class_iou={name: round(float(iou), 4) for name, iou in ious.items()},
        known_weak_classes=tuple(name for name, iou in ious.items() if iou < _WEAK_IOU),
    )


if __name__ == "__main__":
    sys.exit(main())
