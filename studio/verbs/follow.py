"""Follow a run in the terminal until it ends."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Protocol

from studio.errors import RunError, StudioError, WorkerError
from studio.jobs.reporter import TerminalReporter
from studio.runs.events import AnyEvent, EpochMetrics, Failed, Progress, Resumed, Terminal, Warned
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import kill, request_stop
from studio.runs.watch import RunWatcher
from studio.verbs.answers import reporter
from studio.verbs.metrics import evaluation_words, has_evaluation, training_words

_POLL_SECONDS = 0.1
_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run that was followed ended.

    Attributes:
        folder: of the run.
        status: it ended in.
        terminal: its last word; None when its worker died.
    """

    folder: RunFolder
    status: RunStatus
    terminal: Terminal | None

    @property
    def error(self) -> StudioError | None:
        """Why it ended badly; None when it finished or was stopped."""
        if isinstance(self.terminal, Failed):
            failed = self.terminal
            error = StudioError(failed.message, remedy=failed.remedy, details=failed.details)
            error.exit_code = failed.exit_code
            return error
        if self.terminal is not None:
            return None
        return WorkerError(
            f"The worker of the run {self.folder.name} died before it was done.",
            remedy=f"What it saved is kept: see {self.folder.log_file}, then resume it.",
            details=_tail(self.folder),
        )


def caught_up(folder: RunFolder) -> RunWatcher:
    """A watcher that has read all there is, so that only what comes next is shown."""
    watcher = RunWatcher(folder)
    while not watcher.poll().is_caught_up:
        pass
    return watcher


class Screen(Protocol):
    """Shows a run's events in a terminal."""

    def take(self, event: AnyEvent, terminal: TerminalReporter) -> None:
        """Keep what is drawn, and say at once what should stay on the screen."""
        ...

    def draw(self, terminal: TerminalReporter) -> None:
        """Move the live line, if there is anything new."""
        ...


def follow(watcher: RunWatcher, screen: Screen | None = None) -> Ending:
    """Show on standard error how a run goes until it ends.

    The first Ctrl-C asks it to stop, the second ends its worker.

    Args:
        watcher: of the run.
        screen: shows its events; for progress and training metrics by default.

    Raises:
        RunError: its folder was deleted or moved.
        OutputError: the wish to stop cannot be written.
    """
    folder = watcher.folder
    screen = screen or _Screen()
    was_asked = was_killed = False
    with reporter() as terminal:
        while True:
            try:
                update = watcher.poll()
                if update.is_gone:
                    raise RunError(f"The folder of the run {folder.name} was deleted or moved.")
                for event in update.events:
                    screen.take(event, terminal)
                screen.draw(terminal)
                if update.is_caught_up and not update.status.is_live:
                    return Ending(folder, update.status, folder.terminal())
                if terminal.should_stop() and not was_asked:
                    was_asked = True
                    request_stop(folder)
                    terminal.say("Stopping when it can; Ctrl-C again ends it at once.")
                if update.is_caught_up:
                    time.sleep(_POLL_SECONDS)
            except KeyboardInterrupt:
                if was_killed or not kill(folder):
                    raise
                was_killed = True  # the next looks find it crashed


@dataclass(slots=True)
class _Screen:
    """What is worth showing of a run's events."""

    progress: Progress | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    is_drawn: bool = True

    def take(self, event: AnyEvent, terminal: TerminalReporter) -> None:
        """Keep what is drawn, and say at once what should stay on the screen."""
        if isinstance(event, Progress):
            self.progress = event
            self.is_drawn = False
        elif isinstance(event, EpochMetrics):
            self.metrics.update(event.metrics)
            self.is_drawn = False
            if has_evaluation(event.metrics):
                terminal.say(evaluation_words(event))
        elif isinstance(event, Resumed):
            terminal.say(f"Going on from step {event.step:,}.")
        elif isinstance(event, Warned):
            terminal.emit(event)

    def draw(self, terminal: TerminalReporter) -> None:
        """Move the bar, if there is anything new."""
        if self.is_drawn or self.progress is None:
            return
        self.is_drawn = True
        progress = self.progress
        words = [progress.message.rstrip(".") or "Working", training_words(self.metrics)]
        message = " · ".join(part for part in words if part)
        terminal.progress(progress.done, progress.total, progress.unit, message)


def _tail(folder: RunFolder) -> str:
    """The end of the worker's log."""
    try:
        with folder.log_file.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
