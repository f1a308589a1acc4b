"""The job `deploy` in a thread of the test, watched by its events."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from studio.errors import StudioError
from studio.jobs.deploy import run
from studio.runs.events import AnyEvent
from studio.runs.phone_events import PhoneFrame, PhoneState
from studio.targets.phone.spec import DeploySpec
from tests.support.reporter import KeepingReporter
from tests.support.waiting import wait_until

Kind = TypeVar("Kind", bound=AnyEvent)


class LiveJob:
    """Runs until it is done or stopped; the end of the `with` stops it.

    Args:
        spec: what to do.
        folder: for artifacts.
    """

    def __init__(self, spec: DeploySpec, folder: Path) -> None:
        self._stop = threading.Event()
        self._spec = spec
        folder.mkdir(parents=True, exist_ok=True)
        self.reporter = _Reporter(folder, self._stop)
        self.summary: dict[str, object] = {}
        self.error: StudioError | None = None
        self._thread = threading.Thread(target=self._work, name="live job")

    def __enter__(self) -> LiveJob:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def events(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in list(self.reporter.events) if isinstance(event, kind)]

    @property
    def states(self) -> list[str]:
        return [state.state for state in self.events(PhoneState)]

    @property
    def frames(self) -> int:
        return len(self.events(PhoneFrame))

    def wait_for_frames(self, count: int, timeout_seconds: float = 30.0) -> None:
        """Wait until so many frames have come in all; fail at once when the job fails."""
        wait_until(lambda: self.frames >= count or self.is_done, timeout_seconds, f"{count} frames")
        assert self.frames >= count, (self.error, self.states)

    def wait_for_state(self, state: str, timeout_seconds: float = 10.0) -> None:
        wait_until(
            lambda: self.states[-1:] == [state] or self.is_done, timeout_seconds, f"state {state}"
        )
        assert self.states[-1:] == [state], (self.error, self.states)

    def wait_for_losses(self, count: int, timeout_seconds: float = 10.0) -> None:
        """Wait until the phone was lost so many times, or the job has ended."""
        wait_until(
            lambda: self.states.count("disconnected") >= count or self.is_done,
            timeout_seconds,
            f"{count} losses",
        )

    def wait_for_end(self, timeout_seconds: float = 30.0) -> None:
        wait_until(lambda: self.is_done, timeout_seconds, "the end of the job")
        self._thread.join()

    def stop(self, timeout_seconds: float = 15.0) -> None:
        """Ask it to stop, and wait."""
        self._stop.set()
        self.wait_for_end(timeout_seconds)

    def _work(self) -> None:
        try:
            self.summary = run(self._spec, self.reporter)
        except StudioError as error:
            self.error = error


class _Reporter(KeepingReporter):
    def __init__(self, folder: Path, stop: threading.Event) -> None:
        super().__init__(folder)
        self._stop = stop

    def should_stop(self) -> bool:
        return self._stop.is_set()
