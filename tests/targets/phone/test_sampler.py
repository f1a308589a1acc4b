"""A phone's condition is told about once a second, at little cost, until it goes away."""

from __future__ import annotations

import threading
import time

import pytest

from studio.runs.phone_events import PhoneSample
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.sampler import PhoneSampler
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Conditions
from tests.phone_lab.phone import LabPhone
from tests.support.waiting import wait_until


class Heard:
    """Keeps what a sampler says."""

    def __init__(self) -> None:
        self.samples: list[PhoneSample] = []
        self.reasons: list[str] = []

    def start(
        self, lab_phone: LabPhone, *, seconds: float = 0.05, pid: int | None = None
    ) -> PhoneSampler:
        return PhoneSampler(
            AdbPhone(lab_phone.serial),
            self.samples.append,
            runner_pid=pid,
            interval_seconds=seconds,
            on_end=self.reasons.append,
        )


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_pixel_2_that_hides_its_zones_tells_all_the_same(
    lab_phone: LabPhone, heard: Heard
) -> None:
    lab_phone.set_conditions(Conditions(is_charging=True, skin_celsius=41.5, big_khz=1_056_000))
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 2)
    first, second = heard.samples[:2]
    assert first.clocks_khz == (1_900_800,) * 4 + (1_056_000,) * 4
    assert first.temperatures_celsius["skin"] == 41.5
    assert first.temperatures_celsius["CPU0"] == 34.2
    assert first.thermal_status == 2
    assert (first.battery_percent, first.battery_celsius, first.is_charging) == (87.0, 28.0, True)
    assert first.memory_available_bytes is not None
    assert first.busy_percent is None
    assert second.busy_percent is not None
    assert second.others_busy_percent is None
    assert heard.reasons == []


def test_zones_that_may_be_read_are_read_in_their_scales(lab_phone: LabPhone, heard: Heard) -> None:
    lab_phone.set_conditions(Conditions(zones_readable=True, skin_celsius=33.0))
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 1)
    assert heard.samples[0].temperatures_celsius == {
        "tsens_tz_sensor1": 34.2,
        "battery": 28.0,
        "back_therm": 33.0,
    }


def test_changes_are_noticed(lab_phone: LabPhone, heard: Heard) -> None:
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 1)
        lab_phone.set_conditions(Conditions(skin_celsius=39.0, is_charging=True))
        wait_until(lambda: heard.samples[-1].temperatures_celsius.get("skin") == 39.0)
        wait_until(lambda: heard.samples[-1].is_charging is True)


def test_the_runners_work_is_told_from_that_of_others(lab_phone: LabPhone, heard: Heard) -> None:
    work = "echo $$; while :; do :; done"
    with (
        AdbPhone(lab_phone.serial).open_shell_stream(work) as runner,
        heard.start(lab_phone) as sampler,
    ):
        line = runner.read_line(5.0)
        assert line is not None
        sampler.runner_pid = int(line)

        def has_shares() -> bool:
            return heard.samples[-1:] != [] and heard.samples[-1].others_busy_percent is not None

        wait_until(has_shares)
        count = len(heard.samples)
        wait_until(lambda: len(heard.samples) >= count + 10)
    shares = [
        (sample.busy_percent, sample.others_busy_percent)
        for sample in heard.samples[count:]
        if sample.busy_percent is not None and sample.others_busy_percent is not None
    ]
    assert sum(busy for busy, _ in shares) > sum(others for _, others in shares)


def test_a_sample_is_cheap(lab_phone: LabPhone, heard: Heard) -> None:
    with heard.start(lab_phone) as sampler:
        wait_until(lambda: len(heard.samples) >= 10)
        cost_bytes = sampler.received_bytes / len(heard.samples)
    assert 0 < cost_bytes < 2000


def test_a_pulled_cable_ends_it_quietly_with_a_reason(lab_phone: LabPhone, heard: Heard) -> None:
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 1)
        lab_phone.unplug()
        wait_until(lambda: len(heard.reasons) == 1)
        assert "not connected" in heard.reasons[0]


def test_a_phone_that_is_not_there_ends_it_with_a_reason(lab_phone: LabPhone, heard: Heard) -> None:
    lab_phone.unplug()
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.reasons) == 1)
    assert heard.samples == []


def test_a_shell_that_dies_ends_it_with_a_reason(lab_phone: LabPhone, heard: Heard) -> None:
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 1)
        assert lab_phone.kill_processes("thermal_zone") >= 1
        wait_until(lambda: len(heard.reasons) == 1)
    assert "condition" in heard.reasons[0]


def test_a_shell_that_died_is_started_again(
    lab_phone: LabPhone, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.sampler._RESTART_SECONDS", 0.1)
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.samples) >= 1)
        assert lab_phone.kill_processes("thermal_zone") >= 1
        wait_until(lambda: len(heard.reasons) == 1)
        seen = len(heard.samples)
        wait_until(lambda: len(heard.samples) > seen)


def test_a_shell_that_hangs_is_given_up(
    lab_phone: LabPhone, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.sampler._ANSWER_SECONDS", 0.3)
    lab_phone.set_faults(Faults(hang_shell_on="."))
    with heard.start(lab_phone):
        wait_until(lambda: len(heard.reasons) == 1)
    assert heard.samples == []


def test_closing_does_not_wait(lab_phone: LabPhone, heard: Heard) -> None:
    lab_phone.set_faults(Faults(hang_shell_on="."))
    for delay_seconds in (0.0, 0.2):
        sampler = heard.start(lab_phone)
        time.sleep(delay_seconds)
        begun = time.monotonic()
        sampler.close()
        sampler.close()
        assert time.monotonic() - begun < 4.0  # the phone would be given 5
    assert heard.reasons == []


def test_it_keeps_its_pace(lab_phone: LabPhone, heard: Heard) -> None:
    with heard.start(lab_phone, seconds=0.4):
        wait_until(lambda: len(heard.samples) >= 4)
    moments = [sample.at_seconds for sample in heard.samples[1:4]]
    assert 0.7 < moments[-1] - moments[0] < 3.0


def test_it_may_be_closed_by_its_own_listener(lab_phone: LabPhone) -> None:
    closed = threading.Event()
    holder: list[PhoneSampler] = []
    ready = threading.Event()

    def close(_: PhoneSample) -> None:
        ready.wait(5.0)
        holder[0].close()
        closed.set()

    holder.append(PhoneSampler(AdbPhone(lab_phone.serial), close, interval_seconds=0.05))
    ready.set()
    assert closed.wait(10.0)
    holder[0].close()
