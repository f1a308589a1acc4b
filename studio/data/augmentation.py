"""Random changes to a training image: what is drawn, and how it is carried out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.geometry import AxisMap, CropGeometry
from studio.data.samples import Mask, RgbImage
from studio.data.spec import AugmentationSpec
from studio.opencv import cv2

PADDING_GREY = 128  # the mean, which is zero on the network's input
_GREY = np.array([0.299, 0.587, 0.114])  # luma of ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Draw:
    """What chance decided for one example.

    Attributes:
        scale: relative to the size at which the image just fits.
        offset: 0..1 for rows and columns.
        flip: whether left and right change places.
        brightness: added, as a share of the full range.
        contrast: factor around the middle grey.
        saturation: factor around the pixel's own grey.
        hue_degrees: turn on the colour circle.
    """

    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    flip: bool = False
    brightness: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue_degrees: float = 0.0


def draw(spec: AugmentationSpec, seed: int, position: int) -> Draw:
    """Draw the changes to the example at a position; depends on nothing but the arguments.

    Scales are uniform in their logarithm, so that halving is as likely as doubling.
    """
    (scale, top, left, flip, *colour) = np.random.default_rng((seed, position, 1)).random(8)
    ratio = spec.largest_scale / spec.smallest_scale
    brightness, contrast, saturation, hue = (2.0 * value - 1.0 for value in colour)
    return Draw(
        scale=float(spec.smallest_scale * ratio**scale),
        offset=(float(top), float(left)),
        flip=spec.flip and bool(flip < 0.5),
        brightness=float(brightness * spec.brightness),
        contrast=float(1.0 + contrast * spec.contrast),
        saturation=float(1.0 + saturation * spec.saturation),
        hue_degrees=float(hue * spec.hue_degrees),
    )


def crop_image(image: RgbImage, crop: CropGeometry, colours: Draw | None = None) -> RgbImage:
    """Cut a crop out of an image, bilinearly, without aliasing where it shrinks by two or more.

    Args:
        image: uint8 [H, W, 3] RGB.
        crop: where its pixels lie.
        colours: changes to the image's colours; the grey beside it stays.

    Returns:
        uint8 [h, w, 3]; the mean grey beside the image.
    """
    image, rows = _shrunk(image, crop.rows, axis=0)
    image, columns = _shrunk(image, crop.columns, axis=1)
    matrix = np.array([[columns.step, 0.0, columns.start], [0.0, rows.step, rows.start]])
    size = (columns.crop_pixels, rows.crop_pixels)
    out = cast(
        "RgbImage",
        cv2.warpAffine(
            image,
            matrix,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
    )
    if colours is not None:
        out = change_colours(out, colours)
    out[crop.rows.filled :] = PADDING_GREY
    out[:, crop.columns.filled :] = PADDING_GREY
    return out


def crop_mask(
    mask: Mask, crop: CropGeometry, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> Mask:
    """Take a mask's classes at points of a crop, each from the nearest pixel.

    Args:
        mask: uint8 [H, W].
        crop: where its pixels lie.
        rows: [h] positions in the crop.
        columns: [w] positions in the crop.

    Returns:
        uint8 [h, w]; void beside the image.
    """
    at_rows, at_columns = crop.rows.at(rows), crop.columns.at(columns)
    labels: Mask = mask[np.ix_(_nearest(at_rows, crop.rows), _nearest(at_columns, crop.columns))]
    labels[~crop.rows.is_inside(at_rows)] = VOID_INDEX
    labels[:, ~crop.columns.is_inside(at_columns)] = VOID_INDEX
    return labels


def colour_matrix(changes: Draw) -> NDArray[np.float64]:
    """All changes of colour as one matrix.

    The hue turns around the grey axis, so grey stays grey.

    Returns:
        Float64 [3, 4]: what `cv2.transform` wants.
    """
    angle = math.radians(changes.hue_degrees)
    axis = np.full(3, 1.0 / math.sqrt(3.0))
    cross = np.cross(np.eye(3), axis)
    turn = (
        math.cos(angle) * np.eye(3)
        + math.sin(angle) * cross
        + (1.0 - math.cos(angle)) * np.outer(axis, axis)
    )
    saturate = changes.saturation * np.eye(3) + (1.0 - changes.saturation) * np.outer(
        np.ones(3), _GREY
    )
    linear = changes.contrast * (saturate @ turn)
    shift = 127.5 * (1.0 - changes.contrast) + 255.0 * changes.brightness
    return np.hstack([linear, np.full((3, 1), shift)])


def change_colours(image: RgbImage, changes: Draw) -> RgbImage:
    """Apply the changes of colour.

    Args:
        image: uint8 [H, W, 3] RGB.
        changes: what was drawn.

    Returns:
        uint8 [H, W, 3]; values beyond the range are cut off.
    """
    return cast("RgbImage", cv2.transform(image, colour_matrix(changes)))


def _shrunk(image: RgbImage, axis_map: AxisMap, axis: int) -> tuple[RgbImage, AxisMap]:
    """Average whole groups of pixels first where bilinear sampling would skip some."""
    factor = int(abs(axis_map.step))
    if factor < 2:
        return image, axis_map
    height, width = image.shape[:2]
    pixels = max(1, round(axis_map.source_pixels / factor))
    size = (width, pixels) if axis == 0 else (pixels, height)
    ratio = pixels / axis_map.source_pixels
    smaller = AxisMap(
        start=(axis_map.start + 0.5) * ratio - 0.5,
        step=axis_map.step * ratio,
        source_pixels=pixels,
        crop_pixels=axis_map.crop_pixels,
    )
    return cast("RgbImage", cv2.resize(image, size, interpolation=cv2.INTER_AREA)), smaller


def _nearest(source: NDArray[np.float64], axis_map: AxisMap) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = np.floor(source + 0.5).astype(np.intp)
    return nearest.clip(0, axis_map.source_pixels - 1)
