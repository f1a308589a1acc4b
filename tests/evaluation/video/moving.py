"""Pictures and labels that move as a test says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2


def texture(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    """Smooth noise of full contrast, which any flow can follow: uint8 [H, W, 3]."""
    noise = np.random.default_rng(seed).normal(size=(*size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3.0)
    picture: NDArray[np.uint8] = np.clip(128 + 55 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    return picture


def blobs(size: tuple[int, int], classes: int, seed: int = 0) -> NDArray[np.uint8]:
    """Patches of classes: uint8 [H, W]."""
    noise = np.random.default_rng(seed).normal(size=(*size, classes)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 12.0)
    labels: NDArray[np.uint8] = smooth.argmax(axis=-1).astype(np.uint8)
    return labels


def window(
    values: NDArray[np.uint8], size: tuple[int, int], at: tuple[int, int]
) -> NDArray[np.uint8]:
    """The part of a large picture that a camera sees whose upper left corner is there, (x, y)."""
    left, top = at
    return np.ascontiguousarray(values[top : top + size[0], left : left + size[1]])
