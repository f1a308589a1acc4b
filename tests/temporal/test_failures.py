"""Whatever comes, masks stay sensible: nothing crashes, no ghost outlives the longest gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.temporal import engine
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.step import Mask, Placement, Scores, TemporalFrame, Trigger
from tests.support.scenes import (
    CLASSES,
    SIZE,
    Network,
    fold,
    iou,
    labels_as_scores,
    logits_of,
    moving,
    picture,
    small_spec,
    truth,
    with_changes,
)

KEYS = small_spec(longest_gap=6, shortest_gap=3)


def _small(preset: str) -> TemporalSpec:
    return replace(PRESETS[preset], plane_pixels=2304, canvas_pixels=2304, anchor_gap=0)


_TRUSTING = {
    "share 0.7": small_spec(longest_gap=5, past_weight=0.75, uncertainty_share=0.7),
    "share 1": small_spec(longest_gap=5, past_weight=0.75, uncertainty_share=1.0),
    **{name: _small(name) for name in PRESETS if name != "off"},
}
_SAYS: dict[str, Callable[[Mask, int], Scores]] = {
    "logits": logits_of,
    "labels": lambda labels, _seed: labels_as_scores(labels),
}


def _shown(frames: list[Mask]) -> list[TemporalFrame]:
    return [TemporalFrame(i, i / 25, image) for i, image in enumerate(frames)]


def _other_scene(index: int) -> Mask:
    return np.ascontiguousarray(255 - picture(index, scene=5)[::-1])


def _blank(index: int, size: tuple[int, int]) -> Scores:
    return logits_of(np.zeros(size, np.uint8), index)


def test_a_cut_is_recognised_at_once_and_leaves_no_ghost() -> None:
    frames = _shown([*(picture(i) for i in range(4)), *(_other_scene(i) for i in range(4, 8))])

    def network(frame: TemporalFrame) -> Scores:
        return (_blank if frame.index >= 4 else Network().word)(frame.index, SIZE)

    config = replace(KEYS, past_weight=1.0)
    folded = fold(config, frames, network)
    assert folded.triggers[4] is Trigger.CUT  # one frame after a key frame would have been due
    assert (folded.masks[3] == 3).any()
    for mask in folded.masks[4:]:
        assert not mask.any()


def test_a_flash_and_what_comes_after_it_are_asked_for() -> None:
    images = [picture(i) for i in range(6)]
    images[3] = np.full(SIZE, 255, np.uint8)

    def network(frame: TemporalFrame) -> Scores:
        return _blank(3, SIZE) if frame.index == 3 else Network().word(frame.index, SIZE)

    folded = fold(KEYS, _shown(images), network)
    assert folded.triggers[3:5] == [Trigger.CUT, Trigger.CUT]
    assert iou(folded.masks[4], truth(4), 3) > 0.8


def test_black_frames_are_a_scene_of_their_own() -> None:
    black = np.zeros(SIZE, np.uint8)
    images = [picture(0), *[black] * 6, picture(7)]

    def network(frame: TemporalFrame) -> Scores:
        word = Network().word if frame.image.any() else _blank
        return word(frame.index, SIZE)

    folded = fold(KEYS, _shown(images), network)
    assert folded.triggers[1] is Trigger.CUT
    assert folded.triggers[7] is Trigger.CUT
    assert not any(mask.any() for mask in folded.masks[1:7])
    assert folded.keys == [0, 1, 7]


def test_a_repeated_frame_asks_for_nothing_and_changes_nothing() -> None:
    frames = _shown([picture(i) for i in (0, 1, 1, 2)])
    folded = fold(KEYS, frames)
    np.testing.assert_array_equal(folded.masks[1], folded.masks[2])
    assert folded.decisions[2].measures.change == 0.0
    assert folded.keys == [0]


def test_dropped_frames_are_bridged() -> None:
    frames = [frame for frame in moving(8) if frame.index not in (2, 3, 5)]
    folded = fold(replace(KEYS, longest_gap=20), frames)
    assert folded.keys == [0]
    held = iou(folded.masks[0], truth(7), 3)
    assert iou(folded.masks[-1], truth(7), 3) > held + 0.15


@pytest.mark.parametrize("after", [(72, 64), (144, 256), (1, 1), (128, 72)])
def test_a_change_of_size_in_mid_stream_begins_anew(after: tuple[int, int]) -> None:
    frames = [*moving(3), *moving(5, size=after, start=3)]
    folded = fold(KEYS, frames)
    assert folded.triggers[3] is Trigger.SIZE
    assert [mask.shape for mask in folded.masks] == [SIZE] * 3 + [after] * 5


@settings(max_examples=10)
@given(st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from(["logits", "labels"]))
def test_tiny_frames_have_masks(size: tuple[int, int], carries: str) -> None:
    random = np.random.default_rng(1)
    frames = _shown([random.integers(0, 255, size).astype(np.uint8) for _ in range(5)])
    for config in (
        small_spec(carries=carries, area_limit=0.5, forward_backward_limit=0.5),
        small_spec(carries=carries, mode="per_frame", refine_gain=1.0),
        small_spec(carries=carries, longest_gap=2, asynchronous=True),
    ):
        assert all(mask.shape == size for mask in fold(config, frames).masks)


def test_an_object_of_one_pixel_is_shown_and_goes_when_it_goes() -> None:
    images = [np.full(SIZE, 90, np.uint8) for _ in range(8)]
    for i in range(4):
        images[i][40, 60 + i] = 255

    def network(frame: TemporalFrame) -> Scores:
        labels = np.zeros(SIZE, np.uint8)
        if frame.index < 4:
            labels[40, 60 + frame.index] = 2
        return labels_as_scores(labels)

    config = small_spec(
        canvas_pixels=SIZE[0] * SIZE[1], longest_gap=1, still_gap=1, past_weight=0.3
    )
    folded = fold(config, _shown(images), network)
    assert all((folded.masks[i] == 2).any() for i in range(3))
    assert not (folded.masks[-1] == 2).any()


@pytest.mark.parametrize("says", ["logits", "labels"])
@pytest.mark.parametrize("carries", ["logits", "labels"])
@pytest.mark.parametrize(("past_weight", "left_over"), [(0.0, 0.0), (0.5, 0.02), (0.95, 0.02)])
def test_no_ghost_outlives_the_longest_gap(
    past_weight: float, left_over: float, carries: str, says: str
) -> None:
    # A thing disappears at frame 2, without a cut; what is left of it goes with the next word.
    images = [picture(0)] * 2 + [picture(0)] * 10
    ground = picture(60)
    for i in range(2, 12):
        image = images[i].copy()
        image[14:44, 0:40] = np.roll(ground, i, axis=0)[14:44, 0:40]
        images[i] = image

    def network(frame: TemporalFrame) -> Scores:
        labels = truth(0)
        if frame.index >= 2:
            labels[labels == 3] = 0
        return _SAYS[says](labels, frame.index)

    config = small_spec(
        longest_gap=4,
        cut_level=np.inf,
        past_weight=past_weight,
        uncertainty_share=1.0 if past_weight > 0.5 else 0.0,
        carries=carries,
    )
    folded = fold(config, _shown(images), network)
    area = [int((mask == 3).sum()) for mask in folded.masks]
    assert min(area[:3]) > 500
    assert max(area[2 + config.longest_gap :]) <= left_over * area[1]


def test_more_classes_than_expected_are_shown() -> None:
    def network(frame: TemporalFrame) -> Scores:
        many = CLASSES if frame.index == 0 else 255
        values = np.zeros((9, 16, many), np.float32)
        values[..., 0] = 1.0
        values[4, 4, many - 1] = 9.0
        return Scores(values, 1.0, 0, many, Placement(9, -0.5), Placement(16, -0.5))

    masks = fold(replace(KEYS, longest_gap=1, shortest_gap=1), moving(4), network).masks
    assert (masks[0] == CLASSES - 1).any()
    assert all((mask == 254).any() for mask in masks[1:])


def test_a_network_with_fewer_classes_takes_over() -> None:
    def network(frame: TemporalFrame) -> Scores:
        word = Network().word(frame.index, SIZE)
        return word if frame.index == 0 else replace(word, values=word.values[..., :2], classes=2)

    masks = fold(replace(KEYS, longest_gap=1, shortest_gap=1), moving(3), network).masks
    assert (masks[0] == 3).any()
    assert masks[2].max() < 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("config", [replace(KEYS, longest_gap=3), small_spec(mode="per_frame")])
def test_what_is_no_number_never_spreads(bad: float, config: TemporalSpec) -> None:
    def network(frame: TemporalFrame) -> Scores:
        scores = Network().word(frame.index, SIZE)
        if frame.index in (0, 1, 2, 3):
            scores.values[2:4, 2:4, 4] = bad
            scores.values[6, 6] = bad
        return scores

    folded = fold(config, moving(8), network)
    assert all(mask.max() < CLASSES for mask in folded.masks)
    for index in (1, 2, 5, 7):
        assert (folded.masks[index] != truth(index)).mean() < 0.2
    past = folded.state.past
    assert past is not None
    assert np.isfinite(past.scores).all()
    assert folded.state.confidence is not None
    assert np.isfinite(folded.state.confidence).all()


def test_a_word_of_nothing_but_nan_shows_the_first_class_and_then_nothing_else_suffers() -> None:
    def network(frame: TemporalFrame) -> Scores:
        scores = Network().word(frame.index, SIZE)
        if frame.index == 0:
            scores.values[:] = np.nan
        return scores

    folded = fold(replace(KEYS, longest_gap=1, shortest_gap=1), moving(3), network)
    assert not folded.masks[0].any()
    assert iou(folded.masks[2], truth(2), 3) > 0.75


def test_a_failed_network_leaves_the_state_as_it_was() -> None:
    def broken(_frame: TemporalFrame) -> Scores:
        raise RuntimeError("refused")

    config = replace(KEYS, longest_gap=3)
    before = fold(config, moving(3)).state
    frame = moving(4)[3]
    with pytest.raises(RuntimeError, match="refused"):
        engine.step(config, before, frame, broken)
    _, result = engine.step(config, before, frame, Network())
    np.testing.assert_array_equal(result.mask, fold(config, moving(4)).masks[3])


@pytest.mark.parametrize("says", list(_SAYS))
@pytest.mark.parametrize("carries", ["logits", "labels"])
@pytest.mark.parametrize("name", list(_TRUSTING))
def test_a_sure_network_is_believed_at_once_however_heavy_the_past(
    name: str, carries: str, says: str
) -> None:
    # It contradicts itself about pixels that moved all the way as if nothing had happened.
    config = with_changes(_TRUSTING[name], carries=carries)
    withdrawn = 6

    def network(frame: TemporalFrame) -> Scores:
        labels = truth(frame.index)
        if frame.index >= withdrawn:
            labels[labels == 3] = 0
        return _SAYS[says](labels, frame.index)

    masks = fold(config, moving(24), network).masks
    area = [int((mask == 3).sum()) for mask in masks]
    longest = 1 if config.mode == "per_frame" else config.longest_gap
    assert min(area[1:withdrawn]) > 500
    assert max(area[withdrawn + longest :]) < 50
