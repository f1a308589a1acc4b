"""Look through a dataset."""

from __future__ import annotations

from pathlib import Path

from studio.data.dataset import open_dataset
from studio.data.inspection import inspect_dataset
from studio.data.report import SAMPLES_FOLDER, InspectSpec, write_report
from studio.data.samples import Dataset
from studio.errors import InputError, output_error
from studio.runs.reporting import Reporter


def run(spec: InspectSpec, reporter: Reporter) -> dict[str, object]:
    """Look at every image and mask of a list, and keep a report and some pictures.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        `images`, `checked`, `broken`, `shared` (numbers), `labels`, `class_images`,
        `class_pixels`, and whether all was looked at (`complete`).

    Raises:
        InputError: there is no such dataset or list.
        OutputError: the report cannot be written.
    """
    dataset = open_dataset(Path(spec.dataset), spec.split)
    pictures = reporter.artifacts_dir / SAMPLES_FOLDER
    try:
        pictures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(pictures, error) from error
    report = inspect_dataset(
        dataset,
        _other(spec),
        reporter.artifacts_dir,
        reporter,
        samples=spec.samples,
        seed=spec.seed,
    )
    for text in report.warnings:
        reporter.warn(text)
    reporter.artifact("report", write_report(report, reporter.artifacts_dir))
    if report.samples:
        reporter.artifact("samples", pictures)
    return {
        "images": report.images,
        "checked": report.checked,
        "broken": len(report.broken),
        "shared": len(report.shared),
        "labels": list(report.labels),
        "class_images": list(report.class_images),
        "class_pixels": list(report.class_pixels),
        "complete": report.checked == report.images,
    }


def _other(spec: InspectSpec) -> Dataset | None:
    """The list that must share no image; a dataset need not have one."""
    if not spec.val_split or spec.val_split == spec.split:
        return None
    try:
        return open_dataset(Path(spec.dataset), spec.val_split)
    except InputError:
        return None
