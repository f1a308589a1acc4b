"""Classes, colours and the void index: defined once, here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VOID_INDEX = 255
"""The mask value of pixels that belong to no class and are ignored in every score."""

VOC_LABELS: tuple[str, ...] = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "dining table",
    "dog",
    "horse",
    "motorbike",
    "person",
    "potted plant",
    "sheep",
    "sofa",
    "train",
    "tv monitor",
)
"""The 21 classes of PASCAL VOC 2012, background first."""


def voc_palette() -> NDArray[np.uint8]:
    """Build the PASCAL VOC colour map.

    Returns:
        uint8 [256, 3] RGB: entry i colours class i; entry 255 is void.

    Reference:
        Everingham et al., The PASCAL VOC Challenge 2012, development kit, VOClabelcolormap.m.
    """
    index = np.arange(256)
    palette = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= (((index >> (3 * bit + channel)) & 1) << (7 - bit)).astype(
                np.uint8
            )
    return palette
