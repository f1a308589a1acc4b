"""The state of the jobs list: follows run folders, and carries out what the user asks of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.errors import StudioError
from studio.gui.jobs.list_model import JobListModel
from studio.gui.jobs.row import JobRow
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import kill, launch, reap, request_stop
from studio.runs.store import RunStore, TrashedRun

_FOLLOW_MILLIS = 250
_DISCOVER_SECONDS = 1.0
_CATCH_UP_MILLIS = 15
_LIST_BUDGET_SECONDS = 0.005


class JobsModel(QObject):
    """All runs of a workspace, those of other windows too.

    It reads folders in small slices in the GUI thread and waits for nothing. Runs go on when it
    is gone.

    Args:
        runs_dir: where run folders lie.
    """

    failed = Signal(object)  # StudioError: a command failed, or a run launched here did
    launched = Signal(object)  # JobRow of a run that was started here
    finished = Signal(object)  # RunEntry of a run that finished while it was followed
    run_failed = Signal(object)  # RunEntry of a run that failed or crashed while it was followed
    running_changed = Signal(int)  # how many runs are live
    deleted = Signal(object)  # TrashedRun, to be given to `restore`

    def __init__(self, runs_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.list = JobListModel(self)
        self.list.renamed.connect(self.rename)
        self._store = RunStore(runs_dir)
        self._running = 0
        self._launched: set[str] = set()
        self._next_discovery_at = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._timer.start(0)

    @property
    def running(self) -> int:
        """How many runs are live."""
        return self._running

    @property
    def runs_dir(self) -> Path:
        """Where run folders lie."""
        return self._store.runs_dir

    def launch(self, job: str, spec: object, title: str) -> RunFolder | None:
        """Start a run.

        Args:
            job: name in the table of jobs.
            spec: the job's spec.
            title: as shown to the user.

        Returns:
            Its folder; None when it could not be started, which `failed` then tells.
        """
        try:
            folder = launch(job, spec, title=title, runs_dir=self._store.runs_dir)
        except StudioError as error:
            self.failed.emit(error)
            return None
        self._launched.add(folder.name)
        row = JobRow(self._store.entry(folder), time.time())
        self.list.add(row)
        self._count_running()
        self._timer.start(_FOLLOW_MILLIS)
        self.launched.emit(row)
        return folder

    def stop(self, row: JobRow) -> None:
        """Ask a run to stop; one that did not listen for a while is ended by force."""
        now_seconds = time.time()
        if row.can_be_killed(now_seconds):
            self._try(lambda: kill(row.entry.folder))
        elif row.is_live and self._try(lambda: request_stop(row.entry.folder)):
            row.stop_asked_seconds = row.stop_asked_seconds or now_seconds
            self.list.changed(row)

    def rename(self, row: JobRow, title: str) -> None:
        """Give a run another title; an empty one brings the first back."""
        if self._try(lambda: self._store.rename(row.entry.folder, title)):
            row.entry = self._store.entry(row.entry.folder)
            self.list.changed(row)

    def delete(self, row: JobRow) -> None:
        """Put a run into the trash; `deleted` tells how to get it back."""
        trashed: list[TrashedRun] = []
        if self._try(lambda: trashed.append(self._store.delete(row.entry.folder))):
            self.list.remove(row)
            self.deleted.emit(trashed[0])

    def restore(self, trashed: TrashedRun) -> None:
        """Bring a deleted run back into the list."""
        folders: list[RunFolder] = []
        if self._try(lambda: folders.append(self._store.restore(trashed))):
            self.list.add(JobRow(self._store.entry(folders[0]), time.time()))

    def refresh(self) -> None:
        """Look for changes now, those of other windows too; the timer does so by itself."""
        self._next_discovery_at = 0.0
        self._look()

    def _look(self) -> None:
        reap()
        now = time.monotonic()
        is_behind = False
        for row in [row for row in self.list.rows if row.watcher is not None]:
            is_behind |= self._follow(row)
        if now >= self._next_discovery_at:
            self._discover()
            if self._store.is_complete:
                self._next_discovery_at = now + _DISCOVER_SECONDS
            else:
                is_behind = True
        self._count_running()
        # While runs are live the list moves; else only new runs of other windows matter.
        pause_millis = _FOLLOW_MILLIS if self._running else round(_DISCOVER_SECONDS * 1000)
        self._timer.start(_CATCH_UP_MILLIS if is_behind else pause_millis)

    def _follow(self, row: JobRow) -> bool:
        """Read on in a live run; whether there is more to read at once."""
        assert row.watcher is not None
        update = row.watcher.poll()
        if update.is_gone:
            self.list.remove(row)
            return False
        row.take(update)
        is_over = update.is_caught_up and not update.status.is_live
        if is_over:
            row.watcher = None
            row.entry = self._store.entry(row.entry.folder)
        self.list.changed(row)
        if is_over:
            self._announce_end(row)
        return not update.is_caught_up

    def _announce_end(self, row: JobRow) -> None:
        if row.entry.status is RunStatus.FINISHED:
            self.finished.emit(row.entry)
        elif row.entry.status in (RunStatus.FAILED, RunStatus.CRASHED):
            self.run_failed.emit(row.entry)
            error = row.error_with_log() if row.name in self._launched else None
            if error is not None:
                self.failed.emit(error)
        self._launched.discard(row.name)

    def _discover(self) -> None:
        """Bring the list in line with the folder."""
        entries = self._store.entries(_LIST_BUDGET_SECONDS)
        rows = {row.name: row for row in self.list.rows}
        for entry in entries:
            row = rows.pop(entry.folder.name, None)
            if row is None:
                self.list.add(JobRow(entry, time.time()))
            elif row.watcher is None and row.entry is not entry:
                # A worker that was late to lock its folder counted as crashed until now.
                is_live_again = entry.status.is_live
                row.entry = entry
                if is_live_again:
                    self.list.remove(row)
                    self.list.add(JobRow(entry, time.time()))
                else:
                    self.list.changed(row)
        if self._store.is_complete:
            for row in rows.values():
                self.list.remove(row)

    def _count_running(self) -> None:
        running = sum(row.is_live for row in self.list.rows)
        if running != self._running:
            self._running = running
            self.running_changed.emit(running)

    def _try(self, command: Callable[[], object]) -> bool:
        """Carry out a command of the user; a failure is told, not raised."""
        try:
            command()
        except StudioError as error:
            self.failed.emit(error)
            return False
        return True
