"""Score models on the same images, and say whether they differ."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from studio.data.dataset import open_dataset
from studio.errors import SpecError
from studio.evaluation.agreement import measure_agreement
from studio.evaluation.bootstrap import FEWEST_UNITS, interval, resampled_miou
from studio.evaluation.comparison import compare, distinct_names
from studio.evaluation.davis import find_davis
from studio.evaluation.foreground import score_foreground
from studio.evaluation.predict import open_predictor, require_truth, spread
from studio.evaluation.scoring import ModelScores, score_model, scores_summary
from studio.evaluation.spec import EvaluateSpec
from studio.evaluation.summary import tell_warnings, with_differences
from studio.opencv import cv2
from studio.runs.reporting import Reporter


def run(spec: EvaluateSpec, reporter: Reporter) -> dict[str, object]:
    """Score models.

    When it is stopped, what was scored until then is told, with `complete` false, and nothing is
    compared.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        For one model its scores (see `scores_summary`, `foreground_summary`); for several, those
        of each as `results`, and `difference`: the second against the first, with a 95 % interval
        and a `verdict` in words (`differences` for all others). For `agreement` see
        `agreement_summary`. Beside them, `dataset`, `split`, `complete` and `seconds`.

    Raises:
        InputError: the dataset cannot be read or has no truth.
        ModelError: a model cannot be used, or its classes are not the dataset's.
        SpecError: the models are not scored on the same classes.
    """
    cv2.setNumThreads(1)  # images are read beside the network; more threads only get in its way
    started = time.perf_counter()
    root = Path(spec.dataset)
    if spec.agreement:
        summary = measure_agreement(spec, reporter)
    elif (davis := find_davis(root)) is not None:
        summary = score_foreground(spec, davis, reporter)
    else:
        summary = _score_masks(spec, root, reporter)
    return {**summary, "seconds": round(time.perf_counter() - started, 3)}


def _score_masks(spec: EvaluateSpec, root: Path, reporter: Reporter) -> dict[str, object]:
    dataset = spread(open_dataset(root, spec.split), spec.limit)
    require_truth(dataset)
    scores: list[ModelScores] = []
    for number, model in enumerate(spec.models, start=1):
        with contextlib.closing(open_predictor(Path(model), spec.options)) as predictor:
            of_all = f" ({number} of {len(spec.models)})" if len(spec.models) > 1 else ""
            message = f"Scoring {predictor.facts.name}{of_all}"
            found = score_model(predictor, dataset, reporter, message)
        tell_warnings(reporter, found.facts.name, found.warnings, len(spec.models))
        scores.append(found)
        if scores[0].labels != found.labels:
            raise SpecError(
                f"{scores[0].facts.name} is scored on {len(scores[0].labels)} classes and"
                f" {found.facts.name} on {len(found.labels)}, so their means do not compare.",
                remedy="Compare models of the same classes, or evaluate them one by one.",
            )
        if not found.is_complete:
            break
    return {
        "dataset": dataset.name,
        "split": dataset.split,
        **_compared(spec, scores),
    }


def _compared(spec: EvaluateSpec, scores: list[ModelScores]) -> dict[str, object]:
    """The scores of all models, and their differences if all were scored to the end."""
    images = scores[-1].tally.images
    is_complete = len(scores) == len(spec.models) and scores[-1].is_complete
    if not is_complete:
        results = [scores_summary(found) for found in scores]
        return with_differences(results, (), len(spec.models), is_complete=False)
    resampled = resampled_miou(
        [found.tally.per_image for found in scores], spec.resamples, spec.seed
    )
    results = [
        scores_summary(found, interval(drawn) if images >= FEWEST_UNITS else None)
        for found, drawn in zip(scores, resampled, strict=True)
    ]
    names = distinct_names(
        [found.facts.name for found in scores], [found.facts.path for found in scores]
    )
    differences = compare(names, [found.miou for found in scores], resampled, images)
    return with_differences(results, differences, len(spec.models), is_complete=True)
