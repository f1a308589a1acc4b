"""Files reach a phone whole or not at all, and only when they changed."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from pathlib import Path

import pytest

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.paths import PART_SUFFIX, ROOT
from studio.targets.phone.push import PushFile, push_files
from studio.targets.phone.troubles import PhoneGoneError, PhoneTimeoutError
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.phone import LabPhone

FOLDER = f"{ROOT}/bundle-0123456789ab"


def _file(
    folder: Path, name: str, size_bytes: int, *, seed: int = 0, is_executable: bool = False
) -> PushFile:
    content = random.Random(f"{name}{seed}").randbytes(size_bytes)
    path = folder / name
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return PushFile(path, f"{FOLDER}/{name}", digest, is_executable)


def _on_phone(lab_phone: LabPhone) -> dict[str, bytes]:
    folder = lab_phone.root / FOLDER[1:]
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def test_only_what_changed_is_carried(lab_phone: LabPhone, tmp_path: Path) -> None:
    phone = AdbPhone(lab_phone.serial)
    files = [
        _file(tmp_path, "runner", 100_000, is_executable=True),
        _file(tmp_path, "it's a lib $1.so", 200_000),
        _file(tmp_path, "empty", 0),
    ]
    heard: list[tuple[int, int, str]] = []
    report = push_files(phone, files, on_progress=lambda *said: heard.append(said))
    assert report.pushed == tuple(file.remote for file in files)
    assert (report.bytes, report.kept, report.is_complete) == (300_000, (), True)
    assert heard[0] == (0, 300_000, "runner")
    assert heard[-1][:2] == (300_000, 300_000)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert _on_phone(lab_phone) == {file.path.name: file.path.read_bytes() for file in files}
    folder = lab_phone.root / FOLDER[1:]
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"runner": 0o755, "it's a lib $1.so": 0o644, "empty": 0o644}

    heard.clear()
    again = push_files(phone, files, on_progress=lambda *said: heard.append(said))
    assert (again.pushed, again.bytes, heard) == ((), 0, [])
    assert len(again.kept) == 3

    files[1] = _file(tmp_path, "it's a lib $1.so", 200_000, seed=1)
    third = push_files(phone, files)
    assert third.pushed == (files[1].remote,)
    assert _on_phone(lab_phone)[files[1].path.name] == files[1].path.read_bytes()


def test_a_file_that_was_spoiled_on_the_phone_is_carried_again(
    lab_phone: LabPhone, tmp_path: Path
) -> None:
    phone = AdbPhone(lab_phone.serial)
    file = _file(tmp_path, "runner", 5_000)
    push_files(phone, [file])
    phone.shell(f"echo x >> {file.remote}")
    assert push_files(phone, [file]).pushed == (file.remote,)
    assert _on_phone(lab_phone) == {"runner": file.path.read_bytes()}


def test_a_cable_pulled_in_mid_push_leaves_no_half_file(
    lab_phone: LabPhone, tmp_path: Path
) -> None:
    first, second = _file(tmp_path, "a", 300_000), _file(tmp_path, "b", 3_000_000)
    lab_phone.set_faults(Faults(unplug_after_bytes=1_500_000))
    with pytest.raises(PhoneGoneError, match="copying b") as caught:
        push_files(AdbPhone(lab_phone.serial), [first, second])
    assert "Plug it in" in caught.value.remedy
    left = _on_phone(lab_phone)
    assert set(left) <= {"a", "b" + PART_SUFFIX}
    assert left["a"] == first.path.read_bytes()

    lab_phone.plug()
    report = push_files(AdbPhone(lab_phone.serial), [first, second])
    assert (report.pushed, report.kept) == ((second.remote,), (first.remote,))
    assert set(_on_phone(lab_phone)) == {"a", "b"}


def test_a_push_over_a_slow_cable_stops_when_asked(lab_phone: LabPhone, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 12_000_000)
    lab_phone.set_faults(Faults(bytes_per_second=200_000))
    stop = threading.Event()
    heard: list[int] = []

    def hear(done: int, total: int, name: str) -> None:
        heard.append(done)
        if done:
            stop.set()

    begun = time.monotonic()
    phone = AdbPhone(lab_phone.serial)
    report = push_files(phone, [file], on_progress=hear, should_stop=stop.is_set)
    assert not report.is_complete
    assert report.pushed == ()
    assert heard[-1] < 12_000_000
    assert time.monotonic() - begun < 15.0
    lab_phone.set_faults(Faults())
    assert set(_on_phone(lab_phone)) <= {"a" + PART_SUFFIX}
    assert push_files(phone, [file]).is_complete
    assert _on_phone(lab_phone) == {"a": file.path.read_bytes()}


def test_a_stop_before_the_first_byte(lab_phone: LabPhone, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 1000)
    report = push_files(AdbPhone(lab_phone.serial), [file], should_stop=lambda: True)
    assert (report.is_complete, report.bytes) == (False, 0)
    assert _on_phone(lab_phone) == {}


def test_a_phone_without_space_is_told_before_anything_is_carried(
    lab_phone: LabPhone, tmp_path: Path
) -> None:
    lab_phone.fill_storage(4 << 20)
    heard: list[object] = []
    with pytest.raises(PhoneError, match="MiB are needed") as caught:
        push_files(
            AdbPhone(lab_phone.serial),
            [_file(tmp_path, "a", 6 << 20)],
            on_progress=lambda *said: heard.append(said),
        )
    assert "clean-phone" in caught.value.remedy
    assert heard == []


def test_storage_that_fills_up_meanwhile_is_told(lab_phone: LabPhone, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 6 << 20)

    def fill(done: int, total: int, name: str) -> None:
        if done == 0:
            lab_phone.fill_storage(1 << 20)

    with pytest.raises(PhoneError, match="storage is full"):
        push_files(AdbPhone(lab_phone.serial), [file], on_progress=fill)
    assert set(_on_phone(lab_phone)) <= {"a" + PART_SUFFIX}


def test_a_file_that_is_not_what_it_should_be_is_refused(
    lab_phone: LabPhone, tmp_path: Path
) -> None:
    file = _file(tmp_path, "a", 1000)._replace(sha256="0" * 64)
    with pytest.raises(PhoneError, match="did not arrive"):
        push_files(AdbPhone(lab_phone.serial), [file])
    assert _on_phone(lab_phone) == {}


def test_a_file_that_is_gone_here_is_told(lab_phone: LabPhone, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 1000)
    file.path.unlink()
    with pytest.raises(PhoneError, match="cannot be read"):
        push_files(AdbPhone(lab_phone.serial), [file])


def test_a_folder_in_the_way_is_told(lab_phone: LabPhone, tmp_path: Path) -> None:
    file = _file(tmp_path, "a", 1000)
    AdbPhone(lab_phone.serial).shell(f"mkdir -p {ROOT}; echo > {FOLDER}")
    with pytest.raises(PhoneError, match="looking at what lies on it") as caught:
        push_files(AdbPhone(lab_phone.serial), [file])
    assert "clean-phone" in caught.value.remedy


def test_nothing_to_push_asks_nothing() -> None:
    assert push_files(AdbPhone("nobody"), []).is_complete


def test_a_phone_that_hangs_in_mid_push_is_given_up(
    lab_phone: LabPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.push._BASE_SECONDS", 3.0)
    lab_phone.set_faults(Faults(hang_shell_on="chmod"))
    with pytest.raises(PhoneError, match="checking a"):
        push_files(AdbPhone(lab_phone.serial), [_file(tmp_path, "a", 1000)])
    assert set(_on_phone(lab_phone)) == {"a" + PART_SUFFIX}


def test_a_cable_without_a_pulse_is_given_up(
    lab_phone: LabPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.adb._STALL_SECONDS", 0.7)
    file = _file(tmp_path, "a", 12 << 20)

    def stall(sent: int) -> None:
        if lab_phone.faults == Faults():
            lab_phone.set_faults(Faults(bytes_per_second=1))

    begun = time.monotonic()
    with pytest.raises(PhoneTimeoutError, match="copying a"), file.path.open("rb") as opened:
        AdbPhone(lab_phone.serial).push(opened, f"{ROOT}/a", on_bytes=stall)
    assert time.monotonic() - begun < 5.0
    lab_phone.unplug()  # what is on its way at this speed would take weeks
