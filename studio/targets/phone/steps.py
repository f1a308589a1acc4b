"""Telling how far each step of a deployment is, while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.errors import StudioError
from studio.runs.phone_events import DeployStep

_INTERVAL_SECONDS = 0.1


class Step:
    """One step that goes on. Not thread-safe.

    Args:
        name: as in `DeployStep`.
        emit: hears of it.
        message: what is done, in words.
    """

    def __init__(self, name: str, emit: Callable[[DeployStep], None], message: str) -> None:
        self._name = name
        self._emit = emit
        self._began = time.monotonic()
        self._next_at = 0.0
        self._message = message
        self._done_bytes = self._total_bytes = 0
        self.state = "running"
        self._tell("running")

    def progress(self, done_bytes: int, total_bytes: int, message: str = "") -> None:
        """Say how much was carried; cheap enough for every block."""
        self._done_bytes, self._total_bytes = done_bytes, total_bytes
        is_new = bool(message) and message != self._message
        self._message = message or self._message
        now = time.monotonic()
        if now < self._next_at and done_bytes != total_bytes and not is_new:
            return
        self._next_at = now + _INTERVAL_SECONDS
        self._tell("running")

    def end(self, state: str, message: str = "") -> None:
        """Say how it ended; what comes later is not told.

        Args:
            state: `done`, `skipped` or `failed`.
            message: what was done or found.
        """
        if self.state != "running":
            return
        self.state = state
        self._message = message or self._message
        self._tell(state)

    def _tell(self, state: str) -> None:
        seconds = 0.0 if state == "running" else time.monotonic() - self._began
        self._emit(
            DeployStep(
                name=self._name,
                state=state,
                message=self._message,
                done_bytes=self._done_bytes,
                total_bytes=self._total_bytes,
                seconds=round(seconds, 4),
            )
        )


class Steps:
    """Makes the steps of a deployment.

    Args:
        emit: hears of them; from several threads.
    """

    def __init__(self, emit: Callable[[DeployStep], None]) -> None:
        self._emit = emit

    @contextmanager
    def step(self, name: str, message: str) -> Iterator[Step]:
        """Do a step: it is `done` at the end unless it says otherwise, `failed` by an error.

        Args:
            name: as in `DeployStep`.
            message: what is done, in words.
        """
        step = Step(name, self._emit, message)
        try:
            yield step
        except StudioError as error:
            step.end("failed", error.message)
            raise
        except BaseException:
            step.end("failed")
            raise
        step.end("done")
