"""A live session: streams, loses the phone, waits for it, streams again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import PhoneError
from studio.runs.phone_events import PhoneSample
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.deployment import Deployment
from studio.targets.phone.devices import list_phones
from studio.targets.phone.listing import Phone
from studio.targets.phone.live import Expectation, Live
from studio.targets.phone.refusals import RunnerDiedError, RunnerRefusedError
from studio.targets.phone.runner import Runner
from studio.targets.phone.sampler import PhoneSampler
from studio.targets.phone.scene import Scene
from studio.targets.phone.troubles import PhoneGoneError
from studio.targets.phone.watchman import ended_by_stop
from studio.targets.phone.wire import Opened, WireError

MOST_CRASHES = 3
_CRASH_FRAMES = 30
"""After a flow of so many the next crash is an accident again, and no crash loop."""

_RESTART_SECONDS = 6.0
_LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.25
_SETTLED_SECONDS = 1.0
"""A phone that is plugged in is offline and unknown for a moment: that is no news."""

ShouldStop = Callable[[], bool]


class StoppedError(Exception):
    """The user stopped while the phone was waited for."""


@dataclass(frozen=True, slots=True)
class Started:
    """A runner that is ready for frames.

    Attributes:
        runner: greeted, its model open.
        opened: what it said of the model.
    """

    runner: Runner
    opened: Opened


class LiveSession:
    """Keeps a live stream going until it is stopped or its time is over.

    Args:
        deployment: all is on the phone.
        live: what streams.
        scene: hears of all.
        expected: how long a frame takes.
    """

    def __init__(
        self, deployment: Deployment, live: Live, scene: Scene, expected: Expectation
    ) -> None:
        self._deployment = deployment
        self._live = live
        self._scene = scene
        self._expected = expected
        self._crashes = 0
        self._is_waiting = False
        self._reason = ("", "")
        self._reason_since = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether the phone is waited for; after the end, whether it was away then."""
        return self._is_waiting

    def run(self, started: Started, sampler: PhoneSampler, should_stop: ShouldStop) -> None:
        """Stream, and start again whenever the phone comes back.

        Args:
            started: the first runner; ended here, as are those that follow.
            sampler: watches the phone; ended here.
            should_stop: the user's wish, or the end of the time.

        Raises:
            PhoneError: the runner crashes again and again, or refuses to go on.
            VideoError: the video failed.
        """
        while True:
            try:
                sampler.on_end = lambda _: self._scene.unwatched()
                sampler.runner_pid = started.runner.ready.pid
                self._live.stream(started.runner, self._expected, should_stop)
                return
            except PhoneError as error:
                if should_stop():
                    return
                cause = started.runner.blame(error)
                if self._live.flow_frames >= _CRASH_FRAMES:
                    self._crashes = 0
                self._count_crash(cause)
                self._scene.disconnected(cause.message, cause.remedy)
            finally:
                started.runner.close()
                sampler.close()
            self._is_waiting = True
            try:
                started, sampler = self._start_again(cause, should_stop)
            except StoppedError:
                return
            self._is_waiting = False

    def _count_crash(self, cause: PhoneError) -> None:
        """Tell a crash loop from an accident.

        Raises:
            PhoneError: it is one.
        """
        if not isinstance(cause, RunnerDiedError | RunnerRefusedError | WireError):
            return
        self._crashes += 1
        if self._crashes >= MOST_CRASHES:
            raise PhoneError(
                f"The runner failed {self._crashes} times in a row, the last time so:"
                f" {cause.message}",
                remedy=cause.remedy,
                details=cause.details,
            ) from cause

    def _start_again(
        self, cause: PhoneError, should_stop: ShouldStop
    ) -> tuple[Started, PhoneSampler]:
        """Wait for the phone, and start the runner there; tell what stands in the way.

        Args:
            cause: why the phone was lost.
            should_stop: asked often.

        Raises:
            StoppedError: the user stopped.
            PhoneError: the runner fails again and again.
        """
        phone = self._deployment.phone
        pushes = False
        while not should_stop():
            obstacle = _obstacle(phone, cause)
            if obstacle is not None:
                self._tell(obstacle)
                _pause(should_stop)
                continue
            try:
                with ended_by_stop(should_stop, self._deployment.abort):
                    if pushes:
                        self._deployment.push()
                    runner, opened = self._deployment.start(_RESTART_SECONDS)
            except PhoneError as error:
                if should_stop():
                    break
                if isinstance(error, RunnerDiedError | RunnerRefusedError):
                    if pushes:
                        self._count_crash(error)
                        self._tell(error)
                    pushes = True  # the phone may have lost what was on it
                else:
                    self._tell(error)
                _pause(should_stop)
            else:
                return Started(runner, opened), self.watch(self._deployment.adb, self._scene.sample)
        raise StoppedError

    def _tell(self, error: PhoneError) -> None:
        """Say why the phone is still waited for, unless that may pass in a moment."""
        now = time.monotonic()
        reason = (error.message, error.remedy)
        if reason != self._reason:
            self._reason, self._reason_since = reason, now
        if not isinstance(error, PhoneGoneError) or now - self._reason_since >= _SETTLED_SECONDS:
            self._scene.disconnected(*reason)

    @staticmethod
    def watch(adb: AdbPhone, on_sample: Callable[[PhoneSample], None]) -> PhoneSampler:
        """Have the phone tell its condition."""
        return PhoneSampler(adb, on_sample)


def _obstacle(lost: Phone, cause: PhoneError) -> PhoneError | None:
    """Why a phone cannot be used, as adb lists it now; None when it can.

    Args:
        lost: the phone.
        cause: why it was lost.
    """
    try:
        phones = list_phones(_LOOK_SECONDS)
    except PhoneError as error:
        return error
    for phone in phones:
        if phone.serial == lost.serial:
            return None if phone.trouble is None else phone.trouble.error(lost.name)
    if isinstance(cause, PhoneGoneError):
        return cause
    return PhoneGoneError(f"The phone {lost.name} is not connected.", remedy="Plug it in again.")


def _pause(should_stop: ShouldStop) -> None:
    deadline = time.monotonic() + _PAUSE_SECONDS
    while time.monotonic() < deadline and not should_stop():
        time.sleep(0.05)
