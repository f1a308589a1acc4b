"""Videos in DAVIS' layout, painted in class colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.evaluation.painted import halves, painted
from tests.support.datasets import write_image


def painted_davis(
    root: Path, videos: Mapping[str, Sequence[int]], size: tuple[int, int] = (65, 130)
) -> Path:
    """Write videos whose right half is the foreground and whose left half is background.

    Args:
        root: folder to write into.
        videos: by name, the class that the foreground of each frame is painted as.
        size: height and width.

    Returns:
        The folder `DAVIS`.
    """
    folder = root / "DAVIS"
    for name, classes in videos.items():
        images, masks = (folder / part / "480p" / name for part in ("JPEGImages", "Annotations"))
        images.mkdir(parents=True)
        masks.mkdir(parents=True)
        for index, label in enumerate(classes):
            write_image(images / f"{index:05d}.jpg", painted(halves(0, label, size)))
            truth = halves(0, 255, size)  # DAVIS 2016 marks the foreground with 255
            write_image(masks / f"{index:05d}.png", np.repeat(truth[..., None], 3, axis=2))
    return folder
