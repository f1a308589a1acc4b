"""One run folder: where its files lie, and what state it is in."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.errors import RunError, output_error
from studio.runs.events import Artifact, Failed, Finished, Stopped, Terminal, decode_lines
from studio.runs.lock import is_locked
from studio.runs.record import RunRecord, decode_record, encode_record

STARTING_SECONDS = 10.0
"""How long a launched worker may take to begin before it counts as crashed."""

_TAIL_BYTES = 16 * 1024


class RunStatus(StrEnum):
    """What state a run is in; computed, never stored."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    CRASHED = "crashed"

    @property
    def is_live(self) -> bool:
        """Whether a worker is at it, or about to be."""
        return self in (RunStatus.STARTING, RunStatus.RUNNING)


_STATUS_AFTER: dict[type[Terminal], RunStatus] = {
    Finished: RunStatus.FINISHED,
    Failed: RunStatus.FAILED,
    Stopped: RunStatus.STOPPED,
}


def status_of(terminal: Terminal) -> RunStatus:
    """The state that a terminal event leaves a run in."""
    return _STATUS_AFTER[type(terminal)]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run folder; it may be damaged, or gone.

    Attributes:
        path: absolute.
    """

    path: Path

    @property
    def name(self) -> str:
        """Of the folder; names a run among its siblings."""
        return self.path.name

    @property
    def record_file(self) -> Path:
        """`run.json`, written once."""
        return self.path / "run.json"

    @property
    def events_file(self) -> Path:
        """`events.jsonl`, append-only."""
        return self.path / "events.jsonl"

    @property
    def lock_file(self) -> Path:
        """Locked while the worker lives."""
        return self.path / "lock"

    @property
    def stop_file(self) -> Path:
        """Its presence asks for a graceful stop."""
        return self.path / "stop"

    @property
    def resume_file(self) -> Path:
        """There from the wish to resume the run until its worker says that it has started."""
        return self.path / "resume"

    @property
    def log_file(self) -> Path:
        """What the worker and its libraries wrote to their output."""
        return self.path / "worker.log"

    @property
    def note_file(self) -> Path:
        """What the user may change later: the title."""
        return self.path / "note.json"

    @property
    def artifacts_dir(self) -> Path:
        """Files that the run made."""
        return self.path / "artifacts"

    def artifact_path(self, artifact: Artifact) -> Path:
        """Where an artifact of this run lies."""
        return self.path / artifact.path

    def record(self) -> RunRecord:
        """Read `run.json`.

        Raises:
            RunError: it is missing, damaged, or from a newer studio.
        """
        try:
            data = self.record_file.read_bytes()
        except OSError as error:
            raise RunError(
                "The description of this run (run.json) cannot be read.",
                remedy="Its other files can still be opened from its folder.",
                details=repr(error),
            ) from error
        return decode_record(data)

    def terminal(self) -> Terminal | None:
        """The run's last word, read from the end of its log; None when it has none.

        A run that was resumed goes on behind its last word, which then is no longer the last.
        """
        try:
            with self.events_file.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                size = _TAIL_BYTES
                while True:
                    start = max(0, end - size)
                    file.seek(start)
                    tail = file.read(end - start)
                    lines = tail.rstrip(b"\n").rpartition(b"\n")
                    if lines[1] or start == 0:
                        break
                    size *= 4  # the last line alone is longer: a Failed with long details
        except OSError:
            return None
        events = decode_lines(lines[2] + b"\n").events if tail.endswith(b"\n") else []
        last = events[-1] if events else None
        return last if isinstance(last, Terminal) else None

    def status(self) -> RunStatus:
        """What state the run is in."""
        if self.is_resuming():  # first: it goes when the last word has ceased to be the last
            return RunStatus.STARTING
        # Then the lock: a worker writes its last word before it lets go. Asked the other way
        # round, one that ends in between would count as crashed.
        is_held = is_locked(self.lock_file)
        terminal = self.terminal()
        if terminal is not None:
            return status_of(terminal)
        if is_held:
            return RunStatus.RUNNING
        return self._unlocked_status()

    def is_resuming(self) -> bool:
        """Whether a worker is about to go on with the run."""
        return _is_recent(self.resume_file)

    def _unlocked_status(self) -> RunStatus:
        """Starting or crashed: no worker holds the lock and there is no last word."""
        try:
            has_events = self.events_file.stat().st_size > 0
        except OSError:
            has_events = False
        if not has_events and _is_recent(self.record_file):
            return RunStatus.STARTING
        # One that was resumed since the first look has a lock and no last word either.
        return RunStatus.RUNNING if is_locked(self.lock_file) else RunStatus.CRASHED


def _is_recent(file: Path) -> bool:
    """Whether a file is there and so new that a worker may still be starting for it."""
    try:
        age_seconds = time.time() - file.stat().st_mtime
    except OSError:
        return False
    return abs(age_seconds) < STARTING_SECONDS  # a clock that was set back keeps nothing alive


def create_run_folder(runs_dir: Path, record: RunRecord) -> RunFolder:
    """Make the folder of a new run, complete at the moment it appears.

    Args:
        runs_dir: where run folders lie; made if needed.
        record: what `run.json` will hold.

    Returns:
        A folder `<time>_<job>`, with `-2`, `-3`, ... behind it when that name is taken.

    Raises:
        OutputError: it cannot be written.
    """
    runs_dir = runs_dir.absolute()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(record.created_seconds))
    building: Path | None = None
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=runs_dir))
        building.chmod(0o755)  # mkdtemp's 0700 would keep a team from reading the run
        (building / "artifacts").mkdir()
        (building / "run.json").write_bytes(encode_record(record))
        return RunFolder(_move_to_free_name(building, runs_dir / f"{stamp}_{record.job}"))
    except OSError as error:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
        raise output_error(runs_dir, error) from error


def _move_to_free_name(source: Path, wanted: Path) -> Path:
    """Rename a folder to the first free one of `wanted`, `wanted-2`, ..."""
    number = 1
    while True:
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        # A rename onto a folder with something in it fails, and run folders have something in
        # them from the start: so two creators never get the same name, without a lock.
        try:
            return source.rename(target)
        except OSError:
            if not target.exists():
                raise
        number += 1
