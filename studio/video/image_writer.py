"""One picture to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from studio.errors import SpecError, output_error
from studio.opencv import cv2
from studio.video.atomic_file import AtomicFile
from studio.video.frame import Image


def write_image(path: Path, image: Image) -> None:
    """Write a picture as PNG, JPEG or WebP, by its suffix.

    Args:
        path: of the file.
        image: uint8 [H, W, 3] BGR.

    Raises:
        SpecError: the suffix names no format that can be written.
        OutputError: it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".jpg", ".jpeg", ".webp"):
        raise SpecError(
            f"“{path.suffix}” is not an image format that can be written.",
            remedy="Use .png, .jpg or .webp.",
        )
    _, data = cv2.imencode(suffix, image)
    target = AtomicFile(path)
    try:
        target.file.write(data.tobytes())
    except OSError as error:
        target.discard()
        raise output_error(path, error) from error
    target.commit()
