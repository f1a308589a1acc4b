"""Follows the run folders that report epoch metrics. Knows Qt's signals, but no widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.gui.training.curves import RunCurves
from studio.runs.events import EpochMetrics
from studio.runs.folder import RunStatus
from studio.runs.store import RunEntry, RunStore
from studio.runs.watch import RunWatcher

MOST_READS_A_POLL = 4
"""Of at most 256 KiB each: together some milliseconds, however long the logs are."""

_READ_BYTES = 256 * 1024


@dataclass(slots=True)
class TrainingRun:
    """A run that reported epoch metrics.

    Attributes:
        name: of its folder.
        title: as shown to the user.
        status: what state it is in.
        created_seconds: unix time.
        curves: its metrics so far.
    """

    name: str
    title: str
    status: RunStatus
    created_seconds: float
    curves: RunCurves = field(default_factory=RunCurves)


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

    runs_changed = Signal()  # a run came, went, or changed title or status
    curves_changed = Signal()  # new points

    def __init__(self, runs_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = RunStore(runs_dir)
        self._followed: dict[str, _Followed] = {}
        self._next = 0
        self._listed: list[tuple[str, str, RunStatus, int]] = []

    @property
    def runs_dir(self) -> Path:
        """Where runs are looked for."""
        return self._store.runs_dir

    @property
    def runs(self) -> list[TrainingRun]:
        """Those that have reported metrics, newest first."""
        runs = [each.run for each in self._followed.values() if each.run.curves.metrics]
        return sorted(runs, key=lambda run: (run.created_seconds, run.name), reverse=True)

    @property
    def metrics(self) -> list[str]:
        """Of all runs, in the order in which they first came."""
        return list(dict.fromkeys(name for run in self.runs for name in run.curves.metrics))

    def poll(self) -> None:
        """Look for new runs and new events, for some milliseconds at most."""
        self._follow(self._store.entries())
        has_points = self._read()
        listed = [(r.name, r.title, r.status, r.curves.last_epoch) for r in self.runs]
        if listed != self._listed:
            self._listed = listed
            self.runs_changed.emit()
        if has_points:
            self.curves_changed.emit()

    def _follow(self, entries: list[RunEntry]) -> None:
        names = {entry.folder.name for entry in entries}
        self._followed = {name: each for name, each in self._followed.items() if name in names}
        for entry in entries:
            name = entry.folder.name
            known = self._followed.get(name)
            if known is None:
                run = TrainingRun(name, entry.title, entry.status, entry.created_seconds)
                self._followed[name] = _Followed(run, RunWatcher(entry.folder, _READ_BYTES))
            else:
                known.run.title, known.run.status = entry.title, entry.status
                # A crashed run may be resumed in its folder.
                known.is_done = known.is_done and not entry.status.is_live

    def _read(self) -> bool:
        """Read on, taking turns, so that one long log does not hold up the others."""
        open_runs = [each for each in self._followed.values() if not each.is_done]
        has_points = False
        for _ in range(max(MOST_READS_A_POLL, 0)):
            if not open_runs:
                break
            self._next = (self._next + 1) % len(open_runs)
            followed = open_runs[self._next]
            update = followed.watcher.poll()
            for event in update.events:
                if isinstance(event, EpochMetrics):
                    followed.run.curves.add(event)
                    has_points = True
            if update.is_caught_up:
                followed.is_done = not update.status.is_live
                open_runs.remove(followed)
        return has_points
