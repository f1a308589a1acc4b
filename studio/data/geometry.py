"""Where the pixels of a training crop lie in their source image.

Coordinates are those of the whole studio: pixel i covers i to i + 1, its centre is at i + 0.5.
Positions are given as OpenCV counts them, with centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import LogitsGrid


@dataclass(frozen=True, slots=True)
class AxisMap:
    """One axis of a crop: `source = start + step * crop`, centres at whole numbers.

    Attributes:
        start: position in the source of the crop's first pixel.
        step: source pixels a crop pixel; negative when mirrored.
        source_pixels: size of the source.
        crop_pixels: size of the crop.
    """

    start: float
    step: float
    source_pixels: int
    crop_pixels: int

    @property
    def filled(self) -> int:
        """Crop pixels, from the first on, whose centre lies inside the image."""
        first_outside = np.arange(self.crop_pixels + 1)
        inside = self.is_inside(self.at(first_outside[:-1].astype(float)))
        return int(inside.sum())

    def at(self, crop: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions in the source of positions in the crop."""
        return self.start + self.step * crop

    def is_inside(self, source: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether positions in the source lie on one of its pixels."""
        return (source >= -0.5) & (source < self.source_pixels - 0.5)


@dataclass(frozen=True, slots=True)
class CropGeometry:
    """A crop: scaled, moved, perhaps mirrored; never turned.

    An image smaller than the crop lies in its top left corner, as on a network's input.

    Attributes:
        rows: from crop rows to source rows.
        columns: from crop columns to source columns.
    """

    rows: AxisMap
    columns: AxisMap


def crop_geometry(
    source_size: tuple[int, int],
    crop_size: tuple[int, int],
    scale: float,
    offset: tuple[float, float],
    flip: bool,
) -> CropGeometry:
    """Lay a crop into an image.

    Args:
        source_size: height and width of the image.
        crop_size: height and width of the crop.
        scale: of the image, relative to the size at which it just fits into the crop.
        offset: 0..1 for each axis, where the crop lies between the image's ends, where the scaled
            image is larger than it.
        flip: mirror the image left to right.
    """
    fit = min(crop_size[0] / source_size[0], crop_size[1] / source_size[1])
    rows, columns = (
        _axis(source, crop, scale * fit, share, is_mirrored)
        for source, crop, share, is_mirrored in zip(
            source_size, crop_size, offset, (False, flip), strict=True
        )
    )
    return CropGeometry(rows, columns)


def loss_positions(size: int, stride: int, grid: LogitsGrid) -> NDArray[np.float64]:
    """Crop positions at which the loss is taken: about every `stride`-th pixel.

    They are where the logits lie when they are resized to so many points on their own grid.

    Args:
        size: pixels of the crop.
        stride: crop pixels a point.
        grid: on which the network's logits lie.

    Returns:
        Float64 [points], centres at whole numbers.
    """
    if grid == "align_corners":
        return np.linspace(0.0, size - 1.0, round((size - 1) / stride) + 1)
    points = max(1, round(size / stride))
    return (np.arange(points) + 0.5) * (size / points) - 0.5


def _axis(source: int, crop: int, scale: float, share: float, is_mirrored: bool) -> AxisMap:
    moved = share * max(0.0, source * scale - crop)
    start = (moved + 0.5) / scale - 0.5
    if is_mirrored:
        return AxisMap(source - 1 - start, -1.0 / scale, source, crop)
    return AxisMap(start, 1.0 / scale, source, crop)
