"""One run as the list shows it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from studio.errors import RunError, StudioError, WorkerError
from studio.gui.jobs.pace import Pace
from studio.runs.events import AnyEvent, Artifact, Failed, Finished, Progress, Stopped, Warned
from studio.runs.folder import RunStatus
from studio.runs.store import RunEntry
from studio.runs.watch import RunUpdate, RunWatcher

KILL_GRACE_SECONDS = 10.0
"""How long a run may take to stop before it can be ended by force."""

_TAIL_BYTES = 8 * 1024

Tone = Literal["accent", "good", "warn", "bad", "muted"]

_CHIPS: dict[RunStatus, tuple[str, Tone]] = {
    RunStatus.STARTING: ("Starting", "accent"),
    RunStatus.RUNNING: ("Running", "accent"),
    RunStatus.FINISHED: ("Done", "good"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.STOPPED: ("Stopped", "muted"),
    RunStatus.CRASHED: ("Crashed", "bad"),
}


def duration_text(seconds: float) -> str:
    """A span of time as `0:07`, `12:34` or `1:02:03`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def moment_text(unix_seconds: float, now_seconds: float) -> str:
    """A moment as `14:05` today, `21 Nov 14:05` this year, `2025-11-21` before."""
    then, now = time.localtime(unix_seconds), time.localtime(now_seconds)
    if (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday):
        return time.strftime("%H:%M", then)
    if then.tm_year == now.tm_year:
        return f"{then.tm_mday} {time.strftime('%b %H:%M', then)}"
    return time.strftime("%Y-%m-%d", then)


def _figures(summary: dict[str, Any]) -> list[str]:
    """What a user looks for first in a summary."""
    figures = []
    match summary:
        case {"frames": int(frames), "fps": int(fps) | float(fps)}:
            figures.append(f"{frames:,} frames at {fps:.1f} FPS")
        case {"frames": int(frames), "is_lab": True}:
            figures.append(f"{frames:,} frames on an emulated phone")
        case {"frames": int(frames), "fps": {"mean": float(fps)}}:
            figures.append(f"{frames:,} frames at {fps:.1f} FPS on the phone")
    match summary:
        case {"invoke_millis": {"p50": int(median) | float(median)}}:
            figures.append(f"{median:.1f} ms a run")
    return figures


