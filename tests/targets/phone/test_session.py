"""While a phone is away, what keeps it from coming back is told in words that help."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from studio.errors import PhoneError
from studio.runs.events import AnyEvent
from studio.runs.phone_events import PhoneSample, PhoneState
from studio.targets.phone.deployment import Deployment
from studio.targets.phone.guard import Guard
from studio.targets.phone.listing import Phone
from studio.targets.phone.live import Expectation, Live
from studio.targets.phone.runner import Runner
from studio.targets.phone.sampler import PhoneSampler
from studio.targets.phone.scene import Scene
from studio.targets.phone.session import LiveSession, Started
from studio.targets.phone.troubles import PhoneGoneError
from studio.targets.phone.wire import Opened
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.phone import LabPhone
from tests.support.waiting import wait_until


class _Ready:
    pid = 1


class _LostRunner:
    """A runner whose cable is out."""

    ready = _Ready()

    def blame(self, error: PhoneError) -> PhoneError:
        return error

    def close(self) -> None:
        pass


class _LostLive:
    """A stream whose phone goes away at once."""

    flow_frames = 0

    def stream(self, *_: object) -> None:
        raise PhoneGoneError("It went away.", remedy="Plug it in again.")


class _NoSampler:
    def __init__(self) -> None:
        self.runner_pid: int | None = None
        self.on_end: Callable[[str], None] | None = None

    def close(self) -> None:
        pass


class _FailingDeployment:
    """Of a phone on which nothing can be started.

    Args:
        serial: of the phone.
        error: why not.
    """

    def __init__(self, serial: str, error: PhoneError) -> None:
        self.phone = Phone(serial, "device")
        self._error = error

    def start(self, _: float) -> None:
        raise self._error

    def abort(self) -> None:
        pass


class Waiting:
    """What a session that has lost its phone says."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.scene = Scene(self.events.append, Guard())
        self.sampler = _NoSampler()

    @property
    def told(self) -> list[tuple[str, str]]:
        return [
            (event.message, event.remedy)
            for event in list(self.events)
            if isinstance(event, PhoneState) and event.state == "disconnected"
        ]

    @contextmanager
    def session(self, serial: str, error: PhoneError) -> Iterator[None]:
        stop = threading.Event()
        session = LiveSession(
            cast("Deployment", _FailingDeployment(serial, error)),
            cast("Live", _LostLive()),
            self.scene,
            Expectation(frame_seconds=1.0, link_seconds=0.0),
        )
        started = Started(cast("Runner", _LostRunner()), cast("Opened", None))
        sampler = cast("PhoneSampler", self.sampler)
        thread = threading.Thread(target=session.run, args=(started, sampler, stop.is_set))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def test_a_phone_that_does_not_allow_debugging_any_more_is_told_with_its_remedy(
    lab_phone: LabPhone, waiting: Waiting
) -> None:
    lab_phone.unplug()
    with waiting.session(lab_phone.serial, PhoneError("not reached")):
        wait_until(lambda: len(waiting.told) == 1)
        lab_phone.set_faults(Faults(unauthorized=True))
        lab_phone.plug()
        wait_until(lambda: any("tap Allow" in remedy for _, remedy in waiting.told))
    assert "has not allowed this computer" in waiting.told[-1][0]
    assert waiting.scene.interruptions == 1


def test_what_fails_on_a_phone_that_is_back_is_told_once(
    lab_phone: LabPhone, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.session._PAUSE_SECONDS", 0.01)
    full = PhoneError("The phone's storage is full.", remedy="Free some space on it.")
    with waiting.session(lab_phone.serial, full):
        wait_until(lambda: (full.message, full.remedy) in waiting.told)
        threading.Event().wait(0.3)
    assert waiting.told == [("It went away.", "Plug it in again."), (full.message, full.remedy)]
    assert waiting.scene.interruptions == 1


def test_a_moment_of_being_away_is_no_news(
    lab_phone: LabPhone, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.session._SETTLED_SECONDS", 60.0)
    with waiting.session(lab_phone.serial, PhoneGoneError("It is offline.", remedy="Wait.")):
        threading.Event().wait(0.6)
    assert waiting.told == [("It went away.", "Plug it in again.")]


def test_the_end_of_samples_reaches_the_guard(lab_phone: LabPhone, waiting: Waiting) -> None:
    with waiting.session(lab_phone.serial, PhoneGoneError("It is offline.", remedy="Wait.")):
        wait_until(lambda: waiting.sampler.on_end is not None)
        waiting.scene.sample(PhoneSample(thermal_status=2))
        assert waiting.sampler.on_end is not None
        waiting.sampler.on_end("It tells nothing.")
    assert waiting.scene.guard.facts.latest is None
