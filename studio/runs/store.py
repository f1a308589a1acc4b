"""All runs of a workspace: list, rename, delete and restore."""

from __future__ import annotations

import math
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from studio.errors import RunError, output_error
from studio.runs.events import Artifact, Terminal
from studio.runs.folder import RunFolder, RunStatus, status_of
from studio.runs.record import RunRecord

KEEP_TRASHED_DAYS = 30.0
"""How long a deleted run can be restored at least."""

_TRASH = ".trash"
_DAY_SECONDS = 86_400.0


class _Note(msgspec.Struct, frozen=True):
    """`note.json`: what the user may change later; `run.json` is written once."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run in the list.

    Attributes:
        folder: of the run.
        record: what it was asked to do; None when that cannot be read.
        title: as shown to the user.
        status: what state it is in.
        terminal: its last word; None while it has none.
        created_seconds: unix time.
        changed_seconds: unix time of the last event; `created_seconds` when there is none.
        problem: what is wrong with the folder, in words; empty when nothing is.
        remedy: what can be done about it.
    """

    folder: RunFolder
    record: RunRecord | None
    title: str
    status: RunStatus
    terminal: Terminal | None
    created_seconds: float
    changed_seconds: float
    problem: str = ""
    remedy: str = ""

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """What a run that has ended made."""
        return () if self.terminal is None else self.terminal.artifacts


@dataclass(frozen=True, slots=True)
class TrashedRun:
    """A deleted run that can be restored.

    Attributes:
        name: of its folder, before and after.
        path: where it lies now.
    """

    name: str
    path: Path


_Stamps = tuple[int, int, int]
"""Time of change (ns) of the folder, and time of change and size of its events."""


