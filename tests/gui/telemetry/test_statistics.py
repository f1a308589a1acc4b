"""The numbers are those of NumPy, over the frames that count; columns lose nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.telemetry.records import Records
from studio.gui.telemetry.ring import RecordRing
from studio.gui.telemetry.statistics import (
    latency_histogram,
    percentiles,
    pixel_columns,
    summarize,
)
from tests.support.driven_playback import a_record

MILLIS = st.floats(0.0, 1e4, width=32)


def _records(
    invoke_millis: list[float], *, seconds_apart: float = 0.04, warmup: int = 0
) -> Records:
    ring = RecordRing(max(1, len(invoke_millis)))
    for index, millis in enumerate(invoke_millis):
        ring.append(a_record(index, index * 0.04, invoke_millis=millis))
    return ring.records()


@given(st.lists(MILLIS, min_size=1, max_size=300), st.lists(st.floats(0, 100), min_size=1))
def test_percentiles_are_numpys(values: list[float], percents: list[float]) -> None:
    array = np.array(values, np.float32)
    expected = np.percentile(array.astype(np.float64), percents)
    np.testing.assert_allclose(percentiles(array, tuple(percents)), expected, rtol=1e-9, atol=1e-9)


def test_percentiles_are_numpys_on_an_hour_with_spikes() -> None:
    random = np.random.default_rng(1)
    values = random.gamma(3, 4, 216_000).astype(np.float32)
    values[::5000] = 9000
    expected = np.percentile(values.astype(np.float64), (50, 90, 99))
    np.testing.assert_allclose(percentiles(values, (50, 90, 99)), expected, rtol=1e-9)


@given(st.lists(MILLIS, min_size=1, max_size=60))
def test_a_summary_has_the_percentiles_of_the_work(invoke_millis: list[float]) -> None:
    records = _records(invoke_millis)
    summary = summarize(records)
    expected = np.percentile(records.work_millis.astype(np.float64), (50, 90, 99))
    found = (summary.p50_millis, summary.p90_millis, summary.p99_millis)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert summary.possible_mean == pytest.approx(1000 / np.mean(records.work_millis), rel=1e-5)
    assert sum(summary.stage_millis) == pytest.approx(summary.mean_millis, rel=1e-5)


def test_rates_come_from_the_time_between_frames() -> None:
    ring = RecordRing(200)
    seconds = 0.0
    for index in range(101):
        ring.append(a_record(index, seconds))
        seconds += 0.2 if index == 50 else 0.04
    summary = summarize(ring.records())
    assert summary.shown_mean == pytest.approx(100 / (99 * 0.04 + 0.2), rel=1e-4)
    intervals = np.diff(ring.records().shown_at_seconds)
    assert summary.shown_low == pytest.approx(1 / np.percentile(intervals, 99), rel=1e-4)
    assert summary.shown_now == pytest.approx(25.0, rel=1e-4)


def test_warmup_steps_and_seeks_count_nowhere() -> None:
    ring = RecordRing(10)
    ring.append(a_record(0, 0.0, invoke_millis=900), is_warmup=True)
    ring.append(a_record(1, 0.04))
    ring.append(a_record(2, 0.08))
    ring.append(a_record(70, 0.5, invoke_millis=700, is_playing=False, dropped_before=5))
    summary = summarize(ring.records(), budget_millis=9.0)
    assert (summary.frames, summary.warmup_frames, summary.dropped) == (2, 1, 0)
    assert summary.max_millis == summary.p99_millis == 10.0
    assert summary.over_budget == 2


def test_nothing_played_gives_no_numbers() -> None:
    summary = summarize(_records([]))
    assert summary.frames == 0
    assert math.isnan(summary.p50_millis)
    assert math.isnan(summary.shown_mean)
    assert math.isnan(summary.dropped_ratio)


def test_the_share_of_dropped_frames_is_of_those_due() -> None:
    ring = RecordRing(10)
    ring.append(a_record(0, 0.0))
    ring.append(a_record(4, 0.16, dropped_before=2))
    assert summarize(ring.records()).dropped_ratio == 0.5


@given(
    st.lists(MILLIS, min_size=1, max_size=80),
    st.floats(0.5, 5e3, allow_nan=False),
    st.integers(1, 40),
)
def test_a_histogram_counts_every_frame_once(values: list[float], top: float, bins: int) -> None:
    histogram = latency_histogram(_records(values), top, bins)
    assert histogram.counts.sum() == len(values)
    assert len(histogram.edges_millis) == bins + 1
    slower = int((np.array(values, np.float32) + 6 >= top * 1.001).sum())
    assert histogram.counts[-1] >= slower


@given(
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200),
    st.integers(1, 90),
    st.floats(1.0, 100.0),
)
def test_columns_hold_every_record_and_never_overlap(
    pauses: list[float], width: int, seconds: float
) -> None:
    ring = RecordRing(len(pauses))
    at = 0.0
    for index, pause in enumerate(pauses):
        at += pause
        ring.append(a_record(index, at, invoke_millis=float(index), dropped_before=index % 3))
    records = ring.records().last_seconds(seconds)
    columns = pixel_columns(records, seconds, width)
    assert 1 <= len(columns) <= width
    assert columns.first[0] == 0
    assert columns.last[-1] == len(records) - 1
    assert (columns.first[1:] == columns.last[:-1] + 1).all()
    assert (columns.right >= columns.left + 1).all()
    assert (columns.right[:-1] <= columns.left[1:]).all()
    assert columns.left[0] >= 0
    assert columns.right[-1] <= width
    assert columns.dropped.sum() == records.dropped.sum()
    assert columns.peak_millis.max() == records.work_millis.max()
    sizes = columns.last - columns.first + 1
    total = (columns.stage_millis * sizes).sum()
    assert total == pytest.approx(float(records.work_millis.sum()), rel=1e-4)


def test_a_pause_is_a_gap() -> None:
    ring = RecordRing(10)
    for seconds in (0.0, 0.04, 5.0, 5.04):
        ring.append(a_record(0, seconds))
    columns = pixel_columns(ring.records(), 10.0, 1000)
    assert columns.left[2] - columns.right[1] > 400
    assert columns.right[1] - columns.left[1] <= 6  # as wide as the others
