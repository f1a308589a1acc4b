"""Follows training runs and carries out what the user asks of them. Knows no widget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.gui.training.notes import read_note, write_note
from studio.gui.training.run import JOB, TrainingRun
from studio.jobs import JOBS
from studio.runs.folder import RunFolder
from studio.runs.launch import kill, launch, reap, request_stop, resume
from studio.runs.store import RunEntry, RunStore, TrashedRun
from studio.runs.watch import RunWatcher

MOST_READS_A_POLL = 3
"""Of at most 128 KiB each: together some milliseconds, however long the logs are."""

_READ_BYTES = 128 * 1024
_LIST_BUDGET_SECONDS = 0.005


@dataclass(slots=True)
class _Followed:
    run: TrainingRun
    watcher: RunWatcher
    is_done: bool = False


class TrainingViewModel(QObject):
    """All training runs below a folder; call `poll` from a timer.

    Args:
        runs_dir: need not exist yet.
    """

    runs_changed = Signal()  # a run came, went, or is told in other words
    curves_changed = Signal()  # new points, other runs, other titles
    failed = Signal(object)  # StudioError
    launched = Signal(str)  # name of the run that was started or resumed here
    deleted = Signal(object, str)  # TrashedRun for `restore`, and the run's title

    def __init__(self, runs_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = RunStore(runs_dir)
        self._followed: dict[str, _Followed] = {}
        self._next = 0
        self._listed: list[object] = []
        self._drawn: list[tuple[str, str]] = []
        self._is_behind = False
        self._has_seen_all = False

    @property
    def runs_dir(self) -> Path:
        """Where runs are looked for."""
        return self._store.runs_dir

    @property
    def runs(self) -> list[TrainingRun]:
        """Trainings, and whatever else reports metrics as they do; newest first."""
        runs = [each.run for each in self._followed.values() if each.run.is_shown]
        return sorted(runs, key=lambda run: (run.created_seconds, run.name), reverse=True)

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return self._is_behind

    def run_named(self, name: str) -> TrainingRun | None:
        """The run of a folder; None when there is no such training."""
        followed = self._followed.get(name)
        return followed.run if followed is not None and followed.run.is_shown else None

    # -- following -----------------------------------------------------------------------------

    def poll(self, budget_seconds: float = _LIST_BUDGET_SECONDS) -> None:
        """Look for new runs and new events, for some milliseconds at most.

        Args:
            budget_seconds: for runs that were never looked at; the rest comes at the next poll.
        """
        reap()
        self._follow(self._store.entries(budget_seconds))
        has_points = self._read()
        runs = self.runs
        listed: list[object] = [_told(run) for run in runs]
        # Half a list at the first sight would tick the wrong runs.
        self._has_seen_all = self._has_seen_all or self._store.is_complete
        if listed != self._listed and self._has_seen_all:
            self._listed = listed
            self.runs_changed.emit()
        drawn = [(run.name, run.title) for run in runs]
        if has_points or drawn != self._drawn:
            self._drawn = drawn
            self.curves_changed.emit()

    def _follow(self, entries: list[RunEntry]) -> None:
        names = {entry.folder.name for entry in entries}
        if self._store.is_complete:
            self._followed = {name: each for name, each in self._followed.items() if name in names}
        for entry in entries:
            name = entry.folder.name
            known = self._followed.get(name)
            if known is not None:
                if entry is not known.run.row.entry:
                    known.run.row.entry = entry
                    known.run.note = read_note(entry.folder)
                # A run that ended may be resumed in its folder.
                known.is_done = known.is_done and not entry.status.is_live
            elif _may_train(entry):
                run = TrainingRun(entry, time.time())
                run.note = read_note(entry.folder)
                self._followed[name] = _Followed(run, RunWatcher(entry.folder, _READ_BYTES))

    def _read(self) -> bool:
        """Read on, taking turns, so that one long log does not hold up the others."""
        open_runs = [each for each in self._followed.values() if not each.is_done]
        has_points = False
        for _ in range(MOST_READS_A_POLL):
            if not open_runs:
                break
            self._next = (self._next + 1) % len(open_runs)
            followed = open_runs[self._next]
            update = followed.watcher.poll()
            has_points |= followed.run.take(update)
            if update.is_caught_up:
                followed.is_done = not update.status.is_live
                open_runs.remove(followed)
        self._is_behind = bool(open_runs) or not self._store.is_complete
        return has_points

    # -- commands ------------------------------------------------------------------------------

    def launch(
        self, job: str, spec: object, title: str, parents: tuple[str, ...] = ()
    ) -> RunFolder | None:
        """Start a run; None when it could not be, which `failed` then tells."""
        made: list[RunFolder] = []
        runs_dir = self._store.runs_dir
        if not self._try(
            lambda: made.append(launch(job, spec, title=title, parents=parents, runs_dir=runs_dir))
        ):
            return None
        if job == JOB:
            self.poll(math.inf)  # what the user did is there to see at once
            self.launched.emit(made[0].name)
        return made[0]

    def stop(self, run: TrainingRun) -> None:
        """Ask a run to stop; one that did not listen for a while is ended by force."""
        now_seconds = time.time()
        row = run.row
        if row.can_be_killed(now_seconds):
            self._try(lambda: kill(run.folder))
        elif run.is_live and self._try(lambda: request_stop(run.folder)):
            row.stop_asked_seconds = row.stop_asked_seconds or now_seconds
        self.runs_changed.emit()

    def resume(self, run: TrainingRun) -> None:
        """Go on with a run that ended before it was done."""
        if self._try(lambda: resume(run.folder)):
            run.row.stop_asked_seconds = None
            self.poll(math.inf)  # what the user did is there to see at once
            self.launched.emit(run.name)

    def rename(self, run: TrainingRun, title: str) -> None:
        """Give a run another title; an empty one brings the first back."""
        if self._try(lambda: self._store.rename(run.folder, title)):
            self.poll(math.inf)  # what the user did is there to see at once

    def set_note(self, run: TrainingRun, note: str) -> None:
        """Write another note; an empty one takes it away."""
        if self._try(lambda: write_note(run.folder, note)):
            run.note = read_note(run.folder)
            self.runs_changed.emit()

    def delete(self, run: TrainingRun) -> None:
        """Put a run into the trash; `deleted` tells how to get it back."""
        trashed: list[TrashedRun] = []
        if self._try(lambda: trashed.append(self._store.delete(run.folder))):
            self.poll(math.inf)  # what the user did is there to see at once
            self.deleted.emit(trashed[0], run.title)

    def restore(self, trashed: TrashedRun) -> None:
        """Bring a deleted run back."""
        if self._try(lambda: self._store.restore(trashed)):
            self.poll(math.inf)  # what the user did is there to see at once

    def _try(self, command: Callable[[], object]) -> bool:
        """Carry out a command of the user; a failure is told, not raised."""
        try:
            command()
        except StudioError as error:
            self.failed.emit(error)
            return False
        return True


def _may_train(entry: RunEntry) -> bool:
    """Whether a log is worth reading: known jobs other than training report no metrics."""
    return entry.record is None or entry.record.job == JOB or entry.record.job not in JOBS


def _told(run: TrainingRun) -> tuple[object, ...]:
    """What the list says of a run."""
    steps = run.steps.done if run.steps is not None else -1
    warned = len(run.row.warnings)
    return run.name, run.title, run.note, run.row.chip, run.curves.version, steps, warned
