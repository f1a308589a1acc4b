"""The network works beside: its late words join the past as if they had come in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.temporal import engine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import State
from studio.temporal.step import Mask, TemporalFrame, Trigger
from tests.support.scenes import (
    SIZE,
    Network,
    fold,
    iou,
    logits_of,
    moving,
    picture,
    small_spec,
    truth,
)

BESIDE = small_spec(asynchronous=True, longest_gap=5, cut_level=20.0)


def _late(
    config: TemporalSpec, frames: list[TemporalFrame], latency: int
) -> tuple[list[Mask], list[Trigger], State]:
    """Go through frames with a network whose word comes so many frames after it was asked."""
    network, state = Network(), engine.init(config)
    masks, triggers, at_work = [], [], None
    for i, frame in enumerate(frames):
        state, decision = engine.advance(config, state, frame)
        triggers.append(decision.trigger)
        if at_work is not None and i - at_work >= latency:
            state = engine.absorb_late(config, state, network(frames[at_work]))
            at_work = None
        masks.append(engine.draw(config, state, SIZE))
        if decision.is_key and at_work is None:
            state, at_work = engine.request(config, state), i
    return masks, triggers, state


@pytest.mark.parametrize("weight", [0.0, 0.6])
def test_a_word_that_comes_at_once_is_as_if_it_were_not_beside(weight: float) -> None:
    config = replace(BESIDE, past_weight=weight)
    network = Network()
    beside = with_it = engine.init(config)
    for frame in moving(9):
        beside, decision = engine.advance(config, beside, frame)
        with_it, same = engine.advance(config, with_it, frame)
        assert decision == same
        if decision.is_key:
            word = network(frame)
            beside = engine.absorb_late(config, engine.request(config, beside), word)
            with_it = engine.absorb(config, with_it, word)
        np.testing.assert_array_equal(
            engine.draw(config, beside, SIZE), engine.draw(config, with_it, SIZE)
        )


@pytest.mark.parametrize("latency", [1, 2, 4])
def test_late_words_follow_what_moved_meanwhile(latency: int) -> None:
    masks, _, _ = _late(BESIDE, moving(24, start=6), latency)
    assert not masks[0].any()  # nothing is known yet
    for i in range(latency + 1, 24):
        held = iou(truth(6 + i - latency), truth(6 + i), 3)
        assert iou(masks[i], truth(6 + i), 3) > min(0.6, held - 0.1)


def test_several_late_words_come_one_after_the_other() -> None:
    config = replace(BESIDE, longest_gap=1)
    masks, triggers, state = _late(config, moving(12, start=6), 2)
    assert state.past is not None
    assert all(trigger is not Trigger.NONE for trigger in triggers)
    assert iou(masks[-1], truth(17), 3) > 0.6


def test_a_late_word_is_drawn_straight_where_nothing_moved() -> None:
    still = moving(1)[0]
    config = replace(BESIDE, past_weight=0.0)
    frames = [replace(still, index=i, time_seconds=i / 25) for i in range(4)]
    masks, _, _ = _late(config, frames, 2)
    alone = fold(replace(config, asynchronous=False), frames[:1]).masks[0]
    np.testing.assert_array_equal(masks[2], alone)
    np.testing.assert_array_equal(masks[3], alone)


def test_a_late_word_of_labels_is_carried_too() -> None:
    masks, _, _ = _late(replace(BESIDE, carries="labels"), moving(12, start=6), 2)
    assert iou(masks[-1], truth(17), 3) > 0.55


def test_a_word_of_another_scene_is_discarded_and_asked_for_again() -> None:
    frames = [
        *moving(4),
        *(
            TemporalFrame(i, i / 25, np.ascontiguousarray(255 - picture(i, scene=4)[::-1]))
            for i in range(4, 8)
        ),
    ]
    config, network = BESIDE, Network()
    state = engine.init(config)
    state, _ = engine.advance(config, state, frames[0])
    state = engine.absorb(config, state, network(frames[0]))
    for frame in frames[1:3]:
        state, _ = engine.advance(config, state, frame)
    state = engine.request(config, state)
    state, _ = engine.advance(config, state, frames[3])
    shown = engine.draw(config, state, SIZE)
    state, decision = engine.advance(config, state, frames[4])
    assert decision.trigger is Trigger.CUT
    # What was shown stays for the time being: it may have been a flash.
    np.testing.assert_array_equal(engine.draw(config, state, SIZE), shown)
    late = engine.absorb_late(config, state, network(frames[2]))
    assert late is state
    late, decision = engine.advance(config, late, frames[5])
    assert decision.trigger is Trigger.CUT  # still due
    late = engine.request(config, late)
    late, decision = engine.advance(config, late, frames[6])
    assert decision.trigger is Trigger.EVERY  # no longer due, but as often as there is time
    late = engine.absorb_late(config, late, logits_of(np.zeros(SIZE, np.uint8)))
    assert not engine.draw(config, late, SIZE).any()  # nothing of the scene before was fused


def test_what_is_shown_of_another_scene_goes_after_the_longest_gap() -> None:
    config = BESIDE
    state = engine.init(config)
    state, _ = engine.advance(config, state, moving(1)[0])
    state = engine.absorb(config, state, Network()(moving(1)[0]))
    shown = []
    for i in range(1, 9):
        image = np.ascontiguousarray(255 - picture(i, scene=4)[::-1])
        state, decision = engine.advance(config, state, TemporalFrame(i, i / 25, image))
        assert decision.trigger is Trigger.CUT
        shown.append(bool(engine.draw(config, state, SIZE).any()))
    assert shown == [True] * config.longest_gap + [False] * (8 - config.longest_gap)


def _flickering(index: int, length: int) -> TemporalFrame:
    """Frame of a video that is cut after each so many frames."""
    image = picture(index, scene=4 + index // length)
    bright = 255 - image[::-1] if index // length % 2 else image
    return TemporalFrame(index, index / 25, np.ascontiguousarray(bright))


@pytest.mark.parametrize("length", [1, 2, 4])
def test_repeated_cuts_do_not_lengthen_the_life_of_what_is_shown(length: int) -> None:
    config, state = BESIDE, engine.init(BESIDE)
    state, _ = engine.advance(config, state, _flickering(0, length))
    state = engine.absorb(config, state, Network()(moving(1)[0]))
    shown, cuts = [], 0
    for i in range(1, 24):
        state, decision = engine.advance(config, state, _flickering(i, length))
        cuts += decision.trigger is Trigger.CUT
        shown.append(bool(engine.draw(config, state, SIZE).any()))
        if i % 3 == 0:  # asked about each scene anew, and never in time
            state = engine.request(config, state)
    assert cuts >= 22 // length
    assert shown.count(True) == length - 1 + config.longest_gap
    assert not any(shown[length - 1 + config.longest_gap :])


def test_what_is_shown_of_another_scene_does_not_live_on_by_asking() -> None:
    config, state = BESIDE, engine.init(BESIDE)
    state, _ = engine.advance(config, state, moving(1)[0])
    state = engine.absorb(config, state, Network()(moving(1)[0]))
    shown = []
    for i in range(1, 12):
        image = np.ascontiguousarray(255 - picture(i, scene=4)[::-1])
        state, _ = engine.advance(config, state, TemporalFrame(i, i / 25, image))
        shown.append(bool(engine.draw(config, state, SIZE).any()))
        if i in (1, 5):
            state = engine.request(config, state)
    assert shown.count(True) == config.longest_gap


def test_a_change_of_size_meanwhile_discards_the_word() -> None:
    config = BESIDE
    state, _ = engine.advance(config, engine.init(config), moving(1)[0])
    state = engine.request(config, state)
    state, decision = engine.advance(config, state, moving(2, size=(64, 64))[1])
    assert decision.trigger is Trigger.SIZE
    assert engine.absorb_late(config, state, Network()(moving(1)[0])) is state


def test_a_word_that_nobody_asked_for_is_not_taken() -> None:
    state = fold(BESIDE, moving(2)).state
    assert engine.absorb_late(BESIDE, state, Network()(moving(1)[0])) is state


def test_frames_that_stand_alone_may_be_late_as_well() -> None:
    config = replace(BESIDE, mode="off")
    masks, triggers, _ = _late(config, moving(5), 1)
    assert set(triggers) == {Trigger.EVERY}
    alone = fold(replace(config, asynchronous=False), moving(4)).masks
    np.testing.assert_array_equal(masks[4], alone[3])


def test_outlines_are_bent_to_the_picture_that_the_word_is_about() -> None:
    config = replace(BESIDE, refine_gain=1.0, past_weight=0.0, longest_gap=2)
    in_time = fold(replace(config, asynchronous=False), moving(1)).masks[0]
    state, _ = engine.advance(config, engine.init(config), moving(1)[0])
    state = engine.request(config, state)
    state = engine.absorb_late(config, state, Network()(moving(1)[0]))
    np.testing.assert_array_equal(engine.draw(config, state, SIZE), in_time)
    plain = fold(replace(config, asynchronous=False, refine_gain=0.0), moving(1)).masks[0]
    assert (in_time != plain).any()


def test_anchors_do_not_take_away_what_is_shown() -> None:
    _, triggers, state = _late(replace(BESIDE, anchor_gap=4), moving(9), 1)
    assert Trigger.ANCHOR not in triggers
    assert state.past is not None
