"""The engine is a pure fold: its limits hold, its past is carried, its states stay as they were."""

from __future__ import annotations

import math
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.inference.geometry import Geometry
from studio.inference.postprocess import mask_from_labels, mask_from_logits
from studio.temporal import engine
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.state import Drawn
from studio.temporal.step import Scores, Stage, TemporalFrame, Trigger
from tests.support.scenes import (
    CLASSES,
    SIZE,
    Network,
    fold,
    iou,
    labels_as_scores,
    logits_of,
    moving,
    small_spec,
    truth,
    with_changes,
)

KEYS = small_spec()

specs = st.builds(
    TemporalSpec,
    mode=st.sampled_from(("off", "per_frame", "key_frames")),
    plane_pixels=st.sampled_from((300, 2304)),
    canvas_pixels=st.sampled_from((300, 2304, 9000)),
    shortest_gap=st.integers(1, 3),
    longest_gap=st.integers(3, 6),
    still_gap=st.integers(2, 9),
    longest_gap_seconds=st.sampled_from((math.inf, 0.1)),
    difference_limit=st.sampled_from((math.inf, 30.0)),
    residual_limit=st.sampled_from((math.inf, 12.0)),
    flow_limit=st.sampled_from((math.inf, 4.0)),
    area_limit=st.sampled_from((math.inf, 0.3)),
    forward_backward_limit=st.sampled_from((math.inf, 0.3)),
    disagreement_limit=st.sampled_from((math.inf, 0.2)),
    triggers_needed=st.integers(1, 2),
    carries=st.sampled_from(("logits", "labels")),
    past_weight=st.sampled_from((0.0, 0.5, 1.0)),
    uncertainty_share=st.sampled_from((0.0, 0.5, 1.0)),
    refine_gain=st.sampled_from((0.0, 1.0)),
    anchor_gap=st.sampled_from((0, 7)),
)


def _contents(thing: Any) -> list[Any]:
    """All that is in a state, copied, but what `Drawn` remembers."""
    if isinstance(thing, Drawn):
        return []
    if isinstance(thing, np.ndarray):
        return [(thing.dtype, thing.shape, thing.tobytes())]
    if is_dataclass(thing) and not isinstance(thing, type):
        inner = [_contents(getattr(thing, each.name)) for each in fields_of(thing)]
        return [type(thing), *(each for contents in inner for each in contents)]
    return [thing]


@settings(max_examples=12)
@given(specs, st.integers(1, 11))
def test_splitting_a_video_and_carrying_the_state_changes_nothing(
    config: TemporalSpec, cut: int
) -> None:
    frames = moving(12)
    whole = fold(config, frames)
    first = fold(config, frames[:cut])
    second = fold(config, frames[cut:], state=first.state)
    assert first.decisions + second.decisions == whole.decisions
    for a, b in zip(first.masks + second.masks, whole.masks, strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=10)
@given(specs)
def test_the_same_video_gives_the_same_masks_and_a_state_is_never_written_to(
    config: TemporalSpec,
) -> None:
    frames = [*moving(10), replace(moving(10)[9], index=10)]
    middle = fold(config, frames[:5])
    before = _contents(middle.state)
    once = fold(config, frames[5:], state=middle.state)
    again = fold(config, frames[5:], state=middle.state)
    for a, b in zip(once.masks, again.masks, strict=True):
        np.testing.assert_array_equal(a, b)
    assert once.decisions == again.decisions
    assert _contents(middle.state) == before


@settings(max_examples=10)
@given(specs)
def test_the_mask_that_a_state_remembers_changes_no_result(config: TemporalSpec) -> None:
    frames = [*moving(3), *(replace(moving(3)[2], index=i) for i in (3, 4, 5)), *moving(2, start=6)]
    state = forgetful = engine.init(config)
    for frame in frames:
        state, result = engine.step(config, state, frame, Network())
        engine.draw(config, state, (50, 30))
        engine.draw(config, state, SIZE)
        forgetful, same = engine.step(config, replace(forgetful, drawn=Drawn()), frame, Network())
        assert result.decision == same.decision
        np.testing.assert_array_equal(result.mask, same.mask)
        assert _contents(state) == _contents(forgetful)


@settings(max_examples=8)
@given(specs)
def test_the_longest_gap_is_never_exceeded_while_anything_moves(config: TemporalSpec) -> None:
    decisions = fold(config, moving(14)).decisions
    assert max(decision.gap for decision in decisions) < config.longest_gap
    assert decisions[0].trigger in (Trigger.FIRST, Trigger.EVERY)


@settings(max_examples=10)
@given(specs, st.tuples(st.integers(1, 40), st.integers(1, 40)), st.booleans())
def test_masks_have_the_frames_size_whatever_it_is(
    config: TemporalSpec, size: tuple[int, int], in_colour: bool
) -> None:
    random = np.random.default_rng(3)
    shape = (*size, 3) if in_colour else size
    frames = [
        TemporalFrame(i, i / 25, random.integers(0, 255, shape).astype(np.uint8)) for i in range(4)
    ]
    for mask in fold(config, frames).masks:
        assert mask.shape == size
        assert mask.dtype == np.uint8
        assert mask.max() < CLASSES


