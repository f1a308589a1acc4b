"""What a phone is asked about its condition, and how its answers add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.runs.phone_events import PhoneSample
from studio.targets.phone.sampling import Questions
from tests.targets.phone.test_readings import (
    BATTERY_8,
    HARDWARE_9,
    HARDWARE_DENIED,
    MISSING,
    THERMAL_10,
)

CLOCKS = [f"clock {cpu} {clock}" for cpu, clock in enumerate([1900800] * 4 + [2457600] * 4)]


def _dump(name: str, text: str) -> list[str]:
    return [f"@dump {name}", *text.splitlines(), "@done"]


def _wanted(questions: Questions) -> str:
    return questions.request(None).decode().split()[0]


def test_an_android_11_phone_that_hides_its_zones() -> None:
    questions = Questions([])
    assert _wanted(questions) == "-thb"
    lines = ["times cpu 10 0 0 90", "memory MemAvailable: 2 kB", *CLOCKS]
    lines += _dump("thermal", THERMAL_10) + _dump("hardware", HARDWARE_9)
    sample = questions.sample(lines + _dump("battery", BATTERY_8))
    assert sample.clocks_khz == (1900800,) * 4 + (2457600,) * 4
    assert sample.temperatures_celsius == {"CPU0": 37.6, "battery": 28.0, "skin": 40.912}
    assert sample.thermal_status == 2
    assert (sample.battery_percent, sample.is_charging) == (87.0, True)
    assert sample.memory_available_bytes == 2048
    assert sample.busy_percent is None
    assert _wanted(questions) == "-"
    later = questions.sample(["times cpu 20 0 0 180"])
    assert later.busy_percent == 10.0
    assert later.temperatures_celsius == sample.temperatures_celsius
    assert later.battery_celsius == sample.battery_celsius
    # The service knew all, so the other one is left in peace.
    assert [_wanted(questions) for _ in range(4)] == ["-t", "-", "-t", "-b"]


def test_an_android_8_phone_has_no_thermal_service() -> None:
    questions = Questions([])
    questions.request(None)
    sample = questions.sample(_dump("thermal", MISSING) + _dump("hardware", HARDWARE_9))
    assert sample.temperatures_celsius["Skin"] == 30.912
    assert sample.thermal_status is None
    assert [_wanted(questions) for _ in range(2)] == ["-", "-h"]


def test_readable_zones_are_enough_but_for_the_status() -> None:
    questions = Questions(["@zones"])
    assert _wanted(questions) == "-ztb"
    zones = ["zone 342 tsens_tz_sensor1", "zone 28100 battery", "zone 31 back therm", "zone  x"]
    sample = questions.sample(zones + _dump("thermal", THERMAL_10))
    assert sample.temperatures_celsius == {
        "tsens_tz_sensor1": 34.2,
        "battery": 28.1,
        "back therm": 31.0,
    }
    assert sample.thermal_status == 2
    assert [_wanted(questions) for _ in range(2)] == ["-", "-zt"]


def test_zones_that_are_all_off_make_way_for_the_services() -> None:
    questions = Questions(["@zones"])
    questions.request(None)
    assert questions.sample(["zone 0 a", "zone -274 b"]).temperatures_celsius == {}
    assert [_wanted(questions) for _ in range(2)] == ["-", "-th"]


def test_zones_of_one_name_are_told_apart() -> None:
    sample = Questions(["@zones"]).sample(["zone 30 therm", "zone 31 therm", "zone 32 therm"])
    assert sample.temperatures_celsius == {"therm": 30.0, "therm 2": 31.0, "therm 3": 32.0}


def test_a_phone_that_tells_nothing_is_not_asked_again() -> None:
    questions = Questions([])
    questions.request(None)
    lines = _dump("thermal", MISSING) + _dump("hardware", HARDWARE_DENIED)
    sample = questions.sample(lines + _dump("battery", MISSING))
    assert sample == PhoneSample(at_seconds=sample.at_seconds)
    assert {_wanted(questions) for _ in range(20)} == {"-"}


def test_the_runners_share_starts_anew_with_a_new_runner() -> None:
    process = "process 7 (runner) S 1 7 7 0 -1 4194560 5 0 0 0 {} 0 0 0 20 0 5 0 9000"
    questions = Questions([])
    assert questions.request(7) == b"-thb 7\n"
    questions.sample(["times cpu 0 0 0 0", process.format(900)])
    questions.request(7)
    sample = questions.sample(["times cpu 50 0 0 50", process.format(920)])
    assert (sample.busy_percent, sample.others_busy_percent) == (50.0, 30.0)
    questions.request(8)
    sample = questions.sample(["times cpu 100 0 0 100", process.format(1000)])
    assert (sample.busy_percent, sample.others_busy_percent) == (50.0, None)


def test_a_cpu_that_sleeps_has_no_clock() -> None:
    sample = Questions([]).sample(["clock 0 300000", "clock 1 ", "clock 3 600000"])
    assert sample.clocks_khz == (300000, 0, 0, 600000)
    assert Questions([]).sample(["clock 0 ", "clock 1 "]).clocks_khz == ()


@given(
    st.lists(
        st.text(max_size=30)
        | st.sampled_from(
            ["@dump battery", "@done", "zone 1", "clock", "clock 99999999 1", "times"]
        )
    )
)
def test_no_answer_makes_the_reader_fail(lines: list[str]) -> None:
    questions = Questions(lines)
    questions.request(1)
    questions.sample(lines)
    questions.request(1)
    questions.sample(lines)
