"""A network that overflowed says nothing: what is known stays, and it is asked again at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.temporal import engine
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.step import Scores, TemporalFrame, Trigger
from tests.support.scenes import SIZE, Network, fold, iou, moving, small_spec, truth

_KEYS = small_spec(longest_gap=4, past_weight=0.9, refine_gain=1.0)
_NOTHING = [np.nan, -np.inf, np.inf]


def _broken(value: float, *indices: int) -> Network:
    """A network that overflows on some frames."""

    def word(index: int, size: tuple[int, int]) -> Scores:
        scores = Network().word(index, size)
        if index in indices:
            scores.values[:] = value
        return scores

    return Network(word)


@pytest.mark.parametrize("value", _NOTHING)
@pytest.mark.parametrize("carries", ["logits", "labels"])
def test_what_is_known_stays_and_the_network_is_asked_again(value: float, carries: str) -> None:
    config = small_spec(longest_gap=4, past_weight=0.9, refine_gain=1.0, carries=carries)
    network = _broken(value, 4, 5)
    folded = fold(config, moving(10), network)
    assert network.asked == [0, 4, 5, 6]
    assert folded.triggers[4:7] == [Trigger.INTERVAL] * 3
    carried = fold(replace(config, longest_gap=20), moving(6))
    np.testing.assert_array_equal(folded.masks[5], carried.masks[5])
    assert iou(folded.masks[9], truth(9), 3) > 0.6


def test_a_first_frame_of_which_nothing_is_said_shows_background_and_is_asked_again() -> None:
    network = _broken(np.nan, 0, 1)
    folded = fold(_KEYS, moving(5), network)
    assert network.asked == [0, 1, 2]
    assert folded.triggers[:4] == [Trigger.FIRST] * 3 + [Trigger.NONE]
    assert not folded.masks[0].any()
    assert not folded.masks[1].any()
    assert iou(folded.masks[2], truth(2), 3) > 0.75


def test_frames_fused_one_by_one_go_on_from_what_was_known() -> None:
    config = small_spec(mode="per_frame", past_weight=0.9)
    network = _broken(np.nan, 3)
    folded = fold(config, moving(6), network)
    assert network.asked == list(range(6))
    assert folded.triggers[1:] == [Trigger.EVERY] * 5
    assert iou(folded.masks[3], truth(3), 3) > 0.6


@pytest.mark.parametrize("config", [PRESETS["off"], TemporalSpec("per_frame", past_weight=0.0)])
def test_frames_by_themselves_show_whatever_is_said_of_them(config: TemporalSpec) -> None:
    folded = fold(config, moving(3), _broken(np.nan, 1))
    assert not folded.masks[1].any()
    assert folded.triggers == [Trigger.EVERY] * 3


def test_a_still_frame_is_asked_about_again_too() -> None:
    frames = [replace(moving(1)[0], index=i, time_seconds=i / 25) for i in range(5)]
    network = _broken(np.nan, 0, 1)
    folded = fold(_KEYS, frames, network)
    assert network.asked == [0, 1, 2]
    assert (folded.masks[4] == 3).any()


def test_a_late_word_that_says_nothing_is_asked_for_again() -> None:
    config = replace(_KEYS, asynchronous=True)
    frames, network = moving(5), _broken(np.nan, 2)
    state, _ = engine.advance(config, engine.init(config), frames[0])
    state = engine.absorb(config, state, network(frames[0]))
    for frame in frames[1:3]:
        state, _ = engine.advance(config, state, frame)
    state = engine.request(config, state)
    state, _ = engine.advance(config, state, replace(frames[2], index=3))  # at rest
    late = engine.absorb_late(config, state, network(frames[2]))
    assert late.pending is None
    assert late.past is state.past
    _, decision = engine.advance(config, late, replace(frames[2], index=4))
    assert decision.trigger is Trigger.INTERVAL


def test_a_class_that_is_surer_than_any_number_wins() -> None:
    def network(frame: TemporalFrame) -> Scores:
        scores = Network().word(frame.index, SIZE)
        sure = scores.values[..., 3] > 3.0
        scores.values[..., 3][sure] = np.inf
        return scores

    for mode in ("key_frames", "per_frame"):
        config = replace(_KEYS, mode=mode)
        folded = fold(config, moving(8), network)
        for index, mask in enumerate(folded.masks):
            assert iou(mask, truth(index), 3) > 0.6
        past = folded.state.past
        assert past is not None
        assert np.isfinite(past.scores).all()
