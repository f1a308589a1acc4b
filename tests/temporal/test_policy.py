"""The network is asked when a limit says so, between the shortest gap and the longest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.temporal import policy
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Measures, Trigger

_LIMITS = ("difference", "residual", "flow", "area", "forward_backward")


def _decide(
    config: TemporalSpec,
    measures: Measures | None = None,
    *,
    gap: int = 2,
    moved: int | None = None,
    moved_seconds: float = 0.1,
    is_still: bool = False,
) -> Trigger:
    return policy.decide(
        config,
        gap,
        gap if moved is None else moved,
        moved_seconds,
        is_still,
        measures or Measures(),
    )


def _spec(**changes: Any) -> TemporalSpec:
    return TemporalSpec(**changes)


@pytest.mark.parametrize("name", _LIMITS)
def test_a_limit_asks_when_it_is_exceeded_and_not_before(name: str) -> None:
    config = _spec(**{f"{name}_limit": 0.5})
    measured: dict[str, float] = {name: 0.5}
    assert _decide(config, Measures(**measured)) is Trigger.NONE
    measured[name] = 0.51
    assert _decide(config, Measures(**measured)) is Trigger(name)


@pytest.mark.parametrize("name", _LIMITS)
def test_a_limit_of_zero_asks_always_and_an_infinite_one_never(name: str) -> None:
    assert _decide(_spec(**{f"{name}_limit": 0.0})) is Trigger(name)
    most: dict[str, float] = {name: 1e30}
    assert _decide(_spec(), Measures(**most)) is Trigger.NONE


def test_as_many_limits_must_be_exceeded_as_are_needed() -> None:
    both = Measures(difference=9.0, flow=9.0)
    one = Measures(difference=9.0, flow=1.0)
    config = _spec(difference_limit=5.0, flow_limit=5.0, triggers_needed=2)
    assert _decide(config, both) is Trigger.DIFFERENCE
    assert _decide(config, one) is Trigger.NONE


def test_no_more_limits_are_needed_than_are_used() -> None:
    config = _spec(difference_limit=5.0, triggers_needed=3)
    assert _decide(config, Measures(difference=9.0)) is Trigger.DIFFERENCE
    assert _decide(_spec(triggers_needed=3), Measures(difference=9.0)) is Trigger.NONE


@given(st.integers(1, 20), st.integers(1, 20))
def test_gaps_hold_whatever_is_measured(gap: int, shortest: int) -> None:
    config = _spec(shortest_gap=shortest, longest_gap=20, difference_limit=0.0)
    trigger = _decide(config, gap=gap)
    if gap >= 20:
        assert trigger is Trigger.INTERVAL
    else:
        assert trigger is (Trigger.DIFFERENCE if gap >= shortest else Trigger.NONE)


def test_the_longest_gap_counts_from_the_first_frame_on_in_which_anything_moves() -> None:
    config = _spec(longest_gap=6, still_gap=60)
    assert _decide(config, gap=40, moved=5, is_still=True) is Trigger.NONE
    assert _decide(config, gap=40, moved=6) is Trigger.INTERVAL
    assert _decide(config, gap=60, moved=0, is_still=True) is Trigger.INTERVAL
    assert _decide(config, gap=60, moved=1) is Trigger.NONE  # it has begun to move


def test_a_network_beside_is_asked_about_what_came_to_rest_meanwhile() -> None:
    config = _spec(asynchronous=True)
    assert _decide(config, moved=0, is_still=True) is Trigger.NONE
    assert _decide(config, moved=3, is_still=True) is Trigger.EVERY


def test_gaps_are_counted_in_seconds_too() -> None:
    config = _spec(longest_gap=600, longest_gap_seconds=0.5)
    assert _decide(config, moved_seconds=0.49) is Trigger.NONE
    assert _decide(config, moved_seconds=0.5) is Trigger.INTERVAL
    assert _decide(config, moved_seconds=math.nan) is Trigger.NONE


def test_a_network_that_contradicted_the_past_is_asked_again_soon() -> None:
    config = _spec(disagreement_limit=0.3, doubtful_gap=2)
    assert _decide(config, Measures(disagreement=0.4), gap=1) is Trigger.NONE
    assert _decide(config, Measures(disagreement=0.4), gap=2) is Trigger.DISAGREEMENT
    assert _decide(config, Measures(disagreement=0.3), gap=2) is Trigger.NONE


def test_disagreement_is_part_of_what_either_shows() -> None:
    past, word = np.zeros((2, 10, 10), np.uint8)
    assert policy.disagreement_of(past, word) == 0.0
    past[:4] = 2
    word[2:6] = 2
    assert policy.disagreement_of(past, word) == pytest.approx(4 / 6)
    word[:] = 3
    assert policy.disagreement_of(past, word) == 1.0


def test_other_modes_ask_for_every_frame() -> None:
    assert _decide(_spec(mode="per_frame")) is Trigger.EVERY
    assert _decide(_spec(mode="off")) is Trigger.EVERY


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mode": "off"}, False),
        ({"mode": "per_frame", "past_weight": 0.0}, False),
        ({"mode": "per_frame"}, True),
        ({"mode": "per_frame", "past_weight": 0.0, "refine_gain": 1.0}, True),
        ({"past_weight": 0.0}, True),
    ],
)
def test_only_what_needs_the_past_looks_back(changes: dict[str, Any], expected: bool) -> None:
    assert policy.looks_back(_spec(**changes)) is expected


def test_areas_are_compared_by_their_largest_relative_change() -> None:
    before, now = np.zeros((2, 256), np.int64)
    before[[0, 1, 2]] = 900, 60, 40
    now[[0, 1, 2]] = 905, 45, 50
    assert policy.area_change(before, now) == pytest.approx(0.25)
    now[[2, 7]] = 0, 50
    assert policy.area_change(before, now) == 1.0  # one went, another came


def test_background_void_and_specks_have_no_area() -> None:
    before, now = np.zeros((2, 256), np.int64)
    before[[0, 255, 3]] = 4000, 500, 4
    now[[0, 255, 3]] = 4500, 0, 0
    assert policy.area_change(before, now) == 0.0


def test_the_flow_is_measured_in_parts_of_the_width() -> None:
    flow = np.zeros((10, 20, 2), np.int16)
    flow[..., 0], flow[..., 1] = 3 * 16, -4 * 16
    assert policy.flow_per_cent(flow) == pytest.approx(25.0)
    flow[5:] = 0
    assert policy.flow_per_cent(flow) == pytest.approx(12.5)


def test_flows_that_answer_each_other_agree() -> None:
    there = np.full((12, 16, 2), 32, np.int16)
    assert policy.disagreement(there, -there) == 0.0
    assert policy.disagreement(there, -there + 16) == 1.0  # the root of 2 is over a pixel
    back = -there
    back[:6] = 0
    missed = policy.disagreement(there, back)
    assert missed == pytest.approx(4 / 12)  # rows that point to the first six
    far = np.full((3, 3, 2), -32768, np.int16)
    assert policy.disagreement(far, far) == 1.0
