"""How a job speaks while it works, whoever listens."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from studio.runs.events import AnyEvent


class Reporter(Protocol):
    """What a job is given to say how it goes and to hear whether it should stop."""

    @property
    def artifacts_dir(self) -> Path:
        """Where results go that the user named no place for. It exists."""
        ...

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        """Say how far the job has come; cheap enough for every frame.

        Args:
            done: units done.
            total: units in all; None when nobody knows.
            unit: what is counted, in the plural.
            message: what is being done, in words.
        """
        ...

    def emit(self, event: AnyEvent) -> None:
        """Tell anything else. Terminal events are the worker's, not the job's."""
        ...

    def artifact(self, name: str, path: Path, kind: str = "") -> None:
        """Tell of a finished file or folder.

        Args:
            name: as shown to the user.
            path: where it lies.
            kind: as in `Artifact`; guessed from the path when empty.
        """
        ...

    def warn(self, message: str, remedy: str = "") -> None:
        """Tell the user something that does not end the job."""
        ...

    def should_stop(self) -> bool:
        """Whether to stop gracefully now, keeping what is done; cheap enough for every frame."""
        ...
