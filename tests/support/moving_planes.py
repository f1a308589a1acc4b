"""Luma planes of something known in motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2

_BORDER = 40


def texture(seed: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """Something with structure at several sizes, as pictures have.

    Args:
        seed: of what it is.
        size: height and width.

    Returns:
        float32 [h, w], 20 to 235.
    """
    generator = np.random.default_rng(seed)
    total: NDArray[np.float32] = np.zeros(size, np.float32)
    for cell, strength in ((24, 4.0), (10, 2.0), (5, 1.0)):
        cells = (max(2, size[0] // cell), max(2, size[1] // cell))
        coarse = generator.normal(0, strength, cells).astype(np.float32)
        total += cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    low, high = float(total.min()), float(total.max())
    return 20 + (total - low) * np.float32(215 / (high - low))


def moved(
    seed: int, size: tuple[int, int], motion: tuple[float, float], zoom: float = 1.0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """The present plane, the one before, and where each pixel was.

    Args:
        seed: of the texture.
        size: height and width.
        motion: (x, y) in pixels from the present to the one before.
        zoom: about the middle, from the present to the one before.

    Returns:
        uint8 [h, w] twice, and the true flow, float32 [h, w, 2].
    """
    height, width = size
    whole = texture(seed, (height + 2 * _BORDER, width + 2 * _BORDER))
    middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    shift = np.array(motion, np.float32)
    flow = (grid - middle) * np.float32(zoom - 1.0) + shift
    # What the one before shows at p, the present shows where p is reached from.
    back = (grid - middle - shift) / np.float32(zoom) + middle
    current = whole[_BORDER:-_BORDER, _BORDER:-_BORDER]
    previous = cv2.remap(whole, back[..., 0] + _BORDER, back[..., 1] + _BORDER, cv2.INTER_CUBIC)
    rounded = [np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in (current, previous)]
    return rounded[0], rounded[1], flow
