"""The luma plane: a frame's brightness at a size at which motion is cheap to find.

All in integers, and the order of sums is of no account, so that the phone gives the same bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studio.temporal.plane_kernels import absolute_sum, differences, mean_boxes

Plane = NDArray[np.uint8]

_ALIKE = 2048
_MUCH = 4


def plane_size(frame_size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """Size of the plane of frames of a size.

    Args:
        frame_size: height and width of the frame.
        pixels: how many pixels the plane should have, about.

    Returns:
        Height and width, of the frame's aspect, at least 1 and at most the frame's own.
    """
    height, width = frame_size
    shrink = math.sqrt(pixels / (height * width))
    return (
        min(height, max(1, math.floor(height * shrink + 0.5))),
        min(width, max(1, math.floor(width * shrink + 0.5))),
    )


def luma_plane(image: NDArray[np.uint8], size: tuple[int, int]) -> Plane:
    """Mean luma of the boxes into which a frame falls.

    Box i of n along a side of N pixels is from `i * N // n` to before `(i + 1) * N // n`. Of a box
    of 6 rows or more only each second row counts, beginning with its first; of one of more than
    256 rows each `ceil(rows / 128)`th. With means of colours B, G and R, luma is
    `(29 B + 150 G + 77 R) / 256`; it is rounded once, half up.

    Args:
        image: uint8 [H, W, 3] BGR, or luma, uint8 [H, W].
        size: height and width of the plane, at most the frame's.

    Returns:
        uint8 [h, w].
    """
    plane: Plane = np.empty(size, np.uint8)
    channels = 1 if image.ndim == 2 else 3
    rows = np.ascontiguousarray(image).reshape(image.shape[0], -1)
    mean_boxes(rows, channels, plane)
    return plane


def is_still(a: Plane, b: Plane, level: float) -> bool:
    """Whether all but one in 2,048 pixels of two planes of a size are alike, and none far apart.

    Not the mean decides: noise changes every pixel a little, an object in the distance a few much,
    by more than 4 times what noise does.

    Args:
        a: uint8 [h, w].
        b: likewise.
        level: grey levels by which pixels may differ and be alike.
    """
    most = np.float32(level)
    beyond, largest = differences(a.reshape(-1), b.reshape(-1), most)
    return bool(beyond * _ALIKE <= a.size and np.float32(largest) <= np.float32(_MUCH) * most)


def mean_change(a: Plane, b: Plane) -> float:
    """Mean absolute difference of two planes of one size, in grey levels."""
    total: int = absolute_sum(a.reshape(-1), b.reshape(-1))
    return total / a.size