@pytest.mark.parametrize(
    "limit",
    [
        "difference_limit",
        "residual_limit",
        "flow_limit",
        "area_limit",
        "forward_backward_limit",
    ],
)
@pytest.mark.parametrize("carries", ["logits", "labels"])
def test_a_limit_of_zero_and_no_past_equal_each_frame_by_itself(limit: str, carries: str) -> None:
    config = with_changes(KEYS, **{limit: 0.0, "carries": carries, "past_weight": 0.0})
    frames = [*moving(5), *moving(1, start=4)]  # and a frame in which nothing moves
    network = Network()
    folded = fold(config, frames, network)
    assert len(network.asked) == len(frames)
    for frame, mask in zip(frames, folded.masks, strict=True):
        np.testing.assert_array_equal(mask, _alone(network.word(frame.index, SIZE)))


@pytest.mark.parametrize(
    "config",
    [PRESETS["off"], TemporalSpec(mode="per_frame", past_weight=0.0), replace(KEYS, longest_gap=1)],
)
def test_where_nothing_is_fused_a_frame_is_as_by_itself(config: TemporalSpec) -> None:
    config = replace(config, past_weight=0.0)
    for frame, mask in zip(moving(3), fold(config, moving(3)).masks, strict=True):
        np.testing.assert_array_equal(mask, _alone(Network().word(frame.index, SIZE)))


def _alone(scores: Scores) -> np.ndarray[Any, Any]:
    """The mask of the studio's own drawing."""
    height, width = scores.values.shape[:2]
    geometry = Geometry(SIZE, (height * 8, width * 8), (height, width), "stretch", "half_pixel")
    if scores.are_labels:
        return mask_from_labels(scores.values, scores.classes, geometry)
    return mask_from_logits(scores.values, geometry)


def test_labels_alone_are_drawn_as_the_studio_draws_them() -> None:
    small = truth(0, (9, 16))
    small[0, 0] = CLASSES + 2
    folded = fold(KEYS, moving(1), lambda _: labels_as_scores(small))
    np.testing.assert_array_equal(folded.masks[0], _alone(labels_as_scores(small)))
    assert folded.masks[0][0, 0] == 255


def test_quantized_values_say_what_their_logits_say() -> None:
    def quantized(frame: TemporalFrame) -> Scores:
        scores = Network().word(frame.index, SIZE)
        values = np.clip(np.rint(scores.values / 0.1) - 20, -128, 127).astype(np.int8)
        return replace(scores, values=values, scale=0.1, zero_point=-20)

    def dequantized(frame: TemporalFrame) -> Scores:
        scores = quantized(frame)
        values = (scores.values.astype(np.float32) + 20) * np.float32(0.1)
        return replace(scores, values=values, scale=1.0, zero_point=0)

    config = replace(KEYS, longest_gap=3, uncertainty_share=0.5)
    pairs = zip(
        fold(config, moving(8), quantized).masks,
        fold(config, moving(8), dequantized).masks,
        strict=True,
    )
    assert all((a != b).mean() < 0.002 for a, b in pairs)


@pytest.mark.parametrize("carries", ["logits", "labels"])
def test_what_moves_is_carried_along(carries: str) -> None:
    config = small_spec(longest_gap=6, carries=carries)
    folded = fold(config, moving(6, start=8))
    assert folded.keys == [0]
    held = iou(folded.masks[0], truth(13), 3)
    followed = iou(folded.masks[5], truth(13), 3)
    assert held < 0.6
    assert followed > held + 0.12


def test_a_network_that_flickers_is_steadied() -> None:
    frames = moving(12, speed=1)
    alone = fold(PRESETS["off"], frames, Network(_noisy)).masks
    config = small_spec(mode="per_frame", past_weight=0.7)
    fused = fold(config, frames, Network(_noisy)).masks
    ours = np.mean([(mask != truth(i, speed=1)).mean() for i, mask in enumerate(fused)][3:])
    theirs = np.mean([(mask != truth(i, speed=1)).mean() for i, mask in enumerate(alone)][3:])
    assert ours < 0.8 * theirs


def _noisy(index: int, size: tuple[int, int]) -> Scores:
    return logits_of(truth(index, size, speed=1), index, noise=2.5)


def test_a_still_scene_asks_the_network_at_the_still_gap_alone() -> None:
    frames = [replace(moving(1)[0], index=i, time_seconds=i / 25) for i in range(30)]
    folded = fold(replace(KEYS, still_gap=12), frames)
    assert folded.keys == [0, 12, 24]
    assert folded.decisions[12].trigger is Trigger.INTERVAL


def test_a_still_frame_has_the_mask_of_the_one_before() -> None:
    frames = [*moving(3), *[replace(moving(3)[2], index=i) for i in (3, 4, 5)]]
    masks = fold(KEYS, frames).masks
    for mask in masks[3:]:
        np.testing.assert_array_equal(mask, masks[2])


