"""Numbers are the means of the frames that count, and memory is bounded."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.temporal.history import History
from studio.gui.temporal.words import STAGES
from studio.temporal.spec import OFF, TemporalSpec
from tests.support.temporal_frames import (
    DRAW_MILLIS,
    NETWORK_MILLIS,
    a_comparison,
    a_frame,
    a_report,
)

SPEC = TemporalSpec(difference_limit=40.0)


@given(count=st.integers(0, 60))
def test_the_newest_frames_are_kept_in_order(count: int) -> None:
    history = History(capacity=16)
    for index in range(count):
        history.add(a_frame(index, a_report()), SPEC)
    assert history.rows["index"].tolist() == list(range(count))[-16:]


def test_an_hour_of_frames_takes_no_more_room() -> None:
    history = History(capacity=64)
    frame = a_frame(0, a_report())
    size = history._rows.nbytes
    for _ in range(10_000):
        history.add(frame, SPEC)
    assert len(history) == 64
    assert history._rows.nbytes == size


def test_means_and_the_share_of_key_frames() -> None:
    history = History()
    for index in range(8):
        history.add(a_frame(index, a_report("interval" if index % 4 == 0 else "none")), SPEC)
    numbers = history.numbers(100)
    assert numbers.frames == 8
    assert numbers.key_share == pytest.approx(0.25)
    assert numbers.total_millis == pytest.approx(3.0 + 0.25 * NETWORK_MILLIS)
    stages = dict(zip(STAGES, numbers.stage_millis, strict=True))
    assert stages["network"] == pytest.approx(0.25 * NETWORK_MILLIS)
    assert sum(stages.values()) == pytest.approx(numbers.total_millis)


def test_speed_up_is_estimated_from_key_frames_and_measured_when_compared() -> None:
    history = History()
    history.add(a_frame(0, a_report("first")), SPEC)
    history.add(a_frame(1, a_report()), SPEC)
    estimated = history.numbers(10)
    assert not estimated.is_measured
    assert estimated.speed_up == pytest.approx((NETWORK_MILLIS + DRAW_MILLIS) / 8.0)
    history.begin_setting()
    history.add(a_frame(2, a_report(), a_comparison(network_millis=30.0)), SPEC)
    measured = history.numbers(10)
    assert measured.is_measured
    assert measured.speed_up == pytest.approx(30.0 / 3.0)


def test_frames_of_an_earlier_setting_are_drawn_but_not_counted() -> None:
    history = History()
    history.add(a_frame(0, a_report("first")), SPEC)
    history.begin_setting()
    assert history.numbers(10).frames == 0
    assert math.isnan(history.numbers(10).total_millis)
    history.add(a_frame(1, a_report()), SPEC)
    assert history.numbers(10).frames == 1
    assert history.numbers(10).key_share == 0.0
    assert len(history) == 2


def test_a_network_beside_costs_the_mask_nothing_but_counts_as_asked() -> None:
    history = History()
    spec = TemporalSpec(asynchronous=True)
    asked = a_report("interval", is_key=False, network_millis=0.0, total_millis=3.0)
    came = a_report("none", network_millis=40.0, late_frames=1, total_millis=3.0)
    history.add(a_frame(0, asked), spec)
    history.add(a_frame(1, came), spec)
    numbers = history.numbers(10)
    assert numbers.key_share == 0.5
    assert numbers.triggers == {"interval": 1}
    assert numbers.stage_millis[STAGES.index("network")] == 0
    assert numbers.speed_up == pytest.approx((40.0 + DRAW_MILLIS) / 3.0)


def test_without_the_engine_each_frame_costs_the_network() -> None:
    history = History()
    frame = a_frame(0, preprocess_millis=1.0, invoke_millis=8.0, postprocess_millis=2.0)
    history.add(frame, OFF)
    numbers = history.numbers(1)
    assert numbers.total_millis == pytest.approx(11.0)
    assert numbers.key_share == 1.0


def test_a_frame_without_a_mask_tells_nothing() -> None:
    history = History()
    history.add(a_frame(0, class_pixels=None), OFF)
    assert len(history) == 0


def test_what_is_not_known_is_nan_and_leaves_the_mean_of_the_rest() -> None:
    history = History()
    history.add(a_frame(0, a_report("first"), a_comparison(0.9, flicker=None)), SPEC)
    history.add(a_frame(1, a_report(), a_comparison(1.0, flicker=0.01, j=0.6, j_alone=0.5)), SPEC)
    numbers = history.numbers(10)
    assert numbers.agreement == pytest.approx(0.95)
    assert numbers.flicker == pytest.approx(0.01)
    assert numbers.j == pytest.approx(0.6)
    history.clear()
    assert math.isnan(history.numbers(10).agreement)
