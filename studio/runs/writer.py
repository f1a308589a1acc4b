"""Append events to a run's log, through full disks too."""

from __future__ import annotations

import os
import threading

from studio.errors import output_error
from studio.runs.events import AnyEvent, Terminal, encode
from studio.runs.folder import RunFolder

_RESERVE_BYTES = 64 * 1024


class EventWriter:
    """Appends events to `events.jsonl`, each line at once; safe to share between threads.

    A full disk loses events, never the run: what cannot be written is dropped, and space that
    was held back from the start is given up so that the last word still fits.

    Args:
        folder: of a run that this process has locked.

    Raises:
        OutputError: the log cannot be opened.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._mutex = threading.Lock()
        self._reserve = folder.path / "reserve"
        self._is_closed = False
        self._dropped = 0
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            self._file = os.open(folder.events_file, flags, 0o644)
        except OSError as error:
            raise output_error(folder.events_file, error) from error
        self._is_torn = _ends_torn(self._file)  # a worker that was killed left half a line
        try:
            self._reserve.write_bytes(b"\0" * _RESERVE_BYTES)
        except OSError:
            self._give_up_reserve()

    @property
    def dropped(self) -> int:
        """Events that could not be written."""
        return self._dropped

    def write(self, event: AnyEvent) -> bool:
        """Append an event. A terminal one closes the log; later ones are not written.

        Returns:
            Whether the event is in the log.

        Raises:
            TypeError: it holds something that JSON cannot express.
        """
        line = encode(event)
        with self._mutex:
            if self._is_closed:
                return False
            is_written = self._append(line)
            self._dropped += not is_written
            if isinstance(event, Terminal):
                self._close()
            return is_written

    def close(self) -> None:
        """Close the log without a last word. A second call does nothing."""
        with self._mutex:
            if not self._is_closed:
                self._close()

    def _close(self) -> None:
        self._is_closed = True
        os.close(self._file)
        self._give_up_reserve()

    def _append(self, line: bytes) -> bool:
        """Write one line; on a full disk give up the reserve and try once more."""
        return self._write(line) or (self._give_up_reserve() and self._write(line))

    def _write(self, line: bytes) -> bool:
        # A line that a full disk or a kill cut off gets its newline now: only that one is lost.
        data = b"\n" + line if self._is_torn else line
        try:
            written = os.write(self._file, data)
        except OSError:
            return False
        self._is_torn = written < len(data)
        return not self._is_torn

    def _give_up_reserve(self) -> bool:
        """Free the space that was held back; whether there was any."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True


def _ends_torn(file: int) -> bool:
    """Whether a log ends within a line."""
    end = os.lseek(file, 0, os.SEEK_END)
    if end == 0:
        return False
    os.lseek(file, end - 1, os.SEEK_SET)
    return os.read(file, 1) != b"\n"
