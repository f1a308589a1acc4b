"""Videos in DAVIS' layout, painted in class colours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from studio.classes import VOC_LABELS, voc_palette
from studio.video.mask_writer import write_mask_png
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


def painted_vspw(
    root: Path,
    videos: Mapping[str, Sequence[int]],
    numbers: Mapping[str, int],
    size: tuple[int, int] = (65, 130),
) -> Path:
    """Write videos in VSPW's layout whose right half has a class of its own.

    Args:
        root: folder to write into.
        videos: by name, the index in masks of the right half of each frame. What is painted is the
            class of PASCAL VOC of that name, black where it has none.
        numbers: of the classes, by name; the left half is the class `wall`.
        size: height and width.

    Returns:
        The folder `VSPW`, whose list `val` names all videos.
    """
    folder = root / "VSPW"
    names = {number: name for name, number in numbers.items()}
    for name, classes in videos.items():
        images, masks = (folder / "data" / name / part for part in ("origin", "mask"))
        images.mkdir(parents=True)
        masks.mkdir()
        for index, number in enumerate(classes):
            label = names[number]
            shown = VOC_LABELS.index(label) if label in VOC_LABELS else 0
            write_image(images / f"{index:08d}.jpg", painted(halves(0, shown, size)))
            truth = halves(numbers["wall"], number, size)
            write_mask_png(masks / f"{index:08d}.png", truth, voc_palette())
    (folder / "val.txt").write_text("".join(f"{name}\n" for name in videos))
    (folder / "label_num_dic_final.json").write_text(json.dumps(numbers))
    return folder
