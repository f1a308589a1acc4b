from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from studio.targets.phone.paths import ROOT
from studio.verbs import main
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Conditions, Model
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer


def _answer(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    answer: dict[str, Any] = json.loads(capfd.readouterr().out)
    return answer


def test_a_ready_phone_is_listed(lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]) -> None:
    (phone,) = _answer(capfd, "devices")["phones"]
    assert (phone["serial"], phone["model"]) == (lab_phone.serial, "Pixel 2")
    assert (phone["is_ready"], phone["trouble"], phone["is_lab"]) == (True, None, True)
    assert (phone["android"], phone["abi"], phone["cpus"]) == ("11", "arm64-v8a", 8)
    assert phone["clusters"] == [[0, 1, 2, 3], [4, 5, 6, 7]]

    assert main(["devices"]) == 0
    said = capfd.readouterr()
    heading, row = said.out.splitlines()
    assert heading.split() == ["serial", "model", "Android", "ABI", "state"]
    assert row.split() == [
        *(lab_phone.serial, "Pixel", "2", "11", "arm64-v8a", "ready", "(emulated)")
    ]
    assert said.err == ""


def test_phones_in_trouble_are_listed_with_what_to_do(
    adb_server: AdbServer,
    lab_phone: LabPhone,
    more_phones: Callable[[Model], LabPhone],
    capfd: pytest.CaptureFixture[str],
) -> None:
    old = more_phones(Model(model="Old", device="old", android="8"))
    old.set_conditions(Conditions(abi="armeabi-v7a"))
    lab_phone.set_faults(Faults(unauthorized=True))
    adb_server.wait_for_state(lab_phone.serial, "unauthorized")
    phones = {phone["serial"]: phone for phone in _answer(capfd, "devices")["phones"]}
    assert phones[lab_phone.serial]["trouble"]["code"] == "unauthorized"
    assert phones[lab_phone.serial]["android"] is None
    assert phones[old.serial]["trouble"]["code"] == "wrong-abi"
    assert phones[old.serial]["android"] == "8.0.0"

    assert main(["devices"]) == 0
    said = capfd.readouterr().out
    assert "tap Allow" in said
    assert f"Old ({old.serial}): its processor or system is armeabi-v7a" in said


def test_without_a_phone_it_tells_how_to_connect_one(
    lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]
) -> None:
    lab_phone.unplug()
    assert _answer(capfd, "devices") == {"phones": []}
    assert main(["devices"]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "USB debugging" in said.err


def test_without_an_adb_server_that_could_be_started_it_fails(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "none")
    error = _answer(capfd, "devices", code=1)["error"]
    assert error["kind"] == "PhoneError"
    assert "ANDROID_ADB_SERVER_PORT" in error["message"]


def test_a_phone_is_cleaned(lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]) -> None:
    folder = lab_phone.root / ROOT[1:]
    for words in ([], ["--serial", lab_phone.serial], ["--serial", "pixel 2"]):
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        (folder / "a").write_bytes(b"12345")
        removed = _answer(capfd, "clean-phone", *words)["removed"]
        assert removed == {"runners": 0, "files": 1, "bytes": 5, "forwards": 0}
        assert not folder.exists()
    assert main(["clean-phone"]) == 0
    assert "Nothing of ours" in capfd.readouterr().out


def test_cleaning_tells_what_it_removed(
    lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = lab_phone.root / ROOT[1:]
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "a").write_bytes(b"12345")
    assert main(["clean-phone"]) == 0
    assert "Removed 1 file (0.0 MiB) from Pixel 2" in capfd.readouterr().out


def test_a_phone_that_will_not_do_is_cleaned_too(
    lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]
) -> None:
    lab_phone.set_conditions(Conditions(abi="armeabi-v7a"))
    assert _answer(capfd, "clean-phone")["removed"]["files"] == 0


def test_a_phone_that_is_not_there_cannot_be_cleaned(
    lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]
) -> None:
    error = _answer(capfd, "clean-phone", "--serial", "FA7", code=1)["error"]
    assert lab_phone.serial in error["message"]
