"""Whether masks follow the picture from one frame to the next."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Mask
from studio.evaluation.video.motion import Motion
from studio.opencv import cv2

Overlap = NDArray[np.int64]
"""int64 [2, classes]: pixels in both, and in either, of two masks; summed over pairs of frames."""


def temporal_overlap(previous: Mask, current: Mask, motion: Motion) -> Overlap:
    """Compare the last mask, moved along with the picture, with the present one.

    Counted is where the motion is reliable.

    Args:
        previous: uint8 [h, w], the mask of the frame before, at the motion's size.
        current: uint8 [h, w], the present one.
        motion: between them.

    Returns:
        int64 [2, 256], by class.
    """
    before = motion.carry(previous)[motion.reliable]
    now = current[motion.reliable]
    both = np.bincount(now[before == now], minlength=256)
    each = np.bincount(before, minlength=256) + np.bincount(now, minlength=256)
    return np.array((both, each - both), np.int64)


def foreground_overlap(
    previous: Mask, current: Mask, motion: Motion, table: NDArray[np.uint8]
) -> Overlap:
    """The same of the foreground as one class.

    Args:
        previous: uint8 [h, w], the mask of the frame before, at the motion's size.
        current: uint8 [h, w], the present one.
        motion: between them.
        table: uint8 [256], 1 for the foreground's classes.

    Returns:
        int64 [2, 1].
    """
    before = cv2.LUT(motion.carry(previous), table)[motion.reliable] > 0
    now = cv2.LUT(current, table)[motion.reliable] > 0
    return np.array([[np.count_nonzero(before & now)], [np.count_nonzero(before | now)]], np.int64)


def temporal_consistency(overlap: Overlap) -> float:
    """Mean IoU of masks and those before them, moved along with the picture.

    Args:
        overlap: summed over the pairs of frames of a video.

    Returns:
        The mean over the classes that occur, 0 to 1; NaN where none does.

    Reference: Liu et al. 2020, "Efficient Semantic Video Segmentation with Per-frame Inference",
        section 4.1 (temporal consistency), summed over pairs of frames before any division as in
        its published code; here a video at a time, with DIS for FlowNet2, and only where the flow
        is reliable.
    """
    both, either = overlap
    occurs = either > 0
    return float((both[occurs] / either[occurs]).mean()) if occurs.any() else math.nan


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
