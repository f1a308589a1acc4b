"""Tiny datasets in PASCAL VOC's layout: real JPEGs, real palette PNGs, learnable content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, VOID_INDEX, voc_palette
from studio.opencv import cv2
from studio.video.mask_writer import write_mask_png


def make_voc(
    root: Path,
    images: int = 8,
    val: int = 4,
    size: tuple[int, int] = (48, 64),
    classes: int = 3,
    seed: int = 0,
) -> Path:
    """Write a dataset with the lists `train`, `val` and `trainval`.

    Each image shows a bright ellipse in the colour of its class on dark ground; classes take turns
    (image i shows class 1 + i % (classes - 1)). The ellipse's border is void, as in VOC.

    Args:
        root: folder to write into; made if needed.
        images: of the list `train`.
        val: images of the list `val`.
        size: height and width.
        classes: with the background, 2 to 21; below 21 a `labels.txt` names the first ones of VOC.
        seed: of places and noise.

    Returns:
        The folder `VOC2012`, in `root/VOCdevkit`.
    """
    folder = root / "VOCdevkit" / "VOC2012"
    for name in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if classes < len(VOC_LABELS):
        (folder / "labels.txt").write_text("\n".join(VOC_LABELS[:classes]) + "\n")
    names = [f"2007_{index:06d}" for index in range(images + val)]
    for index, name in enumerate(names):
        image, mask = example_pair(index, size, classes, seed)
        write_image(folder / "JPEGImages" / f"{name}.jpg", image)
        write_mask_png(folder / "SegmentationClass" / f"{name}.png", mask, voc_palette())
    lists = {"train": names[:images], "val": names[images:], "trainval": names}
    for split, listed in lists.items():
        path = folder / "ImageSets" / "Segmentation" / f"{split}.txt"
        path.write_text("".join(f"{name}\n" for name in listed))
    return folder


def make_unlabelled(folder: Path, images: int = 4, size: tuple[int, int] = (40, 72)) -> Path:
    """Write a folder of JPEGs without masks; the same kind of pictures.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(images):
        write_image(folder / f"photo_{index}.jpg", example_pair(index, size, 3, seed=99)[0])
    return folder


def example_pair(
    index: int, size: tuple[int, int], classes: int, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw an image and its mask.

    Returns:
        uint8 [H, W, 3] RGB and uint8 [H, W] with one class, background and void.
    """
    height, width = size
    random = np.random.default_rng((seed, index))
    label = 1 + index % (classes - 1)
    colour = 90 + voc_palette()[label].astype(int)
    image: NDArray[np.uint8] = random.integers(10, 40, (height, width, 3), dtype=np.uint8)
    mask: NDArray[np.uint8] = np.zeros(size, np.uint8)
    centre = (
        int(width * random.uniform(0.35, 0.65)),
        int(height * random.uniform(0.35, 0.65)),
    )
    axes = (int(width * random.uniform(0.15, 0.3)), int(height * random.uniform(0.15, 0.3)))
    cv2.ellipse(image, centre, axes, 0, 0, 360, [float(min(c, 255)) for c in colour], -1)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (label,), -1)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (VOID_INDEX,), 1)
    return image, mask


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an image as its suffix says.

    Args:
        path: of the file.
        image: uint8 [H, W, 3] RGB.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix.lower() in (".jpg", ".jpeg") else []
    done, content = cv2.imencode(path.suffix, image[..., ::-1], options)
    assert done
    path.write_bytes(content.tobytes())
