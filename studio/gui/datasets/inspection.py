"""Runs the check of a dataset in a process of its own, and follows it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.data.report import DatasetReport, InspectSpec, read_report
from studio.errors import InputError, RunError, StudioError, WorkerError
from studio.runs.events import Failed, Progress, Terminal
from studio.runs.folder import RunFolder
from studio.runs.launch import launch, request_stop
from studio.runs.watch import RunWatcher

_POLL_MILLIS = 200


class Inspection(QObject):
    """One check at a time; the latest one that was started is the one that is heard of.

    Args:
        runs_dir: where run folders lie; the workspace's for None.
    """

    started = Signal()
    progressed = Signal(object)  # Progress
    finished = Signal(object)  # DatasetReport
    failed = Signal(object)  # StudioError

    def __init__(self, runs_dir: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs_dir = runs_dir
        self._folder: RunFolder | None = None
        self._watcher: RunWatcher | None = None
        self._timer = QTimer(self, interval=_POLL_MILLIS)
        self._timer.timeout.connect(self.poll)

    @property
    def folder(self) -> RunFolder | None:
        """Of the latest run; its pictures lie there."""
        return self._folder

    @property
    def is_running(self) -> bool:
        """Whether an answer is still to come."""
        return self._watcher is not None

    def start(self, dataset: Path, split: str) -> None:
        """Check a list of a dataset; `finished` or `failed` follows."""
        self.stop()
        self._watcher = None
        other = "train" if split == "val" else "val"
        spec = InspectSpec(dataset=str(dataset), split=split, val_split=other)
        try:
            if not dataset.is_dir():
                raise InputError(
                    f"There is no folder {dataset}.", remedy="Choose the folder of a dataset."
                )
            title = f"Check {dataset.name} {split}"
            self._folder = launch("inspect", spec, title=title, runs_dir=self._runs_dir)
        except StudioError as error:
            self._timer.stop()
            self.failed.emit(error)
            return
        self._watcher = RunWatcher(self._folder)
        self._timer.start()
        self.started.emit()

    def stop(self) -> None:
        """Ask a check that still runs to end with what it has seen."""
        if self._watcher is not None and self._folder is not None:
            try:
                request_stop(self._folder)
            except StudioError as error:
                self.failed.emit(error)

    def poll(self) -> None:
        """Read what the check has said since; the timer does so by itself."""
        if self._watcher is None:
            self._timer.stop()
            return
        update = self._watcher.poll()
        progress = [event for event in update.events if isinstance(event, Progress)]
        if progress:
            self.progressed.emit(progress[-1])
        last = update.events[-1] if update.events else None
        if isinstance(last, Terminal):
            self._end(last)
        elif update.is_gone:
            self._fail(RunError("The check was deleted while it ran.", remedy="Check again."))
        elif update.is_caught_up and not update.status.is_live:
            self._fail(
                WorkerError(
                    "The check ended without a result.",
                    remedy="Check again; its log in the jobs list may say why.",
                )
            )

    def _end(self, last: Terminal) -> None:
        assert self._folder is not None
        if isinstance(last, Failed):
            self._fail(StudioError(last.message, remedy=last.remedy, details=last.details))
            return
        report: DatasetReport | None = read_report(self._folder.artifacts_dir)
        if report is None:
            self._fail(RunError("The result of the check cannot be read.", remedy="Check again."))
            return
        self._watcher = None
        self._timer.stop()
        self.finished.emit(report)

    def _fail(self, error: StudioError) -> None:
        self._watcher = None
        self._timer.stop()
        self.failed.emit(error)
