"""Small pictures of samples with their masks drawn over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.data.reading import read_sample
from studio.data.samples import Dataset, Mask, RgbImage, Sample
from studio.errors import OutputError
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.opencv import cv2
from studio.video.atomic_file import write_atomically

LONGEST_PIXELS = 384
_JPEG_QUALITY = 88


def write_thumbnail(path: Path, dataset: Dataset, sample: Sample) -> None:
    """Write a sample as a small JPEG; the background stays as it is, void has its own colour.

    Args:
        path: of the file.
        dataset: that the sample belongs to.
        sample: with or without a mask.

    Raises:
        InputError: the sample cannot be read.
        OutputError: the picture cannot be written.
    """
    image, mask = read_sample(sample, dataset.classes, dataset.palette)
    bgr = _small(image, mask, OverlayStyle(palette=dataset.palette))
    done, content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OutputError(f"Could not encode {path.name}.", remedy="Try again.")
    write_atomically(path, content.tobytes(), is_synced=False)


def _small(image: RgbImage, mask: Mask | None, style: OverlayStyle) -> RgbImage:
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_PIXELS / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    bgr = cv2.resize(image[..., ::-1], size, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(bgr, np.uint8)
    if mask is None:
        return picture
    small: Mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return draw_overlay(picture, small, style)
