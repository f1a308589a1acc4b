"""The lab for tests: a private adb server and a phone that is as new for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.phone_lab.model import Model
from tests.phone_lab.packages import UnavailableError
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer


@pytest.fixture(scope="session")
def _lab_server() -> Iterator[AdbServer]:
    server = AdbServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def _kept_phone(_lab_server: AdbServer) -> Iterator[LabPhone]:
    try:
        phone = LabPhone(_lab_server)
    except UnavailableError as error:
        pytest.skip(f"no lab phone: {error}")
    with phone:
        yield phone


@pytest.fixture
def adb_server(_lab_server: AdbServer, monkeypatch: pytest.MonkeyPatch) -> AdbServer:
    """A genuine adb server; programs and adbutils find it by the environment."""
    _lab_server.start()  # a test may have killed it
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(_lab_server.port))
    return _lab_server


@pytest.fixture
def lab_phone(adb_server: AdbServer, _kept_phone: LabPhone) -> LabPhone:
    """A Pixel 2 with Android 11, plugged in and without faults."""
    _kept_phone.reset()
    return _kept_phone


@pytest.fixture
def more_phones(
    adb_server: AdbServer, _kept_phone: LabPhone
) -> Iterator[Callable[[Model], LabPhone]]:
    """Starts further phones, which end with the test."""
    phones: list[LabPhone] = []

    def start(model: Model) -> LabPhone:
        phones.append(LabPhone(adb_server, model))
        return phones[-1]

    yield start
    for phone in phones:
        phone.close()
