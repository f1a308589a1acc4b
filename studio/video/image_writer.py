"""One picture to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from studio.errors import SpecError
from studio.opencv import cv2
from studio.video.atomic_file import write_atomically
from studio.video.frame import Image


def write_image(path: Path, image: Image) -> None:
    """Write a picture as PNG, JPEG or WebP, by its suffix.

    Args:
        path: of the file.
        image: uint8 [H, W, 3] BGR.

    Raises:
        SpecError: the suffix names no format that can be written, or one for smaller pictures.
        OutputError: it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".jpg", ".jpeg", ".webp"):
        raise SpecError(
            f"“{path.suffix}” is not an image format that can be written.",
            remedy="Use .png, .jpg or .webp.",
        )
    try:
        is_encoded, data = cv2.imencode(suffix, image)
    except cv2.error:
        is_encoded = False
    if not is_encoded:
        height, width = image.shape[:2]
        raise SpecError(
            f"A picture of {width}x{height} pixels does not fit into {suffix}.",
            remedy="Use .png.",
        )
    write_atomically(path, data.tobytes())
