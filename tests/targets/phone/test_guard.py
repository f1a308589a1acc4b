"""What makes numbers untrustworthy is named, once, and withdrawn when it has passed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from studio.runs.phone_events import PhoneFrame, PhoneSample
from studio.targets.phone.guard import (
    FEWEST_FRAMES,
    HOT_AT_START_CELSIUS,
    Facts,
    Guard,
    find_doubts,
    why_throttled,
)

CLUSTERS = ((0, 1, 2, 3), (4, 5, 6, 7))
FULL_SPEED = (1_900_800,) * 4 + (2_457_600,) * 4
GOOD = Facts(
    clusters=CLUSTERS,
    first=PhoneSample(temperatures_celsius={"skin": 30.0, "CPU4": 35.0}, battery_celsius=28.0),
    latest=PhoneSample(
        clocks_khz=FULL_SPEED,
        temperatures_celsius={"skin": 33.0},
        battery_percent=80.0,
        is_charging=False,
        thermal_status=0,
    ),
    others_busy_percent=5.0,
    measured=FEWEST_FRAMES,
    load=0.95,
    clock_share=1.0,
)


def frame(
    number: int, cpu: int = 5, work_millis: float = 30.0, interval: float = 33.0
) -> PhoneFrame:
    return PhoneFrame(
        sequence=number,
        index=number,
        time_seconds=0.0,
        sent_at_seconds=0.0,
        invoke_millis=work_millis,
        interval_millis=interval,
        cpu=cpu,
    )


def warm(**sensors: float) -> PhoneSample:
    return PhoneSample(temperatures_celsius=sensors)


def test_good_conditions_raise_no_doubt() -> None:
    assert find_doubts(GOOD) == {}


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"is_lab": True}, "lab", "speeds mean nothing"),
        ({"measured": FEWEST_FRAMES - 1}, "few-frames", "Fewer than 100 frames"),
        ({"little_share": 0.5}, "little-cores", "50%"),
        ({"others_busy_percent": 12.5}, "busy", "1.0 of its 8 cores"),
        ({"first": warm(skin=36.0)}, "hot-at-start", "skin 36 °C"),
        ({"first": warm(CPU4=61.0)}, "hot-at-start", "cpu 61 °C"),
        ({"first": warm(tsens_tz_sensor5=70.0)}, "hot-at-start", "cpu 70 °C"),
        ({"first": warm(back_therm=37.0)}, "hot-at-start", "skin 37 °C"),
        ({"first": PhoneSample(battery_celsius=35.5)}, "hot-at-start", "battery 36 °C"),
        ({"latest": PhoneSample(is_charging=True)}, "charging", "cable charges"),
        ({"latest": PhoneSample(battery_percent=20.0)}, "low-battery", "20 %"),
        ({"latest": PhoneSample(thermal_status=1)}, "throttled", "status 1"),
        ({"latest": warm(back_skin=40.0)}, "throttled", "40 °C"),
        ({"clock_share": 0.6}, "throttled", "60% of their highest clock"),
    ],
)
def test_each_trouble_has_its_doubt(changes: dict[str, Any], code: str, words: str) -> None:
    doubts = find_doubts(replace(GOOD, **changes))
    assert list(doubts) == [code]
    assert words in doubts[code]


@pytest.mark.parametrize(
    "changes",
    [
        {"little_share": 0.1},
        {"others_busy_percent": 12.0},
        {"others_busy_percent": None},
        {"first": warm(**{name: limit - 1 for name, limit in HOT_AT_START_CELSIUS.items()})},
        {"first": None},
        {"latest": PhoneSample(battery_percent=21.0, is_charging=None)},
        {"latest": warm(skin=39.0)},
        {"clock_share": 0.6, "load": 0.3},  # with little to do, clocks are low by right
        {"clock_share": None},
        {"clusters": (), "others_busy_percent": 50.0},
    ],
)
def test_what_is_harmless_or_not_known_raises_none(changes: dict[str, Any]) -> None:
    assert find_doubts(replace(GOOD, **changes)) == {}


def test_throttling_is_told_in_words() -> None:
    assert why_throttled(GOOD) == ""
    assert "throttles" in why_throttled(replace(GOOD, latest=PhoneSample(thermal_status=3)))


def test_a_doubt_is_told_once_and_withdrawn() -> None:
    guard = Guard(Facts(clusters=CLUSTERS))
    assert [(d.code, d.is_over) for d in guard.news()] == [("few-frames", False)]
    guard.sample(PhoneSample(is_charging=True))
    assert [(d.code, d.is_over) for d in guard.news()] == [("charging", False)]
    assert guard.news() == []
    for number in range(FEWEST_FRAMES):
        guard.frame(frame(number))
    guard.sample(PhoneSample(is_charging=False))
    over = {(d.code, d.is_over) for d in guard.news()}
    assert over == {("few-frames", True), ("charging", True)}
    assert guard.doubts == {}


def test_frames_of_the_warm_up_do_not_count() -> None:
    guard = Guard()
    guard.frame(PhoneFrame(sequence=0, index=0, time_seconds=0, sent_at_seconds=0, is_warm_up=True))
    assert guard.facts.measured == 0


def test_slow_cores_are_noticed_and_forgotten() -> None:
    guard = Guard(Facts(clusters=CLUSTERS))
    for number in range(20):
        guard.frame(frame(number, cpu=2))
    assert "little-cores" in {doubt.code for doubt in guard.news()}
    for number in range(100):
        guard.frame(frame(number))
    assert ("little-cores", True) in {(d.code, d.is_over) for d in guard.news()}


def test_a_phone_with_one_kind_of_cores_has_no_slow_ones() -> None:
    guard = Guard(Facts(clusters=((0, 1, 2, 3),)))
    for number in range(200):
        guard.frame(frame(number, cpu=1))
    guard.news()
    assert guard.doubts == {}


def test_fast_cores_that_slow_down_under_load_are_throttled() -> None:
    guard = Guard(Facts(clusters=CLUSTERS))
    for number in range(FEWEST_FRAMES):
        guard.frame(frame(number))
    guard.sample(PhoneSample(clocks_khz=FULL_SPEED))
    guard.news()
    assert "throttled" not in guard.doubts
    guard.sample(PhoneSample(clocks_khz=(1_900_800,) * 4 + (1_200_000,) * 4))
    guard.news()
    assert "49% of their highest clock" in guard.doubts["throttled"]


@pytest.mark.parametrize(("load", "is_throttled"), [(0.75, False), (0.97, True)])
def test_a_paced_load_that_lets_the_governor_lower_the_clock_is_not_throttled(
    load: float, is_throttled: bool
) -> None:
    guard = Guard(Facts(clusters=CLUSTERS))
    guard.sample(PhoneSample(clocks_khz=FULL_SPEED))
    for number in range(FEWEST_FRAMES):
        guard.frame(frame(number, work_millis=load * 33.3, interval=33.3))
    guard.sample(PhoneSample(clocks_khz=(1_900_800,) * 4 + (1_574_400,) * 4))
    guard.news()
    assert ("throttled" in guard.doubts) is is_throttled


def test_a_short_burst_of_others_is_no_doubt() -> None:
    guard = Guard(Facts(clusters=CLUSTERS, measured=FEWEST_FRAMES))
    for percent in (1.0, 2.0, 90.0, 1.0, 2.0):
        guard.sample(PhoneSample(others_busy_percent=percent))
    guard.news()
    assert "busy" not in guard.doubts
    for _ in range(5):
        guard.sample(PhoneSample(others_busy_percent=40.0))
    guard.news()
    assert "busy" in guard.doubts


def test_what_the_first_sample_does_not_tell_comes_from_the_first_that_does() -> None:
    guard = Guard()
    guard.sample(PhoneSample(clocks_khz=FULL_SPEED))
    guard.news()
    assert "hot-at-start" not in guard.doubts
    guard.sample(warm(skin=37.0))
    guard.sample(PhoneSample(battery_percent=80.0, battery_celsius=30.0, is_charging=True))
    guard.sample(PhoneSample(temperatures_celsius={"skin": 50.0}, battery_percent=70.0))
    guard.news()
    assert "skin 37 °C" in guard.doubts["hot-at-start"]
    first = guard.facts.first
    assert first is not None
    assert (first.battery_percent, first.battery_celsius, first.is_charging) == (80.0, 30.0, True)
    assert first.clocks_khz == FULL_SPEED
