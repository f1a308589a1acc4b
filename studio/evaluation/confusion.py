"""Who was taken for whom: exact counts of pixels, and the scores that follow from them.

A confusion matrix here is int64 [classes, classes + 1]: pixels by [truth][prediction]; the last
column holds the pixels to which the model gave no class that the truth knows. They are wrong
wherever the truth has a class, so they count into its union, and into no other class's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.errors import InputError

Confusion = NDArray[np.int64]
"""int64 [..., classes, classes + 1]."""


def confusion_matrix(
    truth: NDArray[np.uint8], prediction: NDArray[np.uint8], classes: int
) -> Confusion:
    """Count the pixels of each pair of true and predicted class; void is left out.

    Args:
        truth: uint8 [H, W], below `classes` or void.
        prediction: uint8 [H, W], any value.
        classes: number of classes, at most 255.

    Returns:
        int64 [classes, classes + 1].

    Raises:
        InputError: the sizes differ, or the truth holds an index that is no class.
    """
    if truth.shape != prediction.shape:
        raise InputError(
            f"A mask of {_size(truth)} was expected, as the truth has it; got {_size(prediction)}.",
            remedy="Give truth and prediction the same size.",
        )
    # Every pair of bytes has a bin of its own, so that no pixel needs to be looked at before.
    pairs = truth.astype(np.uint16)
    pairs <<= 8
    pairs |= prediction
    joint = np.bincount(pairs.ravel(), minlength=1 << 16).reshape(256, 256)
    if joint[classes:VOID_INDEX].any():
        wrong = classes + int(np.flatnonzero(joint[classes:VOID_INDEX].any(axis=1))[0])
        raise InputError(
            f"The truth holds class {wrong}, but there are only {classes} classes.",
            remedy=f"Give masks of the indices 0 to {classes - 1}, and {VOID_INDEX} for void.",
        )
    counts = np.empty((classes, classes + 1), np.int64)
    counts[:, :classes] = joint[:classes, :classes]
    counts[:, classes] = joint[:classes, classes:].sum(axis=1)
    return counts


def intersections_and_unions(confusion: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The pixels in both, and in either, of truth and prediction.

    Args:
        confusion: [..., classes, classes + 1], of any number type.

    Returns:
        Both [..., classes], of the same type.
    """
    classes = confusion.shape[-2]
    square = confusion[..., :classes]
    intersection = np.diagonal(square, axis1=-2, axis2=-1)
    union = confusion.sum(axis=-1) + square.sum(axis=-2) - intersection
    return intersection, union


def iou_per_class(confusion: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union of each class.

    Args:
        confusion: [..., classes, classes + 1], summed over the images to score.

    Returns:
        Float64 [..., classes], 0 to 1; NaN for classes that do not occur in the truth.

    Reference: Everingham et al. 2015, "The PASCAL Visual Object Classes Challenge: A
        Retrospective", section 3.1.
    """
    intersection, union = intersections_and_unions(confusion)
    occurs = confusion.sum(axis=-1) > 0
    iou = np.full(union.shape, np.nan)
    np.divide(intersection, union, out=iou, where=occurs)
    return iou


def mean_iou(confusion: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of the IoU over the classes that occur in the truth.

    Args:
        confusion: [..., classes, classes + 1].

    Returns:
        Float64 [...]; NaN where no class occurs.
    """
    iou = iou_per_class(confusion)
    occurs = ~np.isnan(iou)
    count = occurs.sum(axis=-1)
    total = np.where(occurs, iou, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def pixel_accuracy(confusion: NDArray[Any]) -> float:
    """Share of the labelled pixels that are right; NaN when none is labelled.

    Args:
        confusion: [classes, classes + 1].
    """
    total = int(confusion.sum())
    return float(np.trace(confusion[:, : confusion.shape[0]])) / total if total else float("nan")


def _size(mask: NDArray[np.uint8]) -> str:
    return "x".join(str(side) for side in mask.shape)
