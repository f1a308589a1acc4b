"""How much of a mask each class takes up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2

# OpenCV counts in float32, which is exact up to 2^24.
_EXACT_PIXELS = 1 << 24


def class_pixels(mask: NDArray[np.uint8], classes: int) -> NDArray[np.int64]:
    """Count the pixels of each class.

    Args:
        mask: uint8 [H, W] class indices.
        classes: how many classes there are; pixels of other values are not counted.

    Returns:
        int64 [classes].
    """
    rows = max(1, _EXACT_PIXELS // max(1, mask.shape[1]))
    counts = np.zeros(256, np.int64)
    for start in range(0, mask.shape[0], rows):
        part = cv2.calcHist([mask[start : start + rows]], [0], None, [256], [0, 256])
        counts += part[:, 0].astype(np.int64)
    return counts[:classes]
