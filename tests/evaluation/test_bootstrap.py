"""Intervals and verdicts: certain where the data are, silent where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.evaluation.bootstrap import interval, resampled_mean, resampled_miou
from studio.evaluation.comparison import compare, distinct_names
from studio.evaluation.confusion import intersections_and_unions, mean_iou


def _tally(seed: int, images: int, right: float) -> tuple[Any, Any]:
    """Random confusion matrices of 3 classes, and what is kept of them."""
    random = np.random.default_rng(seed)
    wrong = random.integers(0, 100, (images, 3, 4))
    diagonal = np.zeros_like(wrong)
    diagonal[:, range(3), range(3)] = random.integers(0, int(300 * right), (images, 3))
    counts = wrong + diagonal
    both, either = intersections_and_unions(counts)
    return counts, np.stack((both, either, counts.sum(axis=2)), axis=1)


def _scores(*tallies: Any) -> list[float]:
    sums = [tally.sum(axis=0) for tally in tallies]
    return [float((both / either).mean()) for both, either, _ in sums]


def test_resampling_is_scoring_the_images_that_were_drawn() -> None:
    counts, tally = _tally(0, 12, 1.0)
    drawn = resampled_miou([tally], 50, seed=5)[0]
    generator = np.random.default_rng(5)
    for value, weights in zip(
        drawn, generator.multinomial(12, np.full(12, 1 / 12), size=50), strict=True
    ):
        chosen = counts.repeat(weights, axis=0).sum(axis=0)
        assert value == pytest.approx(float(mean_iou(chosen)), abs=1e-12)


def test_a_class_that_was_not_drawn_does_not_enter_the_mean() -> None:
    tally = np.zeros((2, 3, 2), np.int64)
    tally[0, :, 0] = (10, 10, 10)  # one image shows class 0, perfectly
    tally[1, :, 1] = (5, 10, 10)  # the other class 1, half right
    drawn = set(resampled_miou([tally], 200, seed=1)[0].tolist())
    assert drawn == {1.0, 0.5, 0.75}


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_the_order_of_images_changes_no_score_and_hardly_the_interval(seed: int) -> None:
    _, tally = _tally(seed, 40, 1.0)
    shuffled = tally[np.random.default_rng(seed).permutation(40)]
    assert _scores(tally) == _scores(shuffled)
    bounds, again = (interval(resampled_miou([each], 2000, 0)[0]) for each in (tally, shuffled))
    width = bounds.high - bounds.low
    assert abs(bounds.low - again.low) < 0.2 * width
    assert abs(bounds.high - again.high) < 0.2 * width


def test_many_images_are_resampled_a_part_at_a_time_to_the_same_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, tally = _tally(1, 30, 1.0)
    whole = resampled_miou([tally], 100, seed=2)
    monkeypatch.setattr("studio.evaluation.bootstrap._WEIGHTS_AT_ONCE", 30 * 7)
    np.testing.assert_allclose(resampled_miou([tally], 100, seed=2), whole, rtol=1e-12)


def test_the_same_seed_gives_the_same_interval_and_another_one_does_not() -> None:
    _, tally = _tally(2, 30, 1.0)
    first, again, other = (resampled_miou([tally], 100, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_intervals_of_the_mean_hold_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(7)
    held = 0
    for trial in range(200):
        values = random.normal(0.5, 0.1, 60)
        bounds = interval(resampled_mean([values], 400, trial)[0])
        held += bounds.low <= 0.5 <= bounds.high
    assert 0.88 <= held / 200 <= 0.99


def test_a_model_does_not_differ_from_itself() -> None:
    _, tally = _tally(3, 50, 1.0)
    drawn = resampled_miou([tally, tally], 500, 0)
    (difference,) = compare(["A", "B"], _scores(tally, tally), drawn, 50)
    assert difference.value == 0.0
    assert difference.interval is not None
    assert difference.interval.low == difference.interval.high == 0.0
    assert difference.verdict.startswith("There is no difference between B and A that 50 images")


@pytest.mark.parametrize(("right", "word", "share"), [(3.0, "better", 1.0), (0.3, "worse", 0.0)])
def test_models_that_clearly_differ_are_told_apart(right: float, word: str, share: float) -> None:
    _, first = _tally(4, 50, 1.0)
    _, second = _tally(5, 50, right)
    values = _scores(first, second)
    (difference,) = compare(["A", "B"], values, resampled_miou([first, second], 500, 0), 50)
    assert difference.interval is not None
    assert (difference.interval.low > 0) == (word == "better")
    assert (difference.interval.high < 0) == (word == "worse")
    assert difference.share_above_zero == share
    points = f"{100 * abs(values[1] - values[0]):.1f} points"
    assert difference.verdict.startswith(f"B is {word} than A by {points} (")


def test_a_few_images_prove_nothing() -> None:
    _, first = _tally(6, 3, 0.3)
    _, second = _tally(7, 3, 3.0)
    drawn = resampled_miou([first, second], 100, 0)
    (difference,) = compare(["A", "B"], _scores(first, second), drawn, 3)
    assert difference.interval is None
    assert difference.verdict == "3 images are too few to tell B from A."


def test_each_model_is_compared_with_the_first() -> None:
    tallies = [_tally(seed, 20, 1.0)[1] for seed in range(3)]
    drawn = resampled_miou(tallies, 100, 0)
    differences = compare(["A", "B", "C"], _scores(*tallies), drawn, 20)
    assert [(each.baseline, each.model) for each in differences] == [("A", "B"), ("A", "C")]


def test_models_of_one_name_are_told_apart_by_their_files() -> None:
    assert distinct_names(["a", "b", "a"], ["1", "2", "3"]) == ("a (1)", "b", "a (3)")
