"""Folders that appear under their names only when they are complete."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.errors import output_error

_WORK = ".work-"
_HALF_DONE_SECONDS = 3600.0


@contextmanager
def complete_folder(place: Path) -> Iterator[Path]:
    """Fill a folder, and give it its name at the end.

    Args:
        place: the final name. What lies there now is replaced; what another process puts there
            meanwhile is kept, for the names tell of the content.

    Yields:
        A new folder beside it. When the block fails, it is removed.

    Raises:
        OutputError: it cannot be written.
    """
    fresh = place.with_name(f".{place.name}.{os.getpid()}-{secrets.token_hex(3)}")
    is_in_the_way = place.exists()
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if is_in_the_way:
            # Renamed first: a removal that is cut off must not leave half of it under the name.
            old = fresh.with_name(f"{fresh.name}.old")
            with contextlib.suppress(FileNotFoundError):
                place.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        try:
            fresh.rename(place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) and not place.is_dir():
                raise
    except OSError as error:
        raise output_error(place, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half done.

    Args:
        folder: where results lie; nobody else may be at work with a `work_folder` in it.
    """
    for path in folder.glob(".*"):
        with contextlib.suppress(OSError):
            # Someone may be unpacking just now.
            is_old = time.time() - path.stat().st_mtime > _HALF_DONE_SECONDS
            if path.is_dir() and (is_old or path.name.startswith(_WORK)):
                shutil.rmtree(path, ignore_errors=True)
            elif is_old:
                path.unlink()


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
        folder = tempfile.TemporaryDirectory(prefix=_WORK, dir=beside, ignore_cleanup_errors=True)
    except OSError as error:
        raise output_error(beside, error) from error
    with folder as name:
        yield Path(name)