def _tail_of(file: Path) -> str:
    """The end of a text file; empty when it cannot be read."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, opened.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return opened.read().decode(errors="replace")
    except OSError:
        return ""


class JobRow:
    """A run and, while it is live, what its log tells.

    Args:
        entry: of the run.
        now_seconds: unix time, here and below.
    """

    def __init__(self, entry: RunEntry, now_seconds: float) -> None:
        self.entry = entry
        self.watcher: RunWatcher | None = None
        self.progress: Progress | None = None
        self.warnings: list[Warned] = []
        self.stop_asked_seconds: float | None = None
        self._pace = Pace()
        if entry.status.is_live:
            self.watcher = RunWatcher(entry.folder, most_bytes=1 << 18)
            if entry.folder.stop_file.exists():  # asked by another window, or before a restart
                self.stop_asked_seconds = now_seconds

    def take(self, update: RunUpdate) -> None:
        """Take in what a look at the run brought."""
        for event in update.events:
            self._take_event(event)
        if update.is_caught_up or update.status.is_live:
            self.entry = replace(self.entry, status=update.status)

    def _take_event(self, event: AnyEvent) -> None:
        if isinstance(event, Progress):
            self.progress = event
            self._pace.add(event)
        elif isinstance(event, Warned):
            self.warnings.append(event)

    @property
    def name(self) -> str:
        """Of the run folder."""
        return self.entry.folder.name

    @property
    def is_live(self) -> bool:
        """Whether a worker is at it, or about to be."""
        return self.entry.status.is_live

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not done so yet."""
        return self.is_live and self.stop_asked_seconds is not None

    def can_be_killed(self, now_seconds: float) -> bool:
        """Whether it was asked to stop and had its time to do so."""
        asked = self.stop_asked_seconds
        return self.is_live and asked is not None and now_seconds - asked > KILL_GRACE_SECONDS

    @property
    def chip(self) -> tuple[str, Tone]:
        """The status in a word, and its tone."""
        if self.entry.record is None:
            return "Damaged", "warn"
        if self.is_stopping:
            return "Stopping", "warn"
        return _CHIPS[self.entry.status]

    @property
    def fraction(self) -> float | None:
        """Share done, 0..1; None while it is not known or no longer matters."""
        progress = self.progress
        if not self.is_live or progress is None or not progress.total:
            return None
        return min(1.0, progress.done / progress.total)

    def elapsed_seconds(self, now_seconds: float) -> float:
        """Since it was launched, until now or until its end."""
        if self.is_live:
            end = now_seconds
        elif self.entry.terminal is not None:
            end = self.entry.terminal.at_seconds
        else:
            end = self.entry.changed_seconds
        return max(0.0, end - self.entry.created_seconds)

    def remaining_seconds(self, now_seconds: float) -> float | None:
        """Until it will be done; None while nobody can know."""
        return self._pace.remaining_seconds(now_seconds) if self.is_live else None

    @property
    def video(self) -> Artifact | None:
        """The video that the run made, if any."""
        return next((made for made in self.entry.artifacts if made.kind == "video"), None)

    @property
    def error(self) -> StudioError | None:
        """Why the run ended badly; None when it did not."""
        terminal = self.entry.terminal
        if isinstance(terminal, Failed):
            return StudioError(terminal.message, remedy=terminal.remedy, details=terminal.details)
        if self.entry.problem:
            return RunError(self.entry.problem, remedy=self.entry.remedy)
        if self.entry.status is RunStatus.CRASHED:
            return WorkerError(
                f"The worker of “{self.entry.title}” died before it was done.",
                remedy="What it wrote until then is kept. Look at its log, then start it again; a"
                " training is resumed in the training panel.",
            )
        return None

    def error_with_log(self) -> StudioError | None:
        """The error with, in its details, the end of the log of a worker that died; reads it."""
        error = self.error
        if isinstance(error, WorkerError):
            error.details = _tail_of(self.entry.folder.log_file)
        return error

    def detail_text(self, now_seconds: float) -> str:
        """The line under the title."""
        parts = self._live_parts(now_seconds) if self.is_live else self._ended_parts(now_seconds)
        count = len(self.warnings)
        if count:
            parts.append("1 warning" if count == 1 else f"{count} warnings")
        return " · ".join(parts)

    def _live_parts(self, now_seconds: float) -> list[str]:
        parts = []
        progress = self.progress
        if progress is not None:
            of_total = "" if progress.total is None else f" of {progress.total:,}"
            counted = f"{progress.done:,}{of_total} {progress.unit}"
            parts.append(f"{progress.message}: {counted}" if progress.message else counted)
        parts.append(f"{duration_text(self.elapsed_seconds(now_seconds))} elapsed")
        return parts

    def _ended_parts(self, now_seconds: float) -> list[str]:
        error = self.error
        if isinstance(error, WorkerError):
            return ["The worker died before it was done."]  # the title stands above
        if error is not None:
            return [error.message]
        parts = [
            moment_text(self.entry.created_seconds, now_seconds),
            f"took {duration_text(self.elapsed_seconds(now_seconds))}",
        ]
        terminal = self.entry.terminal
        if isinstance(terminal, Finished | Stopped):
            parts += _figures(terminal.summary)
        if isinstance(terminal, Stopped):
            parts.append(terminal.reason)
        return parts

    def tooltip(self, now_seconds: float) -> str:
        """Everything worth knowing, in plain text."""
        lines = [self.entry.title, self.detail_text(now_seconds)]
        remaining = self.remaining_seconds(now_seconds)
        if remaining is not None:
            lines.append(f"About {duration_text(remaining)} left")
        lines += [f"⚠ {warning.message} {warning.remedy}".rstrip() for warning in self.warnings]
        if self.error is not None and self.error.remedy:
            lines.append(self.error.remedy)
        lines += [
            f"{made.name}: {self.entry.folder.artifact_path(made)}" for made in self.entry.artifacts
        ]
        lines.append(str(self.entry.folder.path))
        return "\n".join(lines)
