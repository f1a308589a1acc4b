"""The job that turns a trained network into a `.tflite` file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.calibration import calibration_subset, open_calibration
from studio.data.reading import read_image
from studio.data.samples import Dataset
from studio.deeplab.quiet import quiet
from studio.deeplab.spec import ExportSpec
from studio.errors import ModelError, RunError, SpecError
from studio.inference.card import ModelCard
from studio.runs.folder import RunFolder
from studio.runs.reporting import Reporter
from studio.training.validation_log import read_scores, scored_epochs

_WEIGHTS = ("best.keras", "last.keras")
_WEAK_IOU = 0.4
_LEAST_CORRELATION = 0.95


@dataclass(frozen=True, slots=True)
class _Source:
    """What is exported.

    Attributes:
        file: the `.keras` file.
        recipe: how it was trained; empty when nobody knows.
        data: what it was trained on.
        metrics: scores by name.
        per_class_iou: by label.
    """

    file: Path
    recipe: dict[str, Any] = field(default_factory=dict)
    data: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    per_class_iou: dict[str, float] = field(default_factory=dict)


def run(spec: ExportSpec, reporter: Reporter) -> dict[str, object]:
    """Export a network, with its card, and check what came out.

    Args:
        spec: what to export, and how.
        reporter: hears how it goes.

    Returns:
        Where the files lie, sizes, cost, the share of operators on XNNPACK, and how well the file
        agrees with the network.

    Raises:
        SpecError: the file to write has another suffix, or the size does not fit the network.
        RunError: the run has no network yet.
        ModelError: the network cannot be read, or not be converted.
        InputError: the images to calibrate on cannot be read.
        OutputError: the files cannot be written.
    """
    out = Path(spec.out)
    if out.suffix != ".tflite":
        raise SpecError(
            f"A TFLite file is to be written, but {out.name} does not end in .tflite.",
            remedy="Give a name that ends in .tflite.",
        )
    source = _find_source(Path(spec.source))
    images = _calibration(spec)
    reporter.progress(0, None, "images", "Loading TensorFlow")
    with quiet():  # it greets on standard error, from C++
        from studio.deeplab.export import export_tflite
        from studio.deeplab.files import load_network

        network = load_network(source.file)
    own = network.spec
    report = export_tflite(
        network,
        out,
        int8=spec.int8,
        calibration=_read(images, reporter) if images else (),
        size=(spec.input_height or own.input_height, spec.input_width or own.input_width),
        output=spec.output,
        card=_card(spec, source, network.origin),
    )
    reporter.artifact(out.name, report.path.absolute(), "model")
    reporter.artifact(report.card.name, report.card.absolute(), "text")
    if spec.output == "logits" and report.delegated_share < 1.0:
        reporter.warn(
            f"XNNPACK runs only {report.delegated_share:.0%} of the file's operators.",
            "It will be slower than it could be.",
        )
    agreed = report.agreement
    if agreed and agreed.correlation < _LEAST_CORRELATION:
        reporter.warn(
            f"In 8 bits the logits correlate with the network's by only {agreed.correlation:.3f}.",
            "Evaluate both before use. Calibrate on more images, or on such as it will see.",
        )
    reporter.progress(1, 1, "files", "Exported")
    return {
        "out": str(out),
        "card": str(report.card),
        "source": str(source.file),
        "int8": spec.int8,
        "output": spec.output,
        "input_size": list(report.input_size),
        "size_bytes": report.size_bytes,
        "multiply_adds": report.multiply_adds,
        "parameters": report.parameters,
        "delegated_share": report.delegated_share,
        "calibration_images": len(images) if images else 0,
        "agreement": asdict(agreed) if agreed else None,
    }


def _find_source(path: Path) -> _Source:
    """The network that a path stands for: a file, or the best one of a run."""
    if not path.is_dir():
        return _Source(path)
    folder = RunFolder(path.absolute())
    file = next((folder.artifacts_dir / name for name in _WEIGHTS if _exists(folder, name)), None)
    if file is None:
        if not folder.record_file.exists():
            raise ModelError(
                f"{path} is a folder, but not that of a run.",
                remedy="Give the folder of a training run, or a .keras file.",
            )
        raise RunError(
            f"The run {folder.name} has no network yet.",
            remedy="Wait for its first evaluation, or resume it and let it reach one.",
        )
    record = folder.record()
    metrics, per_class = _scores(folder.artifacts_dir)
    return _Source(
        file=file,
        recipe={"run": folder.name, "job": record.job, "spec": record.spec},
        data=str(record.spec.get("dataset", "")).rstrip("/").rpartition("/")[2],
        metrics=metrics,
        per_class_iou=per_class,
    )


def _exists(folder: RunFolder, name: str) -> bool:
    return (folder.artifacts_dir / name).is_file()


def _scores(artifacts_dir: Path) -> tuple[dict[str, float], dict[str, float]]:
    """The run's best evaluation, which `best.keras` is of."""
    scores = [read_scores(artifacts_dir, epoch) for epoch in scored_epochs(artifacts_dir)]
    best = max((score for score in scores if score), key=lambda score: score.miou, default=None)
    if best is None:
        return {}, {}
    per_class = zip(best.labels, best.per_class_iou, strict=True)
    return (
        {"validation_miou": best.miou, "validation_pixel_accuracy": best.pixel_accuracy},
        {label: iou for label, iou in per_class if iou is not None},
    )


def _card(spec: ExportSpec, source: _Source, origin: str) -> ModelCard:
    conversion = {
        "source": source.file.name,
        "weights": "int8, one scale per filter" if spec.int8 else "float32",
    }
    if spec.int8:
        conversion["calibration"] = (
            f"{spec.calibration_images} images of {Path(spec.calibration).name}, seed {spec.seed}"
        )
    return ModelCard(
        name=spec.name or Path(spec.out).stem,
        licence=_credits(source, origin),
        recipe={**source.recipe, "conversion": conversion},
        metrics=source.metrics,
        per_class_iou=source.per_class_iou,
        known_weak_classes=tuple(
            label for label, iou in source.per_class_iou.items() if iou < _WEAK_IOU
        ),
        data=source.data,
    )


def _credits(source: _Source, origin: str) -> str:
    """Whose weights this network learnt from."""
    trained = source.recipe.get("spec", {})
    start = origin or Path(str(trained.get("start_from") or "")).name
    teacher = Path(str((trained.get("distillation") or {}).get("teacher") or "")).name
    words = [f"Its weights started from {start}."] if start else []
    if teacher:
        words.append(f"It learnt from the teacher {teacher}.")
    return " ".join(words)


def _calibration(spec: ExportSpec) -> Dataset | None:
    if not spec.int8:
        return None
    dataset = open_calibration(Path(spec.calibration))
    return calibration_subset(dataset, spec.calibration_images, spec.seed)


def _read(dataset: Dataset, reporter: Reporter) -> Iterator[NDArray[np.uint8]]:
    for number, sample in enumerate(dataset.samples):
        reporter.progress(number, len(dataset), "images", "Reading images to calibrate on")
        yield read_image(sample.image)
    reporter.progress(len(dataset), None, "images", "Converting")
