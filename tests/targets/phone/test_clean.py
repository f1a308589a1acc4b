"""What we put on a phone can be taken off it, and nothing else is."""

from __future__ import annotations

import pytest

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.clean import clean_phone, end_runners, remove_old
from studio.targets.phone.paths import CLIPS_DIR, MODELS_DIR, ROOT, bundle_dir
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.phone import LabPhone
from tests.support.waiting import wait_until

OURS = bundle_dir("0123456789abcdef")
# As the runner is started: in its folder, by a relative name.
RUNNER = f"mkdir -p {OURS}; cd {OURS}; echo 'read x' > runner; echo on; exec sh ./runner"


def _names(lab_phone: LabPhone, folder: str) -> set[str]:
    place = lab_phone.root / folder[1:]
    return {path.name for path in place.iterdir()} if place.is_dir() else set()


def test_everything_of_ours_goes_and_nothing_else(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    phone.shell(f"mkdir -p {MODELS_DIR}; echo 12345 > {MODELS_DIR}/a; echo > {ROOT}/../theirs")
    phone.forward("jejunet-1")
    theirs = phone.forward("other")
    elsewhere = "cd /data/local/tmp; echo 'read x' > runner; echo on; exec sh ./runner"
    with (
        phone.open_shell_stream(RUNNER) as ours,
        phone.open_shell_stream(elsewhere) as other,
        phone.open_shell_stream(f"cd {ROOT}; echo on; cat") as visitor,
    ):
        for stream in (ours, other, visitor):
            assert stream.read_line(5.0) == "on"
        report = clean_phone(phone)
        assert (report.runners, report.files, report.forwards) == (1, 2, 1)
        assert report.bytes == len("12345\n") + len("read x\n")
        assert ours.wait(5.0) not in (None, 0)
        assert other.wait(0.2) is None
        visitor.close_stdin()
        assert visitor.wait(5.0) == 0
    assert _names(lab_phone, "/data/local/tmp") == {"theirs", "runner"}
    assert phone.forwards() == {theirs: "other"}
    phone.remove_forward(theirs)
    wait_until(lambda: not any("runner" in line for line in lab_phone.processes()))


def test_a_clean_phone_stays_as_it_is(lab_phone: LabPhone) -> None:
    report = clean_phone(AdbPhone(lab_phone.serial))
    assert (report.runners, report.files, report.bytes, report.forwards) == (0, 0, 0, 0)


def test_a_runner_that_does_not_listen_is_killed(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    stubborn = RUNNER.replace("read x", "trap : TERM; while :; do read -t 1 x; done")
    with phone.open_shell_stream(stubborn) as runner:
        assert runner.read_line(5.0) == "on"
        assert end_runners(phone) == 1
        assert runner.wait(5.0) == 128 + 9


def test_the_newest_stay(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    made = "; ".join(
        f"touch -t 20260101000{age} {MODELS_DIR}/m{age}.tflite {CLIPS_DIR}/c{age}.clip"
        for age in range(5)
    )
    phone.shell(
        f"mkdir -p {MODELS_DIR} {CLIPS_DIR} {OURS} {ROOT}/bundle-old; echo 1 > {ROOT}/bundle-old/a;"
        f"mkdir {ROOT}/other; {made}"
    )
    keep = [OURS, f"{MODELS_DIR}/m0.tflite"]
    report = remove_old(phone, keep, kept_models=2, kept_clips=1)
    assert _names(lab_phone, MODELS_DIR) == {"m0.tflite", "m4.tflite", "m3.tflite"}
    assert _names(lab_phone, CLIPS_DIR) == {"c4.clip"}
    assert _names(lab_phone, ROOT) == {"models", "clips", "other", OURS.rpartition("/")[2]}
    assert (report.files, report.bytes) == (2 + 4 + 1, 2)
    assert remove_old(phone, keep, kept_models=2, kept_clips=1).files == 0


def test_a_bundle_that_runs_stays(lab_phone: LabPhone) -> None:
    phone = AdbPhone(lab_phone.serial)
    with phone.open_shell_stream(RUNNER) as runner:
        assert runner.read_line(5.0) == "on"
        remove_old(phone, [])
        assert OURS.rpartition("/")[2] in _names(lab_phone, ROOT)
    wait_until(lambda: not any("runner" in line for line in lab_phone.processes()))
    remove_old(phone, [])
    assert _names(lab_phone, ROOT) == set()


def test_a_phone_that_was_never_used_has_nothing_old(lab_phone: LabPhone) -> None:
    assert remove_old(AdbPhone(lab_phone.serial), []).files == 0


def test_a_phone_that_hangs_is_told(lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.targets.phone.clean._TIMEOUT_SECONDS", 0.3)
    lab_phone.set_faults(Faults(hang_shell_on="."))
    with pytest.raises(PhoneError, match="did not answer"):
        clean_phone(AdbPhone(lab_phone.serial))
