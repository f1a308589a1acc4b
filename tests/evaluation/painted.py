"""Datasets painted in class colours, which the models of `tests.support.models` know by heart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, VOID_INDEX, voc_palette
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import write_image


def painted_voc(
    root: Path, masks: Sequence[NDArray[np.uint8]], labels: Sequence[str] = VOC_LABELS
) -> Path:
    """Write masks and, as images, the same masks in class colours; void is painted black.

    Returns:
        The folder `VOC2012`, whose list `val` names all of them.
    """
    folder = root / "VOCdevkit" / "VOC2012"
    for name in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if tuple(labels) != VOC_LABELS:
        (folder / "labels.txt").write_text("\n".join(labels) + "\n")
    names = [f"2007_{index:06d}" for index in range(len(masks))]
    for name, mask in zip(names, masks, strict=True):
        write_image(folder / "JPEGImages" / f"{name}.jpg", painted(mask))
        write_mask_png(folder / "SegmentationClass" / f"{name}.png", mask, voc_palette())
    lists = "".join(f"{name}\n" for name in names)
    (folder / "ImageSets" / "Segmentation" / "val.txt").write_text(lists)
    return folder


def painted(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [H, W, 3] RGB in class colours."""
    image: NDArray[np.uint8] = voc_palette()[np.where(mask == VOID_INDEX, 0, mask)]
    return image


def halves(left: int, right: int, size: tuple[int, int] = (60, 90)) -> NDArray[np.uint8]:
    """A mask of two classes side by side."""
    mask = np.full(size, left, np.uint8)
    mask[:, size[1] // 2 :] = right
    return mask
