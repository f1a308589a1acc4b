"""A file that appears under its name only when it is complete."""

from __future__ import annotations

import os
import secrets
from io import BufferedRandom
from pathlib import Path

from studio.errors import output_error


class AtomicFile:
    """A hidden temporary file beside the final one, renamed over it by `commit`.

    Args:
        path: the final name.

    Attributes:
        path: the final name.
        file: open for reading and writing, at its start.

    Raises:
        OutputError: the folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # In the same folder: a rename across disks is a copy, and that can be cut in two.
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}.part")
        try:
            if path.is_dir():
                raise IsADirectoryError(21, "Is a directory", str(path))
            self.file: BufferedRandom = self._temporary.open("x+b")
        except OSError as error:
            raise output_error(path, error) from error

    def commit(self, path: Path | None = None, *, is_synced: bool = True) -> None:
        """Give the file its final name.

        Args:
            path: another name in the same folder; None for the one it was made for.
            is_synced: whether to wait until it is on the disk, so that a power cut right after
                leaves it whole.

        Raises:
            OutputError: the disk is full, or the name was taken away.
        """
        try:
            self.file.flush()
            if is_synced:
                os.fsync(self.file.fileno())
            self.file.close()
            self._temporary.replace(path or self.path)
        except OSError as error:
            self.discard()
            raise output_error(self.path, error) from error

    def discard(self) -> None:
        """Remove what was written. A second call does nothing."""
        try:
            self.file.close()
        except OSError:
            # Its last buffer does not fit on the full disk; the file goes anyway.
            self.file.raw.close()
        self._temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, is_synced: bool = True) -> None:
    """Write a file that is there at once: it appears whole or not at all.

    Args:
        path: of the file.
        content: all of it.
        is_synced: as in `AtomicFile.commit`.

    Raises:
        OutputError: it cannot be written.
    """
    target = AtomicFile(path)
    try:
        target.file.write(content)
    except OSError as error:
        target.discard()
        raise output_error(path, error) from error
    target.commit(is_synced=is_synced)
