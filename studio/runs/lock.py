"""A lock on a file that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    # Locked bytes cannot be read by others there: lock one far behind the text.
    _LOCKED_BYTE = 1 << 20

    def _try_lock(file: BinaryIO, *, shared: bool) -> bool:
        del shared  # msvcrt knows only exclusive locks
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True
else:
    import fcntl

    def _try_lock(file: BinaryIO, *, shared: bool) -> bool:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """An exclusive lock, held from a successful `acquire` to `release` or the process's end.

    The holder's process id stands in the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting.

        Returns:
            Whether it is ours now.

        Raises:
            OSError: the file cannot be opened or written.
        """
        # Unbuffered, "r+" semantics with creation: the file must not be emptied before it is ours.
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
        if not _try_lock(file, shared=False):
            file.close()
            return False
        try:
            file.truncate(0)
            file.write(str(os.getpid()).encode())
        except OSError:  # a full disk: the lock is what counts, the number only helps `kill`
            pass
        self._file = file
        return True

    def release(self) -> None:
        """Let go. A second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock.

    The look itself takes a shared lock for some microseconds, so whoever acquires should try
    more than once.
    """
    try:
        with path.open("rb") as file:
            return not _try_lock(file, shared=True)
    except OSError:
        return False


def holder_pid(path: Path) -> int | None:
    """Process id of the holder; None when nobody holds the lock or it is not known."""
    if not is_locked(path):
        return None
    try:
        return int(path.read_bytes())
    except (OSError, ValueError):
        return None
