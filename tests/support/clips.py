"""Short videos in class colours, for which the models of `tests.support.models` know the mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.video.frame import Image
from studio.video.writer import VideoWriter

CLASSES = 21


def class_of_frame(index: int) -> int:
    """The class that covers the whole of a frame."""
    return index % 20 + 1


def frame_of(index: int, width: int, height: int) -> Image:
    """A frame in the colour of its class, uint8 [height, width, 3] BGR."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = voc_palette()[class_of_frame(index)][::-1]
    return frame


def class_clip(
    path: Path, frames: int = 40, width: int = 160, height: int = 120, rate: float = 25.0
) -> Path:
    """Write a clip whose frame i is one flat area of class `class_of_frame(i)`."""
    with VideoWriter(path, width, height, rate, crf=4) as writer:
        for index in range(frames):
            writer.write(frame_of(index, width, height))
    return path


def most_common(mask: NDArray[np.uint8]) -> int:
    """The class that covers most of a mask."""
    return int(np.bincount(mask.reshape(-1)).argmax())
