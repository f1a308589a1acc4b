"""The verb `evaluate`: score models on a dataset, and say whether they differ."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.errors import SpecError
from studio.evaluation.spec import EvaluateSpec
from studio.training.spec_paths import existing_folder, find_weights
from studio.verbs.answers import do_job, exit_code, table, write_json, write_lines
from studio.verbs.options import session_options

_SCORES = (
    ("miou", "mean IoU"),
    ("miou_frequent", "… of frequent classes"),
    ("boundary_iou", "… near borders"),
    ("pixel_accuracy", "pixel accuracy"),
    ("j_mean", "J, mean over videos"),
)


def evaluate(parsed: argparse.Namespace) -> int:
    """Do `jejunet evaluate`.

    Returns:
        The exit code.

    Raises:
        StudioError: a model or the dataset cannot be used.
    """
    spec = EvaluateSpec(
        models=tuple(str(find_weights(name)) for name in parsed.models),
        dataset=_dataset(parsed.dataset, is_any_picture=parsed.agreement),
        split=parsed.split,
        options=session_options(parsed),
        limit=parsed.limit,
        resamples=parsed.resamples,
        seed=parsed.seed,
        foreground=foreground_argument(parsed.foreground),
        agreement=parsed.agreement,
    )
    summary = do_job("evaluate", spec)
    if parsed.json:
        write_json(summary)
    elif "agreements" in summary:
        write_lines(_agreement_lines(summary))
    else:
        write_lines(_score_lines(summary))
    results = _results(summary)
    return exit_code({**(results[-1] if results else {}), **summary}, "images")


def _dataset(text: str, *, is_any_picture: bool) -> str:
    path = Path(text).expanduser()
    try:
        if is_any_picture and path.is_file():
            return str(path.absolute())
    except OSError as error:
        raise SpecError(
            f"The video {text} cannot be read: {error.strerror}.", remedy="Check the path."
        ) from error
    return str(existing_folder(text, "dataset"))


def foreground_argument(text: str) -> str:
    """What a spec holds of `--foreground`: a file's absolute path; class names as they are."""
    path = Path(text).expanduser()
    is_file = bool(text) and "," not in text and path.suffix.lower() in (".toml", ".json")
    return str(path.absolute()) if is_file else text


def _name(result: Mapping[str, Any]) -> str:
    """What a model is called; one of a training by its run, because all have the same name."""
    path = Path(result["model_path"])
    return path.parents[1].name if path.parent.name == "artifacts" else str(result["model"])


def _results(summary: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    results: Sequence[Mapping[str, Any]] = summary.get("results", [summary])
    return results


def _score_lines(summary: Mapping[str, Any]) -> list[str]:
    results = _results(summary)
    lines = [f"{summary.get('dataset', '')}: {results[0].get('images', 0)} images"]
    heading = ["", *map(_name, results)]
    figures = range(1, len(heading))
    rows = [
        [name, *(_percent(result[key]) for result in results)]
        for key, name in _SCORES
        if key in results[0]
    ]
    for key in ("miou_interval", "j_interval"):
        if any(result.get(key) for result in results):
            rows.insert(1, ["… 95 % interval", *(_interval(result.get(key)) for result in results)])
    rows.append(["ms an image, network alone", *(_millis(result) for result in results)])
    rows.append(["input", *("×".join(map(str, result["input"][::-1])) for result in results)])
    rows.append(["file, MB", *(f"{result['size_bytes'] / 1e6:.1f}" for result in results)])
    lines += ["", *table([heading, *rows], right=figures)]
    for key, name in (("per_class_iou", "IoU of each class"), ("j_by_sequence", "J of each video")):
        if key in results[0]:
            lines += ["", *table(_class_rows(results, key, name), right=range(1, 2 + len(results)))]
    for difference in summary.get("differences") or [summary.get("difference")]:
        if difference:
            lines += ["", str(difference["verdict"])]
    return lines


def _class_rows(results: Sequence[Mapping[str, Any]], key: str, name: str) -> list[list[str]]:
    images = results[0].get("images_per_class", {})
    rows = [[name, *(["images"] if images else []), *map(_name, results)]]
    for label in results[0][key]:
        count = [str(images.get(label, 0))] if images else []
        rows.append([label, *count, *(_percent(result[key].get(label)) for result in results)])
    return rows


def _agreement_lines(summary: Mapping[str, Any]) -> list[str]:
    lines = [f"{summary['dataset']}: {summary['images']} images"]
    for found in summary["agreements"]:
        rows = [
            ["pixels alike", _percent(found["pixels"])],
            ["mean IoU", _percent(found["mean_iou"])],
            *([label, _percent(iou)] for label, iou in found["per_class_iou"].items()),
        ]
        lines += ["", f"{found['model']} against {found['baseline']}", *table(rows, right=[1])]
    return lines


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _interval(bounds: Sequence[float] | None) -> str:
    return "–" if not bounds else f"{100 * bounds[0]:.2f} to {100 * bounds[1]:.2f} %"


def _millis(result: Mapping[str, Any]) -> str:
    value = result.get("invoke_millis")
    return "–" if value is None else f"{value:.2f}"
