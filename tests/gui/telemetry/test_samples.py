"""Samples keep what was told under names with units, and know what was not told."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.telemetry.samples import MOST_NAMES, SampleBook, plain_sample
from studio.runs.phone_events import PhoneSample
from tests.support.phone_feed import a_sample


@given(st.integers(1, 8), st.integers(0, 40))
def test_it_keeps_exactly_the_newest(capacity: int, count: int) -> None:
    book = SampleBook(capacity)
    for second in range(count):
        book.append(a_sample(float(second), battery_percent=float(second)))
    kept = [float(second) for second in range(max(0, count - capacity), count)]
    assert book.at_seconds.tolist() == kept
    assert len(book) == len(kept)
    if count:
        assert book.values("battery_percent").tolist() == kept


def test_what_a_phone_does_not_tell_is_unknown_not_zero() -> None:
    book = SampleBook()
    book.append(PhoneSample(at_seconds=1.0, clocks_khz=(0, 1_900_000)))
    book.append(PhoneSample(at_seconds=2.0, temperatures_celsius={"skin": 31.0}))
    assert np.isnan(book.values("cpu0_khz")).all()
    assert np.isnan(book.values("temperature_skin_celsius")).tolist() == [True, False]
    assert np.isnan(book.values("battery_percent")).all()
    assert book.values("cpu1_khz")[0] == 1_900_000


def test_names_say_what_it_is_and_in_which_unit() -> None:
    told = plain_sample(a_sample(0.0, 30.0))
    assert told["cpu7_khz"] == 2_457_600
    assert told["temperature_SKIN_celsius"] == 30.0
    assert told["is_charging"] == 1.0
    assert "thermal_status" not in told


def test_a_clock_that_is_set_back_leaves_the_times_ascending() -> None:
    book = SampleBook()
    for second in (5.0, 3.0, 6.0):
        book.append(a_sample(second))
    assert book.at_seconds.tolist() == [5.0, 5.0, 6.0]


def test_a_phone_that_names_ever_new_sensors_does_not_fill_the_memory() -> None:
    book = SampleBook(4)
    for second in range(40):
        sensors = {f"sensor {second} {number}": 30.0 for number in range(20)}
        book.append(PhoneSample(at_seconds=float(second), temperatures_celsius=sensors))
    assert len(book.names) <= MOST_NAMES


def test_clearing_forgets_names_too() -> None:
    book = SampleBook()
    book.append(a_sample(1.0))
    book.clear()
    assert book.names == ()
    assert len(book) == 0
