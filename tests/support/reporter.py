"""A reporter that keeps what a job says, and can stop it."""

from __future__ import annotations

from pathlib import Path

from studio.runs.events import AnyEvent


class KeepingReporter:
    """Implements `studio.jobs.reporter.Reporter`.

    Args:
        folder: for artifacts.
        stop_after: number of frames after which it asks the job to stop; None for never.
    """

    def __init__(self, folder: Path, stop_after: int | None = None) -> None:
        self.artifacts_dir = folder
        self.done: list[int] = []
        self.totals: set[int | None] = set()
        self.events: list[AnyEvent] = []
        self.artifacts: dict[str, Path] = {}
        self.warnings: list[str] = []
        self._stop_after = stop_after

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        self.done.append(done)
        self.totals.add(total)

    def emit(self, event: AnyEvent) -> None:
        self.events.append(event)

    def artifact(self, name: str, path: Path, kind: str = "") -> None:
        self.artifacts[name] = path

    def warn(self, message: str, remedy: str = "") -> None:
        self.warnings.append(message)

    def should_stop(self) -> bool:
        return self._stop_after is not None and len(self.done) >= self._stop_after
