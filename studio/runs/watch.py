"""Follow a run as it happens, reading only what was added."""

from __future__ import annotations

import os
from dataclasses import dataclass

from studio.runs.events import AnyEvent, Terminal, decode_lines
from studio.runs.folder import RunFolder, RunStatus, status_of

_MOST_BYTES_PER_POLL = 1 << 20


@dataclass(frozen=True, slots=True)
class RunUpdate:
    """What a look at a run brought.

    Attributes:
        events: new ones, in order.
        status: what state the run is in now.
        is_caught_up: whether all there was has been read; if not, poll again soon.
        is_gone: whether the run folder has been deleted or moved.
    """

    events: list[AnyEvent]
    status: RunStatus
    is_caught_up: bool
    is_gone: bool = False


class RunWatcher:
    """Reads a run's log bit by bit. It starts no thread and waits for nothing: call `poll`.

    When an update says that the run has ended and that it is caught up, all events have been
    delivered, the last word included. Should the run be resumed, later polls bring what follows.

    Args:
        folder: of the run.
        most_bytes: read at one poll (1 MiB parses in 5 ms), so that a long log does not stall
            who reads it.
    """

    def __init__(self, folder: RunFolder, most_bytes: int = _MOST_BYTES_PER_POLL) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._offset = 0
        self._rest = b""
        self._skipped = 0
        self._terminal: Terminal | None = None

    @property
    def folder(self) -> RunFolder:
        """Of the run that is followed."""
        return self._folder

    @property
    def skipped(self) -> int:
        """Lines that were not understood so far."""
        return self._skipped

    def poll(self) -> RunUpdate:
        """Read what was added since the last time."""
        # The status first, the events after: what ended the run is then among them.
        is_resuming = self._folder.is_resuming()
        status = self._folder.status()
        data, is_caught_up = self._read()
        decoded = decode_lines(self._rest + data)
        self._rest = decoded.rest
        self._skipped += decoded.skipped
        if decoded.events:
            last = decoded.events[-1]
            self._terminal = last if isinstance(last, Terminal) else None
        if self._terminal is not None and is_caught_up and not is_resuming:
            status = status_of(self._terminal)
        is_gone = not self._folder.path.is_dir()
        return RunUpdate(decoded.events, status, is_caught_up, is_gone)

    def _read(self) -> tuple[bytes, bool]:
        """The next stretch of the log, and whether it is the last for now."""
        try:
            with self._folder.events_file.open("rb") as file:
                end = os.fstat(file.fileno()).st_size
                file.seek(self._offset)
                data = file.read(self._most_bytes)
        except OSError:
            return b"", True
        self._offset += len(data)
        return data, self._offset >= end
