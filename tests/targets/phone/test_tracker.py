"""Phones that come, go and change are noticed, and nobody has to wait for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import adbutils
import pytest

from studio.errors import PhoneError
from studio.targets.phone.listing import Phone
from studio.targets.phone.tracker import PhoneTracker
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Model
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.waiting import wait_until


class Heard:
    """Keeps what a tracker says."""

    def __init__(self) -> None:
        self.lists: list[tuple[Phone, ...]] = []
        self.troubles: list[PhoneError | None] = []
        self._lock = threading.Lock()

    def phones(self, phones: tuple[Phone, ...]) -> None:
        assert self._lock.acquire(blocking=False), "two threads speak at once"
        self.lists.append(phones)
        self._lock.release()

    def serials(self) -> dict[str, str | None]:
        """Trouble by serial, of the phones that were examined or are in trouble."""
        if not self.lists:
            return {}
        return {
            phone.serial: phone.trouble.code if phone.trouble else None
            for phone in self.lists[-1]
            if phone.trouble or phone.details
        }


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def tracker(adb_server: AdbServer, heard: Heard) -> Iterator[PhoneTracker]:
    with PhoneTracker(heard.phones, heard.troubles.append) as tracker:
        yield tracker


def test_a_phone_is_examined_vanishes_and_comes_back(
    lab_phone: LabPhone, heard: Heard, tracker: PhoneTracker
) -> None:
    wait_until(lambda: heard.serials() == {lab_phone.serial: None})
    details = heard.lists[-1][0].details
    assert details is not None
    assert details.is_lab
    lab_phone.unplug()
    wait_until(lambda: heard.lists[-1] == ())
    begun = time.monotonic()
    lab_phone.plug()
    wait_until(lambda: heard.serials() == {lab_phone.serial: None})
    assert time.monotonic() - begun < 5.0
    assert heard.troubles == []


def test_two_phones_at_once(
    lab_phone: LabPhone,
    more_phones: Callable[[Model], LabPhone],
    heard: Heard,
    tracker: PhoneTracker,
) -> None:
    second = more_phones(Model(model="Pixel 2 XL", device="taimen", android="8"))
    wait_until(lambda: heard.serials() == {lab_phone.serial: None, second.serial: None})
    assert {phone.model for phone in heard.lists[-1]} == {"Pixel 2", "Pixel 2 XL"}
    lab_phone.unplug()
    wait_until(lambda: heard.serials() == {second.serial: None})


def test_a_phone_that_is_allowed_at_last(
    adb_server: AdbServer, lab_phone: LabPhone, heard: Heard, tracker: PhoneTracker
) -> None:
    lab_phone.set_faults(Faults(unauthorized=True))
    wait_until(lambda: heard.serials() == {lab_phone.serial: "unauthorized"})
    lab_phone.set_faults(Faults())
    wait_until(lambda: heard.serials() == {lab_phone.serial: None})


def test_closing_does_not_wait_for_a_phone_that_hangs(
    lab_phone: LabPhone, heard: Heard, tracker: PhoneTracker
) -> None:
    lab_phone.set_faults(Faults(hang_shell_on="."))
    lab_phone.unplug()
    wait_until(lambda: bool(heard.lists) and heard.lists[-1] == ())
    lab_phone.plug()
    wait_until(lambda: len(heard.lists[-1]) == 1)
    begun = time.monotonic()
    tracker.close()
    assert time.monotonic() - begun < 4.0  # the phone would be given 5
    count = len(heard.lists)
    lab_phone.unplug()
    time.sleep(0.2)
    assert len(heard.lists) == count


def test_a_server_that_dies_is_started_again(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, lab_phone: LabPhone
) -> None:
    with closing(AdbServer()) as server, LabPhone(server) as lab:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with PhoneTracker(heard.phones, heard.troubles.append):
            wait_until(lambda: heard.serials() == {lab.serial: None})
            server.kill()
            wait_until(lambda: () in heard.lists)
            begun = time.monotonic()
            wait_until(lambda: heard.serials() == {lab.serial: None})
            assert time.monotonic() - begun < 15.0
            assert heard.troubles == []
        server.client.server_kill()
        wait_until(lambda: not server.is_running)


def test_a_computer_without_adb_is_told_once(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = threading.Semaphore(0)

    def none() -> str:
        looks.release()
        raise adbutils.AdbError("No adb exe could be found")

    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")
    monkeypatch.setattr(adbutils, "adb_path", none)
    monkeypatch.setattr("studio.targets.phone.tracker._RETRY_SECONDS", 0.01)
    with PhoneTracker(heard.phones, heard.troubles.append):
        for _ in range(3):
            assert looks.acquire(timeout=5.0)
    (trouble,) = heard.troubles
    assert trouble is not None
    assert "was not found" in trouble.message
    assert heard.lists == [()]


def test_a_program_that_is_no_adb_server_is_told_until_it_is_gone(
    heard: Heard, lab_phone: LabPhone, adb_server: AdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(other.getsockname()[1]))
        with PhoneTracker(heard.phones, heard.troubles.append):
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            wait_until(lambda: len(heard.troubles) == 1)
            monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(adb_server.port))
            wait_until(lambda: len(heard.troubles) == 2)
            assert "something else answers" in str(heard.troubles[0])
            assert heard.troubles[1] is None
            wait_until(lambda: heard.serials() == {lab_phone.serial: None})


def test_a_server_that_is_closed_on_in_mid_word_ends_the_tracker(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(silent.getsockname()[1]))
        tracker = PhoneTracker(heard.phones, heard.troubles.append)
        connection, _ = silent.accept()
        with connection:
            connection.sendall(b"OK")
            tracker.close()
            assert not tracker._thread.is_alive()
    assert (heard.lists, heard.troubles) == ([], [])


def test_closing_twice_does_nothing(adb_server: AdbServer, heard: Heard) -> None:
    tracker = PhoneTracker(heard.phones)
    tracker.close()
    tracker.close()
