"""Compiled inner loops of the levels on which motion is sought; importing this loads numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit
from studio.temporal.patch_lanes import PATCH

MARGIN = PATCH + 2
"""Pixels by which a level is continued on each side: a patch may lie just outside."""


@njit(nogil=True, cache=True)
def pad(plane: Any, padded: Any) -> None:
    """Copy a plane into the middle of a larger one and continue its borders outwards.

    Args:
        plane: uint8 [h, w].
        padded: uint8 [h + 2 MARGIN, w + 2 MARGIN], written.
    """
    height, width = plane.shape
    for y in range(height):
        row = padded[MARGIN + y]
        row[:MARGIN] = plane[y, 0]
        row[MARGIN : MARGIN + width] = plane[y]
        row[MARGIN + width :] = plane[y, width - 1]
    for y in range(MARGIN):
        padded[y] = padded[MARGIN]
        padded[MARGIN + height + y] = padded[MARGIN + height - 1]


@njit(nogil=True, cache=True)
def halve(plane: Any, half: Any) -> None:
    """Means of 2 x 2 pixels, rounded half up; an odd last row or column is left out.

    Args:
        plane: uint8 [h, w].
        half: uint8 [h // 2, w // 2], written.
    """
    for y in range(half.shape[0]):
        above, below = plane[2 * y], plane[2 * y + 1]
        for x in range(half.shape[1]):
            total = np.uint16(above[2 * x]) + np.uint16(above[2 * x + 1])
            total += np.uint16(below[2 * x]) + np.uint16(below[2 * x + 1])
            half[y, x] = np.uint8((total + 2) >> 2)


@njit(nogil=True, cache=True)
def differentiate(padded: Any, fine: Any) -> None:
    """What a patch of the present frame is made of.

    Args:
        padded: uint8 [rows, columns], a plane with its borders continued.
        fine: int16 [3, rows * columns], written: the plane in 1/16 grey level; its differences
            over two pixels along x and along y, but for the outermost rows.
    """
    rows, columns = padded.shape
    for y in range(1, rows - 1):
        above, middle, below = padded[y - 1], padded[y], padded[y + 1]
        start = y * columns
        values = fine[0, start : start + columns]
        along_x = fine[1, start : start + columns]
        along_y = fine[2, start : start + columns]
        for x in range(1, columns - 1):
            values[x] = np.int16(middle[x]) << np.int16(4)
        for x in range(1, columns - 1):
            along_x[x] = np.int16(middle[x + 1]) - np.int16(middle[x - 1])
        for x in range(1, columns - 1):
            along_y[x] = np.int16(below[x]) - np.int16(above[x])
