"""Folders that appear under their names only when they are complete."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.errors import output_error


@contextmanager
def complete_folder(place: Path) -> Iterator[Path]:
    """Fill a folder, and give it its name at the end; one that is in the way goes.

    Args:
        place: the final name.

    Yields:
        A new folder beside it. When the block fails, it is removed.

    Raises:
        OutputError: it cannot be written.
    """
    fresh = place.with_name(f".{place.name}.{os.getpid()}-{secrets.token_hex(3)}")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if place.exists():
            # Renamed first: a removal that is cut off must not leave half of it under the name.
            old = fresh.with_name(f"{fresh.name}.old")
            place.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        fresh.rename(place)
    except OSError as error:
        raise output_error(place, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def work_folder(beside: Path) -> Iterator[Path]:
    """A temporary folder on the disk where the results will lie.

    Args:
        beside: the folder to make it in.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(
            prefix=".work-", dir=beside, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise output_error(beside, error) from error
    with folder as name:
        yield Path(name)
