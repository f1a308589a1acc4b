"""A clip in which things move, for what depends on the frames before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.classes import voc_palette
from studio.video.frame import Image
from studio.video.image_writer import write_image

WIDTH, HEIGHT = 128, 96


def moving_frame(index: int, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """Two squares in class colours that move over a still, noisy ground.

    Returns:
        uint8 [height, width, 3] BGR.
    """
    rng = np.random.default_rng(7)
    frame = rng.integers(0, 70, (height, width, 1), np.uint8).repeat(3, axis=2)
    for label, row, column in (
        (15, 20 + index % 30, 2 * index % 80),
        (7, 60 - index % 40, 90 - index % 60),
    ):
        side = frame[row : row + 28, column : column + 28]
        side[:] = (side // 3 + voc_palette()[label][::-1] // 3 * 2).astype(np.uint8)
    return frame


def moving_clip(folder: Path, frames: int = 40) -> Path:
    """Write the clip as a folder of PNGs, so that frames are what they are, to the bit."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(frames):
        write_image(folder / f"{index:05d}.png", moving_frame(index))
    return folder
