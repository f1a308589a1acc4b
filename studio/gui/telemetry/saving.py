"""Files that appear under their name only when they are whole, in words when they cannot."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

from studio.errors import OutputError, output_error


def save_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its final place, then rename it: an older file stays until then.

    Args:
        path: where it goes; its folder must exist.
        data: all of it.

    Raises:
        OutputError: it cannot be written there; nothing is left behind.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a folder", str(path))
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
    except OSError as error:
        raise output_error(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp lets only the owner read; a result may be read as any other new file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise output_error(path, error) from error


def _umask() -> int:
    """The process's mask for new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def png_bytes(image: QImage) -> bytes:
    """Encode a picture as PNG.

    Raises:
        OutputError: the picture is empty, or Qt cannot encode it.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise OutputError(
            f"Could not encode a picture of {image.width()} x {image.height()} pixels as PNG.",
            remedy="Make the panel larger and try again.",
        )
    return bytes(data.data())
