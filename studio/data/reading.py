"""Images and masks from files: always the same kind of array, or an error that says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX, voc_palette
from studio.data import png
from studio.data.samples import Mask, RgbImage, Sample
from studio.errors import InputError
from studio.opencv import cv2

_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9"


def read_image(path: Path) -> RgbImage:
    """Decode an image upright (its EXIF orientation counts), as the studio's video sources do.

    Grey and CMYK become RGB, transparency is dropped, 16 bits become 8.

    Args:
        path: of any format that OpenCV reads.

    Returns:
        uint8 [H, W, 3] RGB.

    Raises:
        InputError: it is missing, cut off or no image.
    """
    image = _decode(path, _read_whole(path), cv2.IMREAD_COLOR)
    return cast("RgbImage", cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image))


def read_mask(path: Path, classes: int, palette: NDArray[np.uint8] | None = None) -> Mask:
    """Decode a mask of class indices.

    Args:
        path: a palette or grey picture of indices, or one in the colours of the palette.
        classes: number of classes; other indices than those and 255 are refused.
        palette: uint8 [up to 256, 3] RGB; VOC's when None.

    Returns:
        uint8 [H, W].

    Raises:
        InputError: it is missing, cut off, no mask, or has indices or colours of no class.
    """
    content = _read_whole(path)
    if content.startswith(_JPEG_START):
        raise InputError(
            f"The mask {path.name} is a JPEG, which blurs class indices.",
            remedy="Save masks as PNG, from the original annotation.",
            details=str(path),
        )
    stored = _stored_values(path, content)
    if stored.ndim == 3:
        colours = voc_palette() if palette is None else palette
        mask = _mask_from_colours(path, stored[..., 2::-1], colours, classes)
    elif stored.dtype == np.uint8:
        mask = stored
    elif stored.max() <= VOID_INDEX:
        mask = stored.astype(np.uint8)
    else:
        raise _no_class(path, f"the index {int(stored.max())}", classes)
    unknown = (mask >= classes) & (mask != VOID_INDEX)
    if unknown.any():
        raise _no_class(path, f"the index {int(mask[unknown].max())}", classes)
    return mask


def read_sample(
    sample: Sample, classes: int, palette: NDArray[np.uint8] | None = None
) -> tuple[RgbImage, Mask | None]:
    """Read an image and, where there is one, its mask, and check that they belong together.

    Args:
        sample: of any kind of dataset.
        classes: number of classes.
        palette: colours of masks that hold colours; VOC's when None.

    Returns:
        uint8 [H, W, 3] RGB, and uint8 [H, W] or None.

    Raises:
        InputError: one cannot be read, or their sizes differ.
    """
    image = read_image(sample.image)
    if sample.mask is None:
        return image, None
    if sample.shapes is not None:
        return image, sample.shapes.draw(image.shape[0], image.shape[1])
    mask = read_mask(sample.mask, classes, palette)
    if mask.shape != image.shape[:2]:
        raise InputError(
            f"The image {sample.image.name} has {image.shape[1]}x{image.shape[0]} pixels, but its"
            f" mask has {mask.shape[1]}x{mask.shape[0]}.",
            remedy="Both must have the same size. Is it the mask of another image, or was the"
            " image turned after it was annotated?",
            details=f"{sample.image}\n{sample.mask}",
        )
    return image, mask


def _read_whole(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"The file {path} is missing.",
            remedy="Bring it back, or take its name out of the list.",
        ) from error
    except OSError as error:
        raise InputError(
            f"Could not read {path}: {error.strerror or error}.",
            remedy="Check the path and whether you may read it.",
            details=repr(error),
        ) from error


def _decode(path: Path, content: bytes, flags: int) -> NDArray[Any]:
    fault = _fault(content)
    if fault:
        raise _broken(path, fault)
    try:
        image = cast("NDArray[Any] | None", cv2.imdecode(np.frombuffer(content, np.uint8), flags))
    except cv2.error as error:
        raise _broken(path, "it cannot be decoded", repr(error)) from error
    if image is None:
        raise _broken(path, "it is no image of a known kind")
    return image


def _fault(content: bytes) -> str:
    """What OpenCV would pass over in silence: it fills the missing part with grey."""
    if not content:
        return "it is empty"
    if png.is_png(content):
        return png.fault(content)
    # Inside a scan 0xFF is always followed by other bytes than 0xD9, so an end after the last
    # scan's start is the picture's own, not that of a thumbnail.
    if content.startswith(_JPEG_START) and content.rfind(_JPEG_END) < content.rfind(_JPEG_SCAN):
        return "it is cut off"
    return ""


def _stored_values(path: Path, content: bytes) -> NDArray[Any]:
    """Decode without turning indices into colours.

    Returns:
        uint8 or uint16 [H, W] indices, or uint8 [H, W, 3 or 4] BGR.
    """
    header = png.read_header(content) if png.is_png(content) else None
    if header is not None and header.colour_type == png.PALETTE and not png.fault(content):
        content = png.as_grey(content)
    values = _decode(path, content, cv2.IMREAD_UNCHANGED)
    if header is not None and header.colour_type in (png.PALETTE, png.GREY):
        if header.bit_depth < 8:
            values = values // (255 // (2**header.bit_depth - 1))  # libpng spreads them over 0..255
        values = values[..., 0] if values.ndim == 3 else values
    if header is not None and header.colour_type == png.GREY_ALPHA and values.ndim == 3:
        values = values[..., 0]
    if values.ndim == 3 and values.dtype != np.uint8:
        raise InputError(
            f"The mask {path.name} holds colours of 16 bits.",
            remedy="Save it as a palette PNG, or with 8 bits a channel.",
            details=str(path),
        )
    return values


def _mask_from_colours(
    path: Path, rgb: NDArray[np.uint8], palette: NDArray[np.uint8], classes: int
) -> Mask:
    """Map colours to indices; grey pictures saved as RGB hold indices."""
    codes = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    table = palette.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    indices = [*range(min(classes, len(table)))]
    indices += [VOID_INDEX] if len(table) > VOID_INDEX else []
    known = table[indices]
    order = np.argsort(known)
    found = order[np.searchsorted(known, codes, sorter=order).clip(0, len(known) - 1)]
    fits = known[found] == codes
    if fits.all():
        mask: Mask = np.array(indices, np.uint8)[found]
        return mask
    if (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all():
        return np.ascontiguousarray(rgb[..., 0])
    row, column = (int(v) for v in np.argwhere(~fits)[0])
    red, green, blue = (int(v) for v in rgb[row, column])
    raise _no_class(
        path, f"the colour ({red}, {green}, {blue}) at column {column}, row {row}", classes
    )


def _broken(path: Path, fault: str, details: str = "") -> InputError:
    return InputError(
        f"Expected a picture, but {path.name} cannot be read: {fault}.",
        remedy="Copy it again from its source, or take its name out of the list.",
        details=f"{path}\n{details}".strip(),
    )


def _no_class(path: Path, what: str, classes: int) -> InputError:
    return InputError(
        f"The mask {path.name} holds {what}, which is none of the {classes} classes.",
        remedy="Check that the labels fit the masks; pixels to be ignored have the index"
        f" {VOID_INDEX}.",
        details=str(path),
    )
