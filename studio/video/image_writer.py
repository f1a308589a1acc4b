"""One picture to a file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from studio.errors import SpecError, output_error
from studio.opencv import cv2
from studio.video.frame import Image


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, then rename it.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise output_error(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise output_error(path, error) from error


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
    write_bytes_atomically(path, data.tobytes())
