"""Score one model against the masks of a dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Dataset, Mask
from studio.evaluation.bootstrap import Interval
from studio.evaluation.boundary import boundary_tally
from studio.evaluation.confusion import (
    Confusion,
    confusion_matrix,
    intersections_and_unions,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)
from studio.evaluation.label_map import LabelMap, map_labels
from studio.evaluation.predict import Watcher, segment_dataset
from studio.evaluation.predictor import ModelFacts, Predictor

FREQUENT_IMAGES = 20
"""A class that occurs in fewer images has an IoU that hangs on single pictures."""


class Tally:
    """What is counted while a model is scored.

    Args:
        classes: number of classes that are scored.
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self.confusion: Confusion = np.zeros((classes, classes + 1), np.int64)
        self.boundary = np.zeros((2, classes), np.int64)
        self._per_image: list[NDArray[np.int64]] = []

    def add(self, truth: Mask, prediction: Mask) -> None:
        """Count an image.

        Args:
            truth: uint8 [H, W], below `classes` or void.
            prediction: uint8 [H, W], below `classes` or void.

        Raises:
            InputError: the truth holds an index that is no class.
        """
        counts = confusion_matrix(truth, prediction, self._classes)
        self.confusion += counts
        self.boundary += boundary_tally(truth, prediction, self._classes)
        self._per_image.append(np.stack((*intersections_and_unions(counts), counts.sum(axis=1))))

    @property
    def images(self) -> int:
        """How many were counted."""
        return len(self._per_image)

    @property
    def per_image(self) -> NDArray[np.int64]:
        """int64 [images, 3, classes]: intersection, union, and pixels in the truth."""
        if not self._per_image:
            return np.zeros((0, 3, self._classes), np.int64)
        return np.stack(self._per_image)


@dataclass(frozen=True, slots=True)
class ModelScores:
    """How a model did.

    Attributes:
        facts: the model.
        labels: of the classes that were scored.
        tally: what was counted.
        invoke_millis: of each image.
        is_complete: all images were scored.
        warnings: of the model, and of how its classes fit.
    """

    facts: ModelFacts
    labels: tuple[str, ...]
    tally: Tally
    invoke_millis: tuple[float, ...]
    is_complete: bool
    warnings: tuple[str, ...]

    @property
    def miou(self) -> float:
        """Mean IoU over the classes that occur in the truth; NaN where none does."""
        return float(mean_iou(self.tally.confusion))


def score_model(
    predictor: Predictor, dataset: Dataset, watcher: Watcher, message: str = "Evaluating"
) -> ModelScores:
    """Score a model on all images of a dataset that has masks for them.

    Args:
        predictor: the model.
        dataset: whose images all have a mask.
        watcher: hears how it goes; may end it early.
        message: what is being done, in words.

    Raises:
        InputError: an image or a mask cannot be read.
        ModelError: the model's classes are not the dataset's, or it refuses to run.
    """
    label_map = map_labels(predictor.facts, dataset.labels, dataset.name)
    tally = Tally(label_map.classes)
    millis = []
    for result in segment_dataset(predictor, dataset, watcher, message=message):
        assert result.truth is not None
        _add(tally, label_map, result.truth, result.mask)
        millis.append(result.invoke_millis)
    return ModelScores(
        facts=predictor.facts,
        labels=label_map.labels,
        tally=tally,
        invoke_millis=tuple(millis),
        is_complete=tally.images == len(dataset),
        warnings=(*predictor.facts.warnings, *label_map.warnings),
    )


def scores_summary(scores: ModelScores, bounds: Interval | None = None) -> dict[str, object]:
    """A model's scores as a job tells them.

    Args:
        scores: of the model.
        bounds: of the mean IoU.

    Returns:
        `miou` (mean over the classes that occur in the truth), `miou_interval` (95 %),
        `miou_frequent` (over those in at least 20 images), `per_class_iou` by label (None for
        those that do not occur), `images_per_class`, `pixel_accuracy`, `boundary_iou`,
        `confusion` (pixels by [truth][prediction]), `no_class` (by [truth]: pixels that the model
        gave no class of the dataset), `images`, `invoke_millis` (median), `labels`, `complete`,
        and what was run.
    """
    tally = scores.tally
    iou = iou_per_class(tally.confusion)
    images_per_class = (tally.per_image[:, 2] > 0).sum(axis=0)
    classes = len(scores.labels)
    return {
        **facts_summary(scores.facts),
        "labels": list(scores.labels),
        "images": tally.images,
        "complete": scores.is_complete,
        "miou": rounded(scores.miou),
        "miou_interval": None if bounds is None else [rounded(bounds.low), rounded(bounds.high)],
        "miou_frequent": mean_of(iou[images_per_class >= FREQUENT_IMAGES]),
        "per_class_iou": _by_label(scores.labels, [rounded(value) for value in iou]),
        "images_per_class": _by_label(scores.labels, images_per_class.tolist()),
        "pixel_accuracy": rounded(pixel_accuracy(tally.confusion)),
        "boundary_iou": mean_of(_boundary_iou(tally)),
        "confusion": tally.confusion[:, :classes].tolist(),
        "no_class": tally.confusion[:, classes].tolist(),
        "invoke_millis": median_millis(scores.invoke_millis),
    }


def facts_summary(facts: ModelFacts) -> dict[str, object]:
    """What was run, as a job tells it."""
    return {
        "model": facts.name,
        "model_path": facts.path,
        "input": [facts.input_height, facts.input_width],
        "runtime": facts.runtime,
        "threads": facts.threads,
        "size_bytes": facts.size_bytes,
        "weight_bits": facts.weight_bits,
        "multiply_adds": facts.multiply_adds,
    }


def median_millis(values: Sequence[float]) -> float | None:
    """The median of times, for a summary; None of none."""
    return round(float(np.median(values)), 4) if values else None


def mean_of(values: NDArray[np.float64]) -> float | None:
    """The mean of what is a number, for a summary; None where nothing is."""
    known = values[~np.isnan(values)]
    return rounded(float(known.mean())) if known.size else None


def rounded(value: float) -> float | None:
    """A share for a summary, to a millionth; None where it is no number."""
    return None if math.isnan(value) else round(float(value), 6)


def _add(tally: Tally, label_map: LabelMap, truth: Mask, mask: Mask) -> None:
    tally.add(label_map.truth(truth), label_map.prediction(mask))


def _boundary_iou(tally: Tally) -> NDArray[np.float64]:
    both, either = tally.boundary
    occurs = tally.confusion.sum(axis=1) > 0
    return np.divide(both, either, out=np.full(len(both), np.nan), where=occurs & (either > 0))


def _by_label(labels: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    """Values by name; a name that occurs twice is followed by its index."""
    return {
        f"{label} ({index})" if labels.count(label) > 1 else label: value
        for index, (label, value) in enumerate(zip(labels, values, strict=True))
    }