class RunStore:
    """The run folders below one folder.

    Args:
        runs_dir: need not exist yet.
    """

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir.absolute()
        self._known: dict[str, tuple[_Stamps, RunEntry]] = {}
        self._is_complete = True

    @property
    def runs_dir(self) -> Path:
        """Where the run folders lie."""
        return self._runs_dir

    @property
    def is_complete(self) -> bool:
        """Whether the last `entries` had the time to read all runs."""
        return self._is_complete

    def entries(self, budget_seconds: float = math.inf) -> list[RunEntry]:
        """All runs, newest first; damaged ones too, with what is wrong in `problem`.

        Cheap to call often: of a run that has ended only the time of change is looked at.

        Args:
            budget_seconds: when it is used up, runs that were never read are left out, the
                oldest first; call again for more, see `is_complete`.
        """
        deadline = time.monotonic() + budget_seconds
        try:
            with os.scandir(self._runs_dir) as found:
                names = [e.name for e in found if not e.name.startswith(".") and e.is_dir()]
        except OSError:
            names = []
        self._known = {name: self._known[name] for name in names if name in self._known}
        self._is_complete = True
        entries = []
        for name in sorted(names, reverse=True):  # names begin with the time
            if name not in self._known and time.monotonic() > deadline:
                self._is_complete = False
                continue
            entries.append(self.entry(RunFolder(self._runs_dir / name)))
        entries.sort(key=lambda entry: (entry.created_seconds, entry.folder.name), reverse=True)
        return entries

    def entry(self, folder: RunFolder) -> RunEntry:
        """One run as it is listed."""
        known = self._known.get(folder.name)
        # Nothing follows a last word unless the run is resumed; that, like a new title, makes a
        # file: the folder tells.
        is_over = known is not None and known[1].terminal is not None
        changed_ns, _ = _stat(folder.path)
        stamps = (changed_ns, *((0, 0) if is_over else _stat(folder.events_file)))
        if known is not None and known[0] == stamps and not known[1].status.is_live:
            return known[1]
        entry = _read_entry(folder)
        self._known[folder.name] = (
            (changed_ns, 0, 0) if entry.terminal is not None else stamps,
            entry,
        )
        return entry

    def rename(self, folder: RunFolder, title: str) -> None:
        """Give a run another title; an empty one brings the first back.

        Raises:
            OutputError: it cannot be written.
        """
        temporary = folder.note_file.with_suffix(".tmp")
        try:
            temporary.write_bytes(msgspec.json.encode(_Note(title=title.strip())))
            temporary.replace(folder.note_file)
        except OSError as error:
            raise output_error(folder.note_file, error) from error

    def delete(self, folder: RunFolder) -> TrashedRun:
        """Put a run into the trash.

        Returns:
            What `restore` takes to undo it.

        Raises:
            RunError: its worker is still at it, or it is gone already.
            OutputError: it cannot be moved.
        """
        if folder.status().is_live:
            raise RunError(
                f"The run {folder.name} is still at work.", remedy="Stop it, then delete it."
            )
        trash = self._runs_dir / _TRASH
        # The time in front keeps a second run of the same name apart from the first.
        target = trash / f"{time.time_ns()}_{folder.name}"
        try:
            trash.mkdir(exist_ok=True)
            folder.path.rename(target)
        except FileNotFoundError as error:
            raise RunError(f"The run {folder.name} has already been deleted.") from error
        except OSError as error:
            raise output_error(target, error) from error
        return TrashedRun(folder.name, target)

    def restore(self, trashed: TrashedRun) -> RunFolder:
        """Bring a deleted run back.

        Raises:
            RunError: it was purged, or its place is taken.
            OutputError: it cannot be moved.
        """
        folder = RunFolder(self._runs_dir / trashed.name)
        if folder.path.exists():
            raise RunError(f"Another run has taken the place of {trashed.name}.")
        try:
            trashed.path.rename(folder.path)
        except FileNotFoundError as error:
            raise RunError(f"The run {trashed.name} is no longer in the trash.") from error
        except OSError as error:
            raise output_error(folder.path, error) from error
        return folder

    def trashed(self) -> list[TrashedRun]:
        """Deleted runs, the latest first."""
        try:
            found = sorted((self._runs_dir / _TRASH).iterdir(), reverse=True)
        except OSError:
            return []
        return [TrashedRun(path.name.partition("_")[2], path) for path in found]

    def purge(self, older_than_days: float = 0.0) -> int:
        """Delete for good what has lain in the trash; what resists is left there.

        Checkpoints are large: this may take seconds, so no window calls it. Workers do, behind
        their last word, and so does `jejunet runs --purge`.

        Args:
            older_than_days: spare what was deleted more recently.

        Returns:
            How many runs are gone.
        """
        before_ns = time.time_ns() - round(older_than_days * _DAY_SECONDS * 1e9)
        purged = 0
        for trashed in self.trashed():
            stamp = trashed.path.name.partition("_")[0]
            if stamp.isdecimal() and int(stamp) <= before_ns:
                shutil.rmtree(trashed.path, ignore_errors=True)
                purged += not trashed.path.exists()
        return purged


def _stat(path: Path) -> tuple[int, int]:
    """Time of change in ns and size in bytes; zeros when there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _read_entry(folder: RunFolder) -> RunEntry:
    status = folder.status()  # before the last word, see RunFolder.status
    # While a worker is about to resume the run, the last word that is there is none.
    terminal = None if status is RunStatus.STARTING else folder.terminal()
    record: RunRecord | None = None
    problem = remedy = ""
    try:
        record = folder.record()
        created_seconds = record.created_seconds
    except RunError as error:
        problem, remedy = error.message, error.remedy
        created_seconds = _stat(folder.path)[0] / 1e9
    changed_seconds = _stat(folder.events_file)[0] / 1e9
    return RunEntry(
        folder=folder,
        record=record,
        title=_title(folder, record),
        status=status if terminal is None else status_of(terminal),
        terminal=terminal,
        created_seconds=created_seconds,
        changed_seconds=max(created_seconds, changed_seconds),
        problem=problem,
        remedy=remedy,
    )


def _title(folder: RunFolder, record: RunRecord | None) -> str:
    """The user's, or the record's, or the folder's name."""
    try:
        noted = msgspec.json.decode(folder.note_file.read_bytes(), type=_Note).title
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        noted = ""
    return noted or (record.title if record is not None else "") or folder.name
