"""The network's word and the past are joined as the formulas say, compiled or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.temporal import fusion_kernels, refinement_kernels
from studio.temporal.canvas import placed, taps
from studio.temporal.fusion import (
    MOST_CLASSES,
    areas_of,
    doubts,
    fused,
    labels_of,
    past_of,
    word_of,
)
from studio.temporal.refinement import refine
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import Past, Word
from studio.temporal.step import Placement, Scores
from tests.support.interpreted import interpreted

_CANVAS = (6, 10)
_PLANE = (4, 5)
_NONE = np.empty((0, 0, 0), np.float32)


def _word(seed: int, classes: int = 4, grid: tuple[int, int] = (3, 5)) -> Word:
    random = np.random.default_rng(seed)
    values = random.normal(0, 3, (*grid, classes)).astype(np.float32)
    return word_of(
        Scores(values, 0.5, 1, classes, Placement(grid[0], -0.5), Placement(grid[1] - 1, 0.2))
    )


def _label_word(seed: int, classes: int = 4) -> Word:
    labels = np.random.default_rng(seed).integers(0, classes + 1, (3, 5)).astype(np.uint8)
    return word_of(Scores(labels, 1.0, 0, classes, Placement(3, -0.5), Placement(5, -0.5)))


def _past(seed: int, *classes: int) -> Past:
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3, (len(classes), *_CANVAS)).astype(np.float32)
    return Past(np.array(classes, np.uint8), scores)


def _labelled(past: Past) -> Past:
    labels = labels_of(past)
    return Past(np.unique(labels), _NONE, labels)


def _confidence(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random(_PLANE, np.float32)


def _upsampled(grid: NDArray[Any], rows: Placement, columns: Placement) -> NDArray[np.float64]:
    """Each position of the canvas by its plain definition."""
    out = np.empty((*_CANVAS, *grid.shape[2:]))
    for y in range(_CANVAS[0]):
        for x in range(_CANVAS[1]):
            at = []
            for i, count, placement, length in (
                (y, _CANVAS[0], rows, grid.shape[0]),
                (x, _CANVAS[1], columns, grid.shape[1]),
            ):
                position = placement.scale * (i + 0.5) / count + placement.offset
                position = min(max(position, 0.0), length - 1.0)
                low = int(position)
                at.append((low, min(low + 1, length - 1), position - low))
            (y0, y1, v), (x0, x1, u) = at
            out[y, x] = (grid[y0, x0] * (1 - u) + grid[y0, x1] * u) * (1 - v) + (
                grid[y1, x0] * (1 - u) + grid[y1, x1] * u
            ) * v
    return out


@settings(max_examples=15)
@given(
    st.integers(0, 200),
    st.sampled_from(["logits", "labels"]),
    st.booleans(),
    st.sampled_from([0.0, 0.6]),
    st.integers(1, 5),
)
def test_compiled_and_plain_give_the_same_bits(
    seed: int, carries: str, are_labels: bool, share: float, classes: int
) -> None:
    changes: dict[str, Any] = {"carries": carries, "refine_gain": 1.0, "refine_radius": 1}
    config = replace(TemporalSpec(uncertainty_share=share), **changes)
    word = _label_word(seed, classes) if are_labels else _word(seed, classes)
    past = _past(seed, 0, 2, 3)
    past = _labelled(past) if carries == "labels" else past
    guide = np.random.default_rng(seed).integers(0, 255, _CANVAS).astype(np.uint8)
    results = []
    for is_plain in (False, True):
        if is_plain:
            with interpreted(fusion_kernels), interpreted(refinement_kernels):
                joined = fused(config, word, past, _confidence(seed), guide)
                alone = past_of(config, word, _CANVAS, guide)
        else:
            joined = fused(config, word, past, _confidence(seed), guide)
            alone = past_of(config, word, _CANVAS, guide)
        results.append((joined, alone))
    ((a, a_differs), a_alone), ((b, b_differs), b_alone) = results
    assert a_differs == b_differs
    for ours, plain in ((a, b), (a_alone, b_alone)):
        np.testing.assert_array_equal(ours.classes, plain.classes)
        np.testing.assert_array_equal(ours.scores, plain.scores)
        np.testing.assert_array_equal(labels_of(ours), labels_of(plain))


@pytest.mark.parametrize("seed", range(4))
def test_a_word_alone_is_its_logits_between_the_grid_positions(seed: int) -> None:
    word = _word(seed)
    past = past_of(TemporalSpec(), word, _CANVAS)
    logits = (word.values - 1) * 0.5
    expected = _upsampled(logits, word.rows, word.columns)
    np.testing.assert_array_equal(past.classes, np.unique(logits.argmax(axis=2)))
    np.testing.assert_allclose(
        past.scores, expected[..., past.classes].transpose(2, 0, 1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_the_past_counts_by_confidence_and_doubt(share: float) -> None:
    config = TemporalSpec(past_weight=0.8, uncertainty_share=share)
    word, past, confidence = _word(3), _past(5, 0, 1, 2, 3), _confidence(2)
    joined, _ = fused(config, word, past, confidence)
    net = _upsampled((word.values - 1) * 0.5, word.rows, word.columns)[..., joined.classes]
    trust = _upsampled(confidence, Placement(4, -0.5), Placement(5, -0.5))
    ordered = np.sort(net, axis=2)
    margin = np.floor((ordered[..., -1] - ordered[..., -2]) * 16) / 16
    doubt = (1 - share) + share * 2 / (1 + np.exp(margin))
    weight = (0.8 * trust * doubt)[..., None]
    before = past.scores[joined.classes].transpose(1, 2, 0)
    expected = net + weight * (before - net)
    np.testing.assert_allclose(joined.scores.transpose(1, 2, 0), expected, rtol=1e-3, atol=1e-3)


def test_a_class_that_is_new_has_the_weakest_past() -> None:
    config = TemporalSpec(past_weight=1.0)
    word = _word(1)
    past = _past(1, 0, 3)
    joined, _ = fused(config, word, past, np.ones(_PLANE, np.float32))
    new = [k for k in joined.classes if k not in past.classes]
    assert new
    for k in new:
        place = int(np.flatnonzero(joined.classes == k)[0])
        np.testing.assert_allclose(
            joined.scores[place], past.scores.min(axis=0), rtol=1e-4, atol=1e-5
        )


def test_a_class_that_shows_nowhere_any_more_is_dropped() -> None:
    past = _past(1, 0, 1, 2)
    past.scores[2] = -50.0
    word = _word(2)
    word.values[..., 2] = -50.0
    joined, _ = fused(TemporalSpec(), word, past, _confidence(1))
    assert 2 not in joined.classes


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_labels_of_the_past_stay_where_they_weigh_more_than_half(share: float) -> None:
    past = _labelled(_past(4, 0, 1, 2))
    config = TemporalSpec(carries="labels", past_weight=1.0, uncertainty_share=share)
    word = _word(4)
    unsure, sure = replace(word, scale=0.001), replace(word, scale=1000.0)
    alone = labels_of(past_of(config, word, _CANVAS))
    for said, confidence, expected in (
        (unsure, 1.0, labels_of(past)),
        (unsure, 0.4, alone),
        (sure, 1.0, alone),
    ):
        joined, _ = fused(config, said, past, np.full(_PLANE, confidence, np.float32))
        np.testing.assert_array_equal(labels_of(joined), expected)


@pytest.mark.parametrize("carries", ["logits", "labels"])
def test_a_word_without_scores_wins_however_heavy_the_past(carries: str) -> None:
    changes: dict[str, Any] = {"carries": carries}
    config = replace(TemporalSpec(past_weight=1.0), **changes)
    past = past_of(config, _label_word(1), _CANVAS)
    alone = labels_of(past_of(config, _label_word(2), _CANVAS))
    joined, _ = fused(config, _label_word(2), past, np.ones(_PLANE, np.float32))
    assert (labels_of(past) != alone).any()
    np.testing.assert_array_equal(labels_of(joined), alone)


def test_void_is_a_class_of_its_own() -> None:
    labels = np.full((3, 5), 9, np.uint8)
    labels[0] = 1
    word = word_of(Scores(labels, 1.0, 0, 4, Placement(3, -0.5), Placement(5, -0.5)))
    past = past_of(TemporalSpec(), word, _CANVAS)
    np.testing.assert_array_equal(past.classes, [1, 255])
    assert labels[1, 0] == 9  # what was lent is not written to
    assert set(np.unique(labels_of(past))) == {1, 255}


def test_a_word_is_a_copy_whatever_its_memory() -> None:
    values = np.zeros((4, 3, 5), np.int16).transpose(1, 2, 0)
    word = word_of(Scores(values, 1.0, 0, 4, Placement(3, -0.5), Placement(5, -0.5)))
    assert word.values.dtype == np.float32
    assert word.values.flags.c_contiguous
    values[:] = 3
    assert not word.values.any()


def test_areas_are_counted_by_class() -> None:
    past = _past(6, 0, 4, 9)
    areas = areas_of(past)
    assert areas.sum() == _CANVAS[0] * _CANVAS[1]
    winners = past.classes[past.scores.argmax(axis=0)]
    np.testing.assert_array_equal(areas, np.bincount(winners.ravel(), minlength=256))
    np.testing.assert_array_equal(areas_of(_labelled(past)), areas)


def test_one_class_has_no_rival_to_doubt() -> None:
    values = np.ones((3, 5, 1), np.float32)
    word = word_of(Scores(values, 1.0, 0, 1, Placement(3, -0.5), Placement(5, -0.5)))
    config = TemporalSpec(past_weight=1.0, uncertainty_share=1.0)
    past = past_of(config, word, _CANVAS)
    joined, differs = fused(config, word, past, np.ones(_PLANE, np.float32))
    np.testing.assert_array_equal(joined.scores, past.scores)
    assert differs == 0.0


def test_doubt_falls_from_one_to_what_does_not_depend_on_it() -> None:
    table = doubts(0.7)
    assert table[0] == 1.0
    assert (np.diff(table) <= 0).all()
    assert table[-1] == pytest.approx(0.3, abs=1e-4)
    assert (doubts(0.0) == 1.0).all()


def test_outlines_are_bent_to_edges_and_the_first_class_stays() -> None:
    size = (24, 32)
    guide = np.full(size, 40, np.uint8)
    guide[:, 17:] = 200  # the edge; the network saw it three positions further left
    scores = np.zeros((2, *size), np.float32)
    scores[1] = np.clip((np.arange(32) - 14) * 0.5, -3, 3)
    config = TemporalSpec(refine_gain=1.0)
    before = scores.copy()
    refine(config, scores, guide)
    np.testing.assert_array_equal(scores[0], before[0])
    wrong_before = ((before[1] > 0) != (guide > 100)).sum()
    wrong_after = ((scores[1] > 0) != (guide > 100)).sum()
    assert wrong_after <= wrong_before / 2


def test_one_class_alone_has_no_outline() -> None:
    scores = np.ones((1, 4, 4), np.float32)
    refine(TemporalSpec(refine_gain=1.0), scores, np.zeros((4, 4), np.uint8))
    assert (scores == 1.0).all()


def test_taps_are_clamped_to_the_grid() -> None:
    found = taps(8, Placement(20.0, -6.0), 5)
    assert found.low.min() == 0
    assert found.low.max() == 4
    assert found.nearest.max() == 4
    assert ((found.weight >= 0) & (found.weight < 1)).all()
    assert found.starts[0] == 0
    assert found.starts[-1] == 8
    same = taps(5, placed(5), 5)
    np.testing.assert_array_equal(same.low, np.arange(5))
    assert not same.weight.any()


def test_a_position_without_any_number_has_no_winner_compiled_or_not() -> None:
    word = _word(7)
    word.values[1, 2] = np.nan
    past = past_of(TemporalSpec(), word, _CANVAS)
    assert np.isfinite(past.scores).all()
    with interpreted(fusion_kernels):
        plain = past_of(TemporalSpec(), word, _CANVAS)
    np.testing.assert_array_equal(past.classes, plain.classes)
    np.testing.assert_array_equal(past.scores, plain.scores)


@pytest.mark.parametrize("carries", ["logits", "labels"])
@pytest.mark.parametrize("are_labels", [False, True])
def test_of_many_classes_those_that_win_most_are_kept(carries: str, are_labels: bool) -> None:
    config = replace(TemporalSpec(past_weight=1.0), **cast("Any", {"carries": carries}))
    random = np.random.default_rng(8)
    labels = np.sort(random.integers(0, 150, 1600) // random.integers(1, 30, 1600))
    labels = labels.astype(np.uint8).reshape(40, 40)
    values = labels if are_labels else np.eye(151, dtype=np.float32)[labels]
    word = word_of(Scores(values, 20.0, 0, 151, Placement(40, -0.5), Placement(40, -0.5)))
    counts = np.bincount(labels.ravel(), minlength=256)
    most = np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
    assert np.count_nonzero(counts) > 3 * MOST_CLASSES
    past = past_of(config, word, (40, 40))
    np.testing.assert_array_equal(past.classes, most)
    is_kept = np.isin(labels, most)
    np.testing.assert_array_equal(labels_of(past)[is_kept], labels[is_kept])
    before = _labels_alone(config, 200, 40)
    for _ in range(3):
        before, _ = fused(config, word, before, np.full((4, 4), 0.6, np.float32))
        assert len(before.classes) <= MOST_CLASSES
        assert set(np.unique(labels_of(before))) <= set(most)


def _labels_alone(config: TemporalSpec, first: int, side: int) -> Past:
    labels = (first + np.arange(side * side) % 40).astype(np.uint8).reshape(side, side)
    word = Scores(labels, 1.0, 0, 255, Placement(side, -0.5), Placement(side, -0.5))
    return past_of(config, word_of(word), (side, side))


def test_what_was_shown_most_is_kept_beside_a_word_of_few_classes() -> None:
    config = TemporalSpec()
    before = _labels_alone(config, 0, 40)
    word = word_of(
        Scores(np.full((3, 3), 99, np.uint8), 1.0, 0, 151, Placement(3, -0.5), Placement(3, -0.5))
    )
    joined, _ = fused(config, word, before, np.ones((4, 4), np.float32))
    shown = np.bincount(labels_of(before).ravel(), minlength=256)
    longest = np.argsort(-shown, kind="stable")[: MOST_CLASSES - 1]
    np.testing.assert_array_equal(joined.classes, [*np.sort(longest), 99])
