"""The runner's sources, and the hash that ties a built runner to them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from studio import paths
from studio.errors import PhoneError


def sources_dir() -> Path:
    """The folder with the runner's C sources."""
    return paths.resources_dir() / "device_runner"


def source_files(folder: Path | None = None) -> list[Path]:
    """The sources that a runner is made from, sorted by name.

    Args:
        folder: where they lie; None for the studio's own.

    Raises:
        PhoneError: there are none.
    """
    folder = folder or sources_dir()
    files = [*folder.glob("*.c"), *folder.glob("*.h")]
    if not any(file.suffix == ".c" for file in files):
        raise PhoneError(
            f"The sources of the runner are missing: there is no C file in {folder}.",
            remedy="Install the studio again.",
        )
    return sorted(files, key=lambda file: file.name)


def runner_hash(folder: Path | None = None) -> bytes:
    """What computer and runner compare, so that they always speak of the same program.

    Args:
        folder: where the sources lie; None for the studio's own.

    Returns:
        The SHA-256 over name, NUL, content and NUL of each source, sorted by name.

    Raises:
        PhoneError: there are no sources.
    """
    digest = hashlib.sha256()
    for file in source_files(folder):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()
