"""Whether masks follow the picture from one frame to the next."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Mask
from studio.evaluation.video.motion import Motion
from studio.opencv import cv2


def temporal_consistency(previous: Mask, current: Mask, motion: Motion) -> float:
    """Mean IoU of the last mask, moved along with the picture, and the present one.

    Counted where the motion is known, over the classes that occur in either.

    Args:
        previous: uint8 [h, w], the mask of the frame before, at the motion's size.
        current: uint8 [h, w], the present one.
        motion: between them.

    Returns:
        0 to 1; NaN where no pixel counts.

    Reference: Liu et al. 2020, "Efficient Semantic Video Segmentation with Per-frame Inference",
        section 4.1 (temporal consistency), with flow by DIS and without what is not reliable.
    """
    before = motion.carry(previous)[motion.reliable].astype(np.intp)
    now = current[motion.reliable]
    classes = int(max(before.max(initial=0), now.max(initial=0))) + 1
    joint = np.bincount(before * classes + now, minlength=classes * classes)
    joint = joint.reshape(classes, classes)
    both = np.diagonal(joint)
    either = joint.sum(axis=0) + joint.sum(axis=1) - both
    occurs = either > 0
    return float((both[occurs] / either[occurs]).mean()) if occurs.any() else math.nan


def foreground_consistency(
    previous: Mask, current: Mask, motion: Motion, table: NDArray[np.uint8]
) -> float:
    """The same of the foreground alone: its IoU.

    Args:
        previous: uint8 [h, w], the mask of the frame before, at the motion's size.
        current: uint8 [h, w], the present one.
        motion: between them.
        table: uint8 [256], 1 for the foreground's classes.

    Returns:
        0 to 1; NaN where neither has a foreground: there is nothing to keep steady.
    """
    before = cv2.LUT(motion.carry(previous), table)[motion.reliable] > 0
    now = cv2.LUT(current, table)[motion.reliable] > 0
    either = np.count_nonzero(before | now)
    return np.count_nonzero(before & now) / either if either else math.nan


def flicker(previous: Mask, current: Mask, motion: Motion) -> float:
    """Share of the pixels whose class is new although the picture there is not.

    A class is new where the last mask, moved along with the picture, has it neither at the pixel
    nor at one of its eight neighbours, so that borders do not count that only lie between pixels.

    Args:
        previous: uint8 [h, w], the mask of the frame before, at the motion's size.
        current: uint8 [h, w], the present one.
        motion: between them; counted is where it is `steady`.

    Returns:
        0 to 1; NaN where no pixel counts.
    """
    eligible = np.count_nonzero(motion.steady)
    if not eligible:
        return math.nan
    carried = motion.carry(previous)
    is_new = motion.steady & (carried != current)
    if not is_new.any():
        return 0.0
    height, width = current.shape
    around = cv2.copyMakeBorder(carried, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    for row in range(3):
        for column in range(3):
            is_new &= around[row : row + height, column : column + width] != current
    return np.count_nonzero(is_new) / eligible
