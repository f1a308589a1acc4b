"""How right a mask is: by its foreground, or by all classes."""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.samples import Mask
from studio.errors import ModelError
from studio.evaluation.confusion import Confusion, confusion_matrix, mean_iou
from studio.evaluation.davis import Sequence
from studio.evaluation.foreground import jaccard
from studio.evaluation.label_map import LabelMap, class_table, map_labels, plain_name
from studio.evaluation.predictor import ModelFacts
from studio.evaluation.video.vspw import UNNAMED
from studio.opencv import cv2

_BACKGROUND = "background"
_PARTS = "_or_"  # VSPW joins names so: ship_or_boat

# VSPW's names for what PASCAL VOC has a name for, beyond those that `plain_name` knows.
_ALIASES = {"cattle": "cow", "table": "diningtable", "potted": "pottedplant"}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A frame's score.

    Attributes:
        value: J of the foreground, or the mean IoU of the classes in the frame's truth; NaN where
            the truth says nothing.
        counts: int64 [classes, classes + 1]; None where only the foreground is known.
    """

    value: float
    counts: Confusion | None = None


class Judge(Protocol):
    """Knows the truth's and the model's classes."""

    @property
    def foreground(self) -> NDArray[np.uint8]:
        """uint8 [256]: 1 for the model's classes that are the foreground."""
        ...

    @property
    def truth_classes(self) -> int:
        """How many indices masks of the truth may hold."""
        ...

    def judge(self, truth: Mask, mask: Mask) -> Judged:
        """Score a mask.

        Args:
            truth: uint8 [H, W], as read.
            mask: uint8 [H, W], the model's classes.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ForegroundJudge:
    """Implements `Judge` for masks that mark objects, of whatever number, by indices above 0.

    Attributes:
        foreground: see `Judge`.
    """

    foreground: NDArray[np.uint8]

    @property
    def truth_classes(self) -> int:
        """Any."""
        return VOID_INDEX

    def judge(self, truth: Mask, mask: Mask) -> Judged:
        """J of the foreground; see `Judge`."""
        return Judged(jaccard(truth > 0, cv2.LUT(mask, self.foreground) > 0))


@dataclass(frozen=True, slots=True, eq=False)
class ClassesJudge:
    """Implements `Judge` for masks in which each pixel has a class.

    Attributes:
        foreground: see `Judge`.
        label_map: between the truth's and the model's classes.
        truth_classes: see `Judge`.
    """

    foreground: NDArray[np.uint8]
    label_map: LabelMap
    truth_classes: int

    def judge(self, truth: Mask, mask: Mask) -> Judged:
        """Mean IoU of the classes in the truth; see `Judge`."""
        counts = confusion_matrix(
            self.label_map.truth(truth), self.label_map.prediction(mask), self.label_map.classes
        )
        return Judged(float(mean_iou(counts)), counts)


def foreground_judge(facts: ModelFacts, sequence: Sequence) -> ForegroundJudge:
    """The judge of a video whose foreground is known.

    Raises:
        ModelError: the model knows none of the foreground's classes.
    """
    table = class_table(facts, sequence.foreground)
    if not table.any():
        raise ModelError(
            f"The model {facts.name} knows none of the foreground's classes of the video"
            f" {sequence.name}: {', '.join(sequence.foreground)}.",
            remedy="Say in a file foreground.toml beside the videos which of its classes they"
            " are; an empty list leaves a video out.",
        )
    return ForegroundJudge(table)


def classes_judge(facts: ModelFacts, labels: Listing[str], dataset: str) -> ClassesJudge:
    """The judge of videos whose pixels all have a class.

    A class that the model does not have is its background, where it has one and the dataset has
    none: a model of twenty objects is not to be blamed that it cannot tell walls from floors.

    Args:
        facts: the model.
        labels: of the dataset, by index.
        dataset: its name, for messages.

    Raises:
        ModelError: they have nothing in common.
    """
    names = [plain_name(label) for label in facts.labels]
    table = np.array([name != _BACKGROUND for name in names], np.uint8)
    foreground = np.pad(table, (0, 256 - len(table)))
    has_background = any(plain_name(label) == _BACKGROUND for label in labels)
    if has_background or _BACKGROUND not in names:
        found = map_labels(facts, labels, dataset)
    else:
        found = _with_background(facts, names, labels, dataset)
    truth_table = found.truth_table.copy()
    for index, label in enumerate(labels):
        if label == UNNAMED:
            truth_table[index] = VOID_INDEX
    label_map = LabelMap(found.labels, truth_table, found.prediction_table, found.warnings)
    return ClassesJudge(foreground, label_map, len(labels))


def _with_background(
    facts: ModelFacts, names: Listing[str], labels: Listing[str], dataset: str
) -> LabelMap:
    """The model's own classes, as far as the dataset has them; all else is background."""
    meant = [_meaning(label, names) for label in labels]
    kept = [name for name in dict.fromkeys(meant) if name != _BACKGROUND]
    found = map_labels(facts, [_BACKGROUND, *kept], dataset)
    table = np.full(256, VOID_INDEX, np.uint8)
    for index, name in enumerate(meant):
        table[index] = 0 if name == _BACKGROUND else 1 + kept.index(name)
    named = [name for label, name in zip(labels, meant, strict=True) if label != UNNAMED]
    unknown = named.count(_BACKGROUND)
    warning = f"It does not know {unknown} of the {len(named)} classes; they are background."
    warnings = (*found.warnings, warning) if unknown else found.warnings
    return LabelMap(found.labels, table, found.prediction_table, warnings)


def _meaning(label: str, names: Listing[str]) -> str:
    """The model's name for a class of the dataset; the background's where it has none."""
    parts = [plain_name(part) for part in (label, *label.casefold().split(_PARTS))]
    parts += [_ALIASES[part] for part in parts if part in _ALIASES]
    return next((part for part in parts if part in names and part != _BACKGROUND), _BACKGROUND)
