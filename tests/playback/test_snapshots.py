"""The way to a frame: never past what is known, never of another setting, within its bytes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.playback import snapshots as module
from studio.playback.snapshots import Snapshots
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.state import State

_SPEC = TemporalSpec(anchor_gap=100)


def _snapshots(spec: TemporalSpec = _SPEC) -> Snapshots:
    snapshots = Snapshots()
    snapshots.use_model(True)
    snapshots.use(spec)
    return snapshots


def _epoch(snapshots: Snapshots) -> int:
    return snapshots.plan(1, 0).entry.context[1]


def _state(index: int, size_bytes: int = 1000) -> State:
    return State(index=index, plane=np.zeros((1, size_bytes), np.uint8))


def test_without_a_snapshot_the_way_begins_at_the_anchor() -> None:
    snapshots = _snapshots()
    for index, start in ((0, 0), (1, 0), (99, 0), (100, 100), (257, 200)):
        lead = snapshots.plan(1, index)
        assert (lead.start, lead.entry.state) == (start, None)


def test_it_begins_behind_the_nearest_snapshot_before_the_frame() -> None:
    snapshots = _snapshots()
    context = (1, _epoch(snapshots))
    for index in (110, 120, 130):
        snapshots.put(context, index, _state(index))
    lead = snapshots.plan(1, 125)
    assert lead.start == 121
    assert lead.entry.state is not None
    assert lead.entry.state.index == 120
    assert snapshots.plan(1, 120).start == 111  # the state after a frame is too late for it
    assert snapshots.plan(1, 131).start == 131
    assert snapshots.plan(1, 105).start == 100
    assert snapshots.plan(1, 205).start == 200  # never over an anchor


def test_frames_by_themselves_need_no_way() -> None:
    for spec in (
        PRESETS["off"],
        dataclasses.replace(_SPEC, seek="fast"),
        dataclasses.replace(_SPEC, asynchronous=True),
    ):
        assert _snapshots(spec).plan(1, 57).start == 57
    assert _snapshots().plan(1, 57, quick=True).start == 57
    snapshots = _snapshots()
    snapshots.use_model(False)
    assert snapshots.plan(1, 57).start == 57


def test_without_anchors_the_way_begins_at_the_first_frame() -> None:
    assert _snapshots(dataclasses.replace(_SPEC, anchor_gap=0)).plan(1, 5000).start == 0


def test_states_of_another_setting_model_or_video_are_never_used() -> None:
    snapshots = _snapshots()
    old = (1, _epoch(snapshots))
    snapshots.put(old, 20, _state(20))
    snapshots.use(dataclasses.replace(_SPEC, past_weight=0.1))
    assert snapshots.plan(1, 30).start == 0
    snapshots.put(old, 20, _state(20))  # comes late, from frames that were on their way
    assert snapshots.plan(1, 30).start == 0
    now = (1, _epoch(snapshots))
    snapshots.put(now, 20, _state(20))
    assert snapshots.plan(2, 30).start == 0
    snapshots.put(now, 20, _state(20))  # of the video before
    assert snapshots.plan(2, 30).start == 0
    snapshots.put((2, now[1]), 20, _state(20))
    assert snapshots.plan(2, 30).start == 21
    snapshots.use_model(True)
    assert snapshots.plan(2, 30).start == 0


def test_the_same_setting_again_keeps_what_is_known() -> None:
    snapshots = _snapshots()
    context = (1, _epoch(snapshots))
    snapshots.put(context, 20, _state(20))
    assert snapshots.use(dataclasses.replace(_SPEC)) == context[1]
    assert snapshots.plan(1, 30).start == 21


def test_a_model_that_fails_is_forgotten_unless_another_was_asked_for() -> None:
    snapshots = _snapshots()
    epoch = _epoch(snapshots)
    snapshots.forget_model(epoch - 1)
    assert snapshots.plan(1, 30).start == 0
    snapshots.forget_model(epoch)
    assert snapshots.plan(1, 30).start == 30


def test_memory_is_bounded_and_every_16th_state_outlasts_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_RECENT_BYTES", 10_000)
    monkeypatch.setattr(module, "_SPREAD_BYTES", 4_000)
    snapshots = _snapshots()
    context = (1, _epoch(snapshots))
    for index in range(90):
        snapshots.put(context, index, _state(index))
    assert snapshots.plan(1, 90).start == 90
    assert snapshots.plan(1, 84).start == 84  # the last ten
    assert snapshots.plan(1, 79).start == 64  # 15, 31, 47 and 63
    assert snapshots.plan(1, 15).start == 0
    huge = _state(90, 50_000)
    snapshots.put(context, 90, huge)
    kept = snapshots.plan(1, 91).entry.state  # one is kept, whatever it takes
    assert kept is not None
    assert kept.plane is huge.plane
    assert snapshots.plan(1, 90).start == 80


def test_masks_that_states_remember_are_not_kept() -> None:
    snapshots = _snapshots()
    context = (1, _epoch(snapshots))
    state = _state(20)
    state.drawn.mask = np.zeros((720, 1280), np.uint8)
    snapshots.put(context, 20, state)
    for _ in range(2):
        given = snapshots.plan(1, 21).entry.state
        assert given is not None
        assert given.drawn.mask is None
        # As when the frames after it show the same picture, drawn again and again.
        given.drawn.mask, given.drawn.times = np.ones((720, 1280), np.uint8), 2
    assert state.drawn.mask is not None


def test_the_frame_on_screen_comes_again_from_the_state_before_it() -> None:
    fast = _snapshots(dataclasses.replace(_SPEC, seek="fast"))
    context = (1, _epoch(fast))
    for index in (28, 29):
        fast.put(context, index, _state(index), is_exact=False)
    lead = fast.plan(1, 30, again=True)
    assert lead.start == 30
    assert lead.entry.state is not None
    assert (lead.entry.state.index, lead.entry.is_exact) == (29, False)
    assert fast.plan(1, 30).entry.state is None  # a jump begins anew
    assert fast.plan(1, 28, again=True).start == 28  # nothing is known of it
    assert fast.plan(1, 28, again=True).entry.state is None
    assert fast.plan(1, 0, again=True).start == 0
    exact = _snapshots()
    assert exact.plan(1, 30, again=True).start == 0
    exact.put((1, _epoch(exact)), 29, _state(29), is_exact=False)
    assert exact.plan(1, 30, again=True).start == 0
    exact.put((1, _epoch(exact)), 29, _state(29))
    assert exact.plan(1, 30, again=True).entry.is_exact


@given(
    kept=st.lists(st.integers(0, 400), max_size=30),
    wanted=st.integers(0, 400),
    gap=st.sampled_from([0, 1, 7, 100]),
    again=st.booleans(),
)
def test_the_way_never_begins_before_the_anchor_nor_behind_the_frame(
    kept: list[int], wanted: int, gap: int, again: bool
) -> None:
    snapshots = _snapshots(dataclasses.replace(_SPEC, anchor_gap=gap))
    context = (1, _epoch(snapshots))
    for index in kept:
        snapshots.put(context, index, _state(index))
    lead = snapshots.plan(1, wanted, again=again)
    anchor = wanted - wanted % gap if gap else 0
    assert anchor <= lead.start <= wanted
    assert lead.entry.is_exact == (lead.entry.state is not None)
    if lead.entry.state is None:
        assert lead.start == anchor
    else:
        assert lead.entry.state.index == lead.start - 1
