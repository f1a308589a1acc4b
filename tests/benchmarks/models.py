"""Models side by side: quality on the same images, size, work, and time on the same processor.

    python -m tests.benchmarks.models [--dataset DIR] [--davis DIR] [--json] MODEL...

Quality comes from the job behind `jejunet evaluate`; intervals and differences are paired with the
first model. Times are taken model by model in turn, many rounds over, with one thread: only their
ratio to the first model's travels to other machines.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.evaluation.predict import open_predictor
from studio.evaluation.spec import EvaluateSpec
from studio.jobs.evaluate import run
from studio.jobs.reporter import TerminalReporter
from studio.opencv import cv2

_PHOTO_SIZE = (480, 640)
_WARM_UP_ROUNDS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help=".tflite or .keras files")
    parser.add_argument("--dataset", help="images with masks, such as PASCAL VOC 2012")
    parser.add_argument("--split", default="val")
    parser.add_argument("--davis", help="videos with foreground masks, frame by frame")
    parser.add_argument("--limit", type=int, default=0, help="images of each of the two; 0: all")
    parser.add_argument("--rounds", type=int, default=50, help="timed runs of each model; 0: none")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        report = measure(
            chosen.models,
            dataset=chosen.dataset,
            split=chosen.split,
            davis=chosen.davis,
            limit=chosen.limit,
            rounds=chosen.rounds,
        )
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if chosen.json:
        print(json.dumps(report))
    else:
        _print(report)
    return 0


def measure(
    models: Sequence[str],
    *,
    dataset: str | None,
    split: str,
    davis: str | None,
    limit: int,
    rounds: int,
) -> dict[str, Any]:
    """Measure everything that was asked for.

    Returns:
        `models`, a row each, and `verdicts` in words.
    """
    rows = [_facts(model) for model in models]
    verdicts: list[str] = []
    for place, keys in (
        (dataset, ("miou", "miou_interval", "miou_frequent", "boundary_iou", "per_class_iou")),
        (davis, ("j_mean", "j_interval", "j_by_sequence")),
    ):
        if place is not None:
            results, words = _scores(EvaluateSpec(tuple(models), place, split, limit=limit))
            verdicts += words
            for row, result in zip(rows, results, strict=True):
                row |= {key: result[key] for key in keys}
    for row, millis in zip(rows, _invoke_millis(models, rounds), strict=True):
        row |= millis
    return {"models": rows, "verdicts": verdicts}


def _facts(model: str) -> dict[str, Any]:
    with contextlib.closing(open_predictor(Path(model))) as predictor:
        facts = predictor.facts
    return {
        "model": Path(model).name,
        "input": [facts.input_height, facts.input_width],
        "bits": facts.weight_bits,
        "size_bytes": facts.size_bytes,
        "multiply_adds": facts.multiply_adds,
    }


def _scores(spec: EvaluateSpec) -> tuple[list[dict[str, Any]], list[str]]:
    with tempfile.TemporaryDirectory() as folder, TerminalReporter(Path(folder)) as reporter:
        summary: dict[str, Any] = run(spec, reporter)
        if not summary["complete"]:
            raise KeyboardInterrupt
    if len(spec.models) == 1:
        return [summary], []
    differences = summary.get("differences", [summary["difference"]])
    words = [f"{summary['dataset']}: {difference['verdict']}" for difference in differences]
    return summary["results"], words


def _invoke_millis(models: Sequence[str], rounds: int) -> list[dict[str, float]]:
    """Time the networks in turn: A B C A B C ..., so that all see the same machine."""
    if not rounds:
        return [{} for _ in models]
    photo = np.random.default_rng(0).integers(0, 256, (*_PHOTO_SIZE, 3), dtype=np.uint8)
    with contextlib.ExitStack() as stack:
        predictors = [
            stack.enter_context(contextlib.closing(open_predictor(Path(model), batch_size=1)))
            for model in models
        ]
        millis = np.array(
            [
                [predictor.predict([photo])[0].invoke_millis for predictor in predictors]
                for _ in range(_WARM_UP_ROUNDS + rounds)
            ]
        )[_WARM_UP_ROUNDS:]
    # Whatever slows the machine down for a while slows a whole round down, and so no ratio.
    ratios = np.median(millis / millis[:, :1], axis=0)
    return [
        {
            "invoke_millis": round(float(np.median(column)), 3),
            "invoke_millis_min": round(float(column.min()), 3),
            "ratio_to_first": round(float(ratio), 3),
        }
        for column, ratio in zip(millis.T, ratios, strict=True)
    ]


def _print(report: dict[str, Any]) -> None:
    rows = report["models"]
    print(
        f"{'model':40} {'input':>9} {'bits':>4} {'MB':>6} {'MMAC':>6} {'mIoU':>6} {'(95 %)':>13}"
        f" {'freq.':>6} {'bound.':>6} {'J':>6} {'ms':>8} {'ratio':>6}"
    )
    for row in rows:
        bounds = row.get("miou_interval")
        print(
            f"{row['model'][:40]:40} {row['input'][0]:>4}x{row['input'][1]:<4} {row['bits']:>4}"
            f" {row['size_bytes'] / 1e6:6.2f} {_number(row.get('multiply_adds'), 1e-6, '6.0f')}"
            f" {_number(row.get('miou'), 100, '6.2f')}"
            f" {'-'.join(f'{100 * bound:.1f}' for bound in bounds) if bounds else '':>13}"
            f" {_number(row.get('miou_frequent'), 100, '6.2f')}"
            f" {_number(row.get('boundary_iou'), 100, '6.2f')}"
            f" {_number(row.get('j_mean'), 100, '6.2f')}"
            f" {_number(row.get('invoke_millis'), 1, '8.2f')}"
            f" {_number(row.get('ratio_to_first'), 1, '6.2f')}"
        )
    for key, title in (("per_class_iou", "IoU by class"), ("j_by_sequence", "J by video")):
        if key in rows[0]:
            print(f"\n{title}")
            for name in rows[0][key]:
                values = [row[key].get(name) for row in rows]
                if any(value is not None for value in values):
                    print(f"{name:24}" + "".join(f" {_number(v, 100, '7.2f')}" for v in values))
    for verdict in report["verdicts"]:
        print(f"\n{verdict}")


def _number(value: float | None, scale: float, form: str) -> str:
    return format(value * scale, form) if value is not None else "-".rjust(int(form.split(".")[0]))


if __name__ == "__main__":
    raise SystemExit(main())
