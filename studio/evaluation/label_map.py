"""Bring a model's classes and a dataset's together by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.samples import Mask
from studio.errors import ModelError
from studio.evaluation.predictor import ModelFacts
from studio.opencv import cv2

_BACKGROUND, _FOREGROUND = "background", "foreground"

# COCO's and other lists' names for what PASCAL VOC has a name for.
_ALIASES = {
    "airplane": "aeroplane",
    "bike": "bicycle",
    "couch": "sofa",
    "motorcycle": "motorbike",
    "television": "tvmonitor",
    "tv": "tvmonitor",
    "bg": _BACKGROUND,
}


@dataclass(frozen=True, slots=True)
class LabelMap:
    """How masks become comparable.

    Attributes:
        labels: of the classes that are scored.
        truth_table: uint8 [256], the scored class of each index in the truth; void stays void.
        prediction_table: uint8 [256], the scored class of each of the model's; void for none.
        warnings: what does not fit, in words.
    """

    labels: tuple[str, ...]
    truth_table: NDArray[np.uint8]
    prediction_table: NDArray[np.uint8]
    warnings: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Number of classes that are scored."""
        return len(self.labels)

    def truth(self, mask: Mask) -> Mask:
        """The truth in scored classes."""
        return np.asarray(cv2.LUT(mask, self.truth_table), np.uint8)

    def prediction(self, mask: Mask) -> Mask:
        """A model's mask in scored classes."""
        return np.asarray(cv2.LUT(mask, self.prediction_table), np.uint8)


def plain_name(label: str) -> str:
    """A class's name as it is compared: `TV/monitor`, `tv monitor` and `tv` are the same."""
    name = "".join(filter(str.isalnum, label.casefold()))
    return _ALIASES.get(name, name)


def map_labels(model: ModelFacts, labels: Sequence[str], dataset: str) -> LabelMap:
    """Find the class of the dataset for each class of the model.

    A model that only tells a foreground apart is scored on that: all classes but the dataset's
    first are one. A class of the model that the dataset does not have is its background.

    Args:
        model: whose classes.
        labels: of the dataset.
        dataset: its name, for messages.

    Raises:
        ModelError: they have nothing in common.
    """
    wanted = [plain_name(label) for label in labels]
    given = [plain_name(label) for label in model.labels]
    if model.is_binary or set(given) == {_BACKGROUND, _FOREGROUND}:
        return _foreground_map(given, labels)
    if model.labels_are_guessed and len(given) == len(wanted):
        warning = (
            ()
            if given == wanted
            else (f"Nobody named its classes; the order of {dataset} is taken.",)
        )
        return LabelMap(tuple(labels), _identity(len(wanted)), _identity(len(wanted)), warning)
    common = set(given) & set(wanted) - {_BACKGROUND}
    if not common:
        raise ModelError(
            f"The model {model.name} knows none of the classes of {dataset}: it was asked for"
            f" {_listed(labels)} and knows {_listed(model.labels)}.",
            remedy="Choose a dataset of its classes, or name them in the card beside the model.",
        )
    elsewhere = wanted.index(_BACKGROUND) if _BACKGROUND in wanted else VOID_INDEX
    table = np.full(256, VOID_INDEX, np.uint8)
    for index, name in enumerate(given):
        table[index] = wanted.index(name) if name in wanted else elsewhere
    return LabelMap(
        labels=tuple(labels),
        truth_table=_identity(len(wanted)),
        prediction_table=table,
        warnings=_differences(model, labels, given, wanted, dataset),
    )


def class_table(model: ModelFacts, names: Sequence[str]) -> NDArray[np.uint8]:
    """Find some classes among a model's: 1 for these, 0 for all else.

    Args:
        model: whose classes; one that only tells a foreground apart is taken at its word.
        names: the classes wanted.

    Returns:
        uint8 [256] by the model's index; all 0 when it knows none of them.
    """
    given = [plain_name(label) for label in model.labels]
    wanted = {plain_name(name) for name in names}
    if model.is_binary or set(given) == {_BACKGROUND, _FOREGROUND}:
        wanted = {name for name in given if name != _BACKGROUND}
    table = np.zeros(256, np.uint8)
    for index, name in enumerate(given):
        table[index] = name in wanted
    return table


def _foreground_map(given: list[str], labels: Sequence[str]) -> LabelMap:
    truth = np.ones(256, np.uint8)
    truth[0] = 0
    truth[VOID_INDEX] = VOID_INDEX
    prediction = np.full(256, VOID_INDEX, np.uint8)
    for index, name in enumerate(given):
        prediction[index] = name != _BACKGROUND
    names = tuple(labels) if len(labels) == 2 else (_BACKGROUND, _FOREGROUND)
    warning = (
        ()
        if len(labels) == 2
        else (f"It tells two classes apart, so the other {len(labels) - 1} are scored as one.",)
    )
    return LabelMap(names, truth, prediction, warning)


def _differences(
    model: ModelFacts,
    labels: Sequence[str],
    given: list[str],
    wanted: list[str],
    dataset: str,
) -> tuple[str, ...]:
    warnings = []
    unknown = [label for label, name in zip(labels, wanted, strict=True) if name not in given]
    if unknown:
        warnings.append(f"It does not know {_listed(unknown)}; there it scores 0.")
    extra = [label for label, name in zip(model.labels, given, strict=True) if name not in wanted]
    if extra:
        counted = "background" if _BACKGROUND in wanted else "wrong"
        warnings.append(f"{dataset} does not have its {_listed(extra)}, which count as {counted}.")
    return tuple(warnings)


def _identity(classes: int) -> NDArray[np.uint8]:
    """Each class is itself; what is none is void."""
    table = np.full(256, VOID_INDEX, np.uint8)
    table[:classes] = np.arange(classes)
    return table


def _listed(labels: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(labels[:most])
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown
