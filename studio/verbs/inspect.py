"""The verb `inspect`: look a dataset through."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.data.report import DatasetReport, InspectSpec, read_report
from studio.training.spec_paths import existing_folder
from studio.verbs.answers import do_job, exit_code, table, write_json, write_lines


def inspect(parsed: argparse.Namespace) -> int:
    """Do `jejunet inspect`.

    Returns:
        The exit code: 0 also when pairs are broken, which is what was asked for.

    Raises:
        StudioError: there is no such dataset.
    """
    dataset = existing_folder(parsed.dataset, "dataset")
    spec = InspectSpec(dataset=str(dataset), split=parsed.split, samples=0)
    with tempfile.TemporaryDirectory(prefix="jejunet-") as folder:
        summary = do_job("inspect", spec, Path(folder))
        report = read_report(Path(folder))
    if parsed.json:
        # The job counts them; who asked a program wants to know which.
        write_json({**summary, **({} if report is None else {"report": report})})
    elif report is not None:
        write_lines(_lines(summary, report))
    return exit_code(summary, "images")


def _lines(summary: Mapping[str, Any], report: DatasetReport) -> list[str]:
    lines = [f"{report.name}: {report.checked} images in {report.root}"]
    pixels = sum(report.class_pixels) or 1
    rows = [["class", "images", "pixels"]]
    for label, images, count in zip(
        report.labels, report.class_images, report.class_pixels, strict=True
    ):
        rows.append([label, f"{images:,}", f"{100 * count / pixels:.2f} %"])
    lines += ["", *table(rows, right=(1, 2))]
    if report.sizes:
        sizes = [f"{size.width}×{size.height} ({size.images})" for size in report.sizes[:5]]
        more = f" and {len(report.sizes) - 5} more" if len(report.sizes) > 5 else ""
        lines += ["", f"sizes: {', '.join(sizes)}{more}"]
    for broken in report.broken:
        lines.append(f"{broken.name}: {broken.reason} {broken.remedy}".rstrip())
    if report.shared:
        lines.append(
            f"{len(report.shared)} images are also in {report.val_split}: "
            f"{', '.join(report.shared[:10])}"
        )
    if summary["broken"]:
        sys.stderr.write(f"jejunet: {summary['broken']} pairs cannot be used.\n")
    return lines