def test_a_slow_drift_is_not_mistaken_for_a_still_scene() -> None:
    base = moving(1)[0].image.astype(np.float32)
    frames = [
        TemporalFrame(i, i / 25, np.clip(base + 0.5 * i, 0, 255).astype(np.uint8))
        for i in range(20)
    ]
    folded = fold(replace(KEYS, still_level=2.5, longest_gap=2), frames)
    assert len(folded.keys) > 1


def test_anchors_make_a_mask_independent_of_what_was_before() -> None:
    config = replace(KEYS, anchor_gap=8, longest_gap=3)
    whole = fold(config, moving(14))
    jumped = fold(config, moving(6, start=8))
    assert whole.decisions[8].trigger is Trigger.ANCHOR
    assert jumped.decisions[0].trigger is Trigger.FIRST
    for a, b in zip(whole.masks[8:], jumped.masks, strict=True):
        np.testing.assert_array_equal(a, b)
    assert whole.decisions[9:] == jumped.decisions[1:]


def test_an_anchor_that_was_dropped_is_kept_at_the_next_frame() -> None:
    frames = [frame for frame in moving(12) if frame.index != 8]
    config = replace(KEYS, anchor_gap=8)
    assert fold(config, frames).decisions[8].trigger is Trigger.ANCHOR


def test_stages_are_marked_in_their_order() -> None:
    config = small_spec(longest_gap=2)
    state, marks = engine.init(config), []
    for frame in moving(3):
        told: list[Stage] = []
        state, _ = engine.step(config, state, frame, Network(), None, told.append)
        marks.append(told)
    assert marks == [
        ["plane", "decide", "network", "fuse", "draw"],
        ["plane", "flow", "warp", "decide", "draw"],
        ["plane", "flow", "warp", "decide", "network", "fuse", "draw"],
    ]


def test_a_mask_is_written_where_it_is_wanted() -> None:
    out = np.empty(SIZE, np.uint8)
    _, result = engine.step(KEYS, engine.init(KEYS), moving(1)[0], Network(), out)
    assert result.mask is out
    np.testing.assert_array_equal(out, fold(KEYS, moving(1)).masks[0])


def test_a_mask_that_is_drawn_again_is_the_same_at_each_size() -> None:
    state = fold(KEYS, moving(3)).state
    once, twice, thrice = (engine.draw(KEYS, state, SIZE) for _ in range(3))
    np.testing.assert_array_equal(once, twice)
    np.testing.assert_array_equal(once, thrice)
    thrice[:] = 9  # a caller's own
    np.testing.assert_array_equal(engine.draw(KEYS, state, SIZE), once)
    assert engine.draw(KEYS, state, (30, 50)).shape == (30, 50)


def test_nothing_is_known_before_the_first_word() -> None:
    state = engine.init(KEYS)
    assert not engine.draw(KEYS, state, SIZE).any()
    seen = engine.fields(KEYS, state)
    assert seen.flow.shape == (1, 1, 2)
    assert seen.confidence.min() == 1.0
    state, decision = engine.advance(KEYS, state, moving(1)[0])
    assert decision.trigger is Trigger.FIRST
    assert not engine.draw(KEYS, state, SIZE).any()


def test_what_the_engine_saw_can_be_shown() -> None:
    config = replace(KEYS, longest_gap=9)
    seen = engine.fields(config, fold(config, moving(4)).state)
    assert seen.flow.shape == (36, 64, 2)
    assert seen.flow.dtype == np.float32
    inside = seen.flow[12:20, 6:14]  # where the thing is; a plane's pixel is two of the frame's
    assert np.median(inside[..., 0]) == pytest.approx(-1.0, abs=0.2)
    assert seen.residual.shape == seen.confidence.shape == (36, 64)
    assert 0.0 <= seen.confidence.min() < seen.confidence.max() <= 1.0


def test_frames_stood_alone_in_between_leave_no_stale_past() -> None:
    frames = moving(9)
    first = fold(KEYS, frames[:3])
    alone = fold(PRESETS["off"], frames[3:6], state=first.state)
    after = fold(KEYS, frames[6:], state=alone.state)
    assert after.decisions[0].trigger is Trigger.FIRST


def test_a_clock_that_runs_backwards_or_has_no_time_does_not_matter() -> None:
    config = replace(KEYS, longest_gap=5, longest_gap_seconds=0.3)
    frames = [replace(frame, time_seconds=-frame.time_seconds) for frame in moving(11)]
    assert fold(config, frames).keys == [0, 5, 10]
    timeless = [replace(frame, time_seconds=math.nan) for frame in moving(11)]
    assert fold(config, timeless).keys == [0, 5, 10]


def test_gaps_are_held_in_seconds_too() -> None:
    config = replace(KEYS, longest_gap=50, longest_gap_seconds=0.119)
    assert fold(config, moving(10)).keys == [0, 3, 6, 9]
