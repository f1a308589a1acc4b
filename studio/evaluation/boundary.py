"""Boundary IoU: how well the borders of the masks fit, whatever the objects' size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.samples import Mask
from studio.inference.class_pixels import class_pixels
from studio.opencv import cv2

DILATION_RATIO = 0.02


def boundary_pixels(mask: Mask, distance: int) -> NDArray[np.bool_]:
    """Find the pixels from which another class, or the image's edge, is not further than so much.

    In one go for all classes: a square around a pixel is of one class just when the smallest and
    the largest index in it are the same. So a pixel is found here exactly if it belongs to its
    class's mask minus that mask eroded `distance` times by 3x3, with nothing beyond the edge.

    Args:
        mask: uint8 [H, W], void included.
        distance: in pixels, along rows and columns and diagonals alike.

    Returns:
        Bool [H, W].
    """
    square = np.ones((2 * distance + 1, 2 * distance + 1), np.uint8)
    smallest = cv2.erode(mask, square)
    largest = cv2.dilate(
        mask, square, borderType=cv2.BORDER_CONSTANT, borderValue=[float(VOID_INDEX)]
    )
    return np.asarray(smallest != largest)


def boundary_tally(truth: Mask, prediction: Mask, classes: int) -> NDArray[np.int64]:
    """Count each class's border pixels in both, and in either, of truth and prediction.

    Borders are as thick as 2 % of the image's diagonal. What is void in the truth is void in the
    prediction, too, before borders are looked for: so a prediction that is right wherever the
    truth says something is right at the borders.

    Args:
        truth: uint8 [H, W], below `classes` or void.
        prediction: uint8 [H, W], below `classes` or void.
        classes: number of classes.

    Returns:
        int64 [2, classes]: intersection and union.

    Reference: Cheng et al. 2021, "Boundary IoU: Improving Object-Centric Image Segmentation
        Evaluation", section 4; here summed over images for each class, as mean IoU is.
    """
    distance = max(1, round(DILATION_RATIO * math.hypot(*truth.shape)))
    seen = prediction.copy()
    seen[truth == VOID_INDEX] = VOID_INDEX
    true_border = np.where(boundary_pixels(truth, distance), truth, VOID_INDEX)
    seen_border = np.where(boundary_pixels(seen, distance), seen, VOID_INDEX)
    common = np.where(true_border == seen_border, true_border, VOID_INDEX)
    both = class_pixels(common, classes)
    either = class_pixels(true_border, classes) + class_pixels(seen_border, classes) - both
    return np.stack((both, either))
