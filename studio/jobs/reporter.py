"""How a job speaks while it works: into a run folder, or to a terminal."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self, TextIO

from tqdm import tqdm

from studio.runs.events import AnyEvent, Artifact, Progress, Warned
from studio.runs.folder import RunFolder
from studio.runs.writer import EventWriter

_PROGRESS_INTERVAL_SECONDS = 0.1
_STOP_CHECK_INTERVAL_SECONDS = 0.1
_LINE_INTERVAL_SECONDS = 5.0

_KINDS = {
    "video": {".mp4", ".avi", ".mov", ".mkv", ".webm"},
    "image": {".png", ".jpg", ".jpeg", ".webp", ".svg"},
    "model": {".tflite", ".keras", ".h5"},
    "table": {".csv", ".tsv"},
    "text": {".txt", ".md", ".json", ".jsonl", ".log"},
}


def kind_of(path: Path) -> str:
    """Guess what an artifact is from its path."""
    if path.is_dir():
        return "images"
    suffix = path.suffix.lower()
    return next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), "file")


class RunReporter:
    """Writes events into a run folder; listens to its `stop` file and to `request_stop`.

    Args:
        folder: of a run that this process has locked.
        artifacts: what it had made before it was resumed.

    Raises:
        OutputError: the run's log cannot be opened.
    """

    def __init__(self, folder: RunFolder, artifacts: Iterable[Artifact] = ()) -> None:
        self._folder = folder
        self._writer = EventWriter(folder)
        self._artifacts = {artifact.path: artifact for artifact in artifacts}
        self._next_progress_at = 0.0
        self._next_stop_check_at = 0.0
        self._stop_reason = ""
        self._heard_stop = False

    @property
    def artifacts_dir(self) -> Path:
        """Of the run folder."""
        return self._folder.artifacts_dir

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """What was made so far; what was made anew is named once."""
        return tuple(self._artifacts.values())

    @property
    def stop_reason(self) -> str:
        """Why the job was told to stop; empty when it never heard so."""
        return self._stop_reason if self._heard_stop else ""

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        """Write how far the job has come: at most ten times a second, and at the end."""
        now = time.monotonic()
        if now < self._next_progress_at and done != total:
            return
        self._next_progress_at = now + _PROGRESS_INTERVAL_SECONDS
        self.emit(Progress(done=done, total=total, unit=unit, message=message))

    def emit(self, event: AnyEvent) -> None:
        """Write an event; on a full disk it is dropped."""
        self._writer.write(event)

    def artifact(self, name: str, path: Path, kind: str = "") -> None:
        """Write that a file or folder was made."""
        absolute = path.absolute()
        inside = absolute.is_relative_to(self._folder.path)
        stored = absolute.relative_to(self._folder.path).as_posix() if inside else str(absolute)
        event = Artifact(name=name, path=stored, kind=kind or kind_of(absolute))
        self._artifacts[event.path] = event
        self.emit(event)

    def warn(self, message: str, remedy: str = "") -> None:
        """Write a warning."""
        self.emit(Warned(message=message, remedy=remedy))

    def should_stop(self) -> bool:
        """Whether a stop was asked for; the `stop` file is looked for ten times a second."""
        now = time.monotonic()
        if not self._stop_reason and now >= self._next_stop_check_at:
            self._next_stop_check_at = now + _STOP_CHECK_INTERVAL_SECONDS
            if self._folder.stop_file.exists():
                self._stop_reason = "You stopped it."
            elif not self._folder.path.exists():  # nobody could ever see or stop it again
                self._stop_reason = "Its folder was deleted."
        self._heard_stop = bool(self._stop_reason)
        return self._heard_stop

    def request_stop(self, reason: str) -> None:
        """Make `should_stop` true from now on; safe in a signal handler."""
        self._stop_reason = self._stop_reason or reason

    def close(self, terminal: AnyEvent) -> bool:
        """Write the run's last word; whether it could be written."""
        return self._writer.write(terminal)


class _Bar(tqdm):  # type: ignore[type-arg]  # generic only in its stubs
    """A bar without tqdm's thread, which only mends bars that are moved too rarely."""

    monitor_interval = 0


class TerminalReporter:
    """Draws a progress bar on stderr; a line every few seconds where that is no terminal.

    As a context manager it turns the first Ctrl-C (or SIGTERM) into a graceful stop; the second
    interrupts.

    Args:
        artifacts_dir: where results go that the user named no place for; made if needed.
        stream: instead of stderr.
        quiet: show warnings only.
        names_artifacts: say where results lie.
    """

    def __init__(
        self,
        artifacts_dir: Path,
        *,
        stream: TextIO | None = None,
        quiet: bool = False,
        names_artifacts: bool = True,
    ) -> None:
        self._artifacts_dir = artifacts_dir
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._names_artifacts = names_artifacts and not quiet
        self._is_tty = self._stream.isatty()
        self._bar: tqdm[Any] | None = None
        self._next_line_at = 0.0
        self._stops = False
        self._previous_handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous_handlers[number] = signal.signal(number, self._on_interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._close_bar()

    @property
    def artifacts_dir(self) -> Path:
        """As given; made on first use."""
        self._artifacts_dir.mkdir(parents=True, exist_ok=True)
        return self._artifacts_dir

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        """Move the bar, or write a line when it is time for one."""
        if self._quiet:
            return
        if self._is_tty:
            self._draw_bar(done, total, unit, message)
            return
        now = time.monotonic()
        if now >= self._next_line_at or done == total:
            self._next_line_at = now + _LINE_INTERVAL_SECONDS
            of_total = "" if total is None else f" of {total}"
            self.say(f"{message or 'Working'}: {done}{of_total} {unit}")

    def emit(self, event: AnyEvent) -> None:
        """Show warnings; what else there is belongs in a run's log or in the summary."""
        if isinstance(event, Warned):
            self.say(f"Warning: {event.message} {event.remedy}".rstrip())

    def artifact(self, name: str, path: Path, kind: str = "") -> None:
        """Write where a result lies."""
        del kind
        if self._names_artifacts:
            self.say(f"{name}: {path}")

    def warn(self, message: str, remedy: str = "") -> None:
        """Write a warning."""
        self.emit(Warned(message=message, remedy=remedy))

    def should_stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stops

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._stops:
            raise KeyboardInterrupt
        self._stops = True

    def _draw_bar(self, done: int, total: int | None, unit: str, message: str) -> None:
        bar = self._bar
        if bar is not None and (bar.total != total or bar.unit.strip() != unit):
            self._close_bar()  # the job has gone on to its next stage
            bar = None
        if bar is None:
            bar = _Bar(
                desc=message or None,
                total=total,
                unit=f" {unit}",
                file=self._stream,
                dynamic_ncols=True,
                leave=False,
                miniters=1,
            )
            self._bar = bar
        bar.set_description(message or None, refresh=False)
        bar.update(done - bar.n)

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def say(self, text: str) -> None:
        """Write a line that stays, above the bar."""
        if self._bar is not None:
            self._bar.clear()
        self._stream.write(text + "\n")
        self._stream.flush()
