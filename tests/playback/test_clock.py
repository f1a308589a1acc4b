"""The playing clock: continuous through every change, exact in its pace."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.playback.clock import SPEEDS, PlayClock

_times = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=8).map(sorted)


@given(_times, st.lists(st.sampled_from(["start", "stop", "faster", "slower"]), max_size=8))
def test_no_change_makes_the_position_jump(times: list[float], changes: list[str]) -> None:
    clock = PlayClock()
    for now, change in zip(times, changes, strict=False):
        before = clock.at(now)
        match change:
            case "start":
                clock = clock.started(now)
            case "stop":
                clock = clock.stopped(now)
            case "faster":
                clock = clock.at_speed(clock.speed * 1.5, now)
            case _:
                clock = clock.at_speed(clock.speed / 1.5, now)
        assert clock.at(now) == pytest.approx(before, abs=1e-9)


@given(st.floats(-10, 10), st.floats(0, 100))
def test_speed_stays_within_its_limits(speed: float, seconds: float) -> None:
    clock = PlayClock().at_speed(speed, 0.0).started(0.0)
    slowest, fastest = SPEEDS
    moved = clock.at(seconds)
    assert slowest * seconds - 1e-9 <= moved <= fastest * seconds + 1e-9


def test_a_standing_clock_never_reaches_what_is_ahead() -> None:
    clock = PlayClock(position_seconds=2.0)
    assert clock.at(1000.0) == 2.0
    assert clock.delay_until(2.1, 1000.0) == math.inf
    assert clock.delay_until(1.9, 1000.0) == 0.0


def test_the_delay_is_in_real_seconds() -> None:
    clock = PlayClock(speed=2.0).started(10.0)
    assert clock.delay_until(1.0, 10.0) == pytest.approx(0.5)
    assert clock.at(10.5) == pytest.approx(1.0)


def test_a_held_clock_goes_on_from_the_limit() -> None:
    clock = PlayClock().started(0.0).held_at(1.0, 5.0)
    assert clock.at(5.0) == 1.0
    assert clock.at(6.0) == pytest.approx(2.0)
    assert PlayClock().held_at(-1.0, 5.0).at(5.0) == 0.0
