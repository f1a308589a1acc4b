"""The ring keeps the newest records, whatever came before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.telemetry.ring import HOUR_RECORDS, LONGEST_INTERVAL_SECONDS, RecordRing
from tests.support.driven_playback import a_record


@given(st.integers(1, 12), st.integers(0, 60))
def test_it_keeps_exactly_the_newest_in_order(capacity: int, count: int) -> None:
    ring = RecordRing(capacity)
    for index in range(count):
        ring.append(a_record(index, float(index)))
    kept = list(range(max(0, count - capacity), count))
    records = ring.records()
    assert len(ring) == len(records) == len(kept)
    assert records.index.tolist() == kept
    assert records.shown_at_seconds.tolist() == [float(index) for index in kept]
    assert records.stage_millis.shape == (5, len(kept))


def test_it_keeps_the_newest_hour_at_sixty_records_a_second() -> None:
    ring = RecordRing()
    extra = 1000
    for index in range(HOUR_RECORDS + extra):
        ring.append(a_record(index, index / 60))
    records = ring.records()
    assert len(records) == 216_000
    assert records.index[0] == extra
    assert records.shown_at_seconds[-1] - records.shown_at_seconds[0] > 3599.9


def test_stages_and_work_are_those_of_the_record() -> None:
    ring = RecordRing(4)
    ring.append(a_record(7, 1.0, decode_millis=1.5, dropped_before=3))
    records = ring.records()
    assert records.stage_millis[:, 0].tolist() == [1.5, 2.0, 4.0, 2.0, 1.0]
    assert records.work_millis[0] == 10.5
    assert records.dropped[0] == 3


def test_intervals_exist_only_within_one_flow_of_playing() -> None:
    ring = RecordRing(10)
    ring.append(a_record(0, 1.0))
    ring.append(a_record(1, 1.5))
    ring.end_flow()
    ring.append(a_record(2, 9.0))
    ring.append(a_record(3, 9.25))
    ring.append(a_record(50, 9.5, is_playing=False))
    ring.append(a_record(4, 9.75))
    ring.append(a_record(5, 9.75 + LONGEST_INTERVAL_SECONDS + 1))
    expected = [np.nan, 0.5, np.nan, 0.25, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(ring.records().interval_seconds, np.array(expected, np.float32))


def test_a_clock_that_jumps_back_leaves_the_times_ascending() -> None:
    ring = RecordRing(4)
    for seconds in (5.0, 4.0, 6.0):
        ring.append(a_record(0, seconds))
    assert ring.records().shown_at_seconds.tolist() == [5.0, 5.0, 6.0]


def test_the_last_seconds_are_those_before_the_newest() -> None:
    ring = RecordRing(100)
    for index in range(50):
        ring.append(a_record(index, float(index)))
    assert ring.records().last_seconds(10.0).index.tolist() == list(range(39, 50))
    assert len(ring.records().last_seconds(None)) == 50


def test_a_copy_stays_as_it_was_when_the_ring_goes_on() -> None:
    ring = RecordRing(2)
    ring.append(a_record(1, 1.0))
    copy = ring.records().copy()
    for index in range(2, 9):
        ring.append(a_record(index, float(index)))
    assert copy.index.tolist() == [1]


def test_clearing_forgets_everything() -> None:
    ring = RecordRing(3)
    ring.append(a_record(0, 1.0))
    ring.clear()
    ring.append(a_record(1, 2.0))
    assert ring.records().index.tolist() == [1]
    assert np.isnan(ring.records().interval_seconds[0])
