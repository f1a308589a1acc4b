"""The confusion matrix is exact; the scores follow from it as the protocol says."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.errors import InputError
from studio.evaluation.confusion import (
    confusion_matrix,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)


def _masks(classes: int) -> st.SearchStrategy[tuple[Any, Any]]:
    index = st.sampled_from([*range(classes), VOID_INDEX])
    shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
    return shapes.flatmap(
        lambda shape: st.tuples(
            arrays(np.uint8, shape, elements=index), arrays(np.uint8, shape, elements=index)
        )
    )


def _sklearn_matrix(truth: Any, prediction: Any, classes: int) -> Any:
    from sklearn.metrics import confusion_matrix as sklearn_confusion

    seen = truth != VOID_INDEX
    if not seen.any():
        return np.zeros((classes, classes), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of masks with a single class
        labels = [*range(classes), VOID_INDEX]
        return sklearn_confusion(truth[seen], prediction[seen], labels=labels)[:classes]


@given(st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), _masks(n))))
def test_it_agrees_with_scikit_learn_to_the_last_pixel(drawn: tuple[int, tuple[Any, Any]]) -> None:
    classes, (truth, prediction) = drawn
    counts = confusion_matrix(truth, prediction, classes)
    assert counts.dtype == np.int64
    if (truth != VOID_INDEX).any():
        np.testing.assert_array_equal(counts, _sklearn_matrix(truth, prediction, classes))
    else:
        assert not counts.any()


def test_a_large_random_pair_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 22, (375, 500)).astype(np.uint8)
    truth[truth == 21] = VOID_INDEX
    prediction = random.integers(0, 21, (375, 500)).astype(np.uint8)
    counts = confusion_matrix(truth, prediction, 21)
    np.testing.assert_array_equal(counts, _sklearn_matrix(truth, prediction, 21))


@given(_masks(4))
def test_each_labelled_pixel_is_counted_once(drawn: tuple[Any, Any]) -> None:
    truth, prediction = drawn
    assert confusion_matrix(truth, prediction, 4).sum() == np.count_nonzero(truth != VOID_INDEX)


def test_a_case_computed_by_hand() -> None:
    truth = np.array([[0, 0, 1, 1], [2, 2, 255, 255]], np.uint8)
    prediction = np.array([[0, 1, 1, 1], [0, 2, 2, 0]], np.uint8)
    counts = confusion_matrix(truth, prediction, 4)
    expected = [[1, 1, 0, 0, 0], [0, 2, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0]]
    assert counts.tolist() == expected
    # Class 0: 1 of {2 true, 2 found}; class 1: 2 of {2, 3}; class 2: 1 of {2, 1}; 3 is absent.
    iou = iou_per_class(counts)
    assert iou[:3].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 2])
    assert np.isnan(iou[3])
    assert float(mean_iou(counts)) == pytest.approx((1 / 3 + 2 / 3 + 1 / 2) / 3)
    assert pixel_accuracy(counts) == pytest.approx(4 / 6)


def test_a_class_that_is_only_predicted_does_not_enter_the_mean() -> None:
    truth = np.zeros((2, 2), np.uint8)
    prediction = np.array([[0, 0], [0, 3]], np.uint8)
    counts = confusion_matrix(truth, prediction, 4)
    assert float(mean_iou(counts)) == pytest.approx(3 / 4)


def test_a_prediction_of_no_class_is_wrong() -> None:
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    prediction = np.array([[0, 255, 1, 200]], np.uint8)
    counts = confusion_matrix(truth, prediction, 2)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert iou_per_class(counts).tolist() == [0.5, 0.5]
    assert pixel_accuracy(counts) == 0.5


@given(_masks(4))
def test_void_is_ignored_whatever_is_predicted_there(drawn: tuple[Any, Any]) -> None:
    truth, prediction = drawn
    other = np.where(truth == VOID_INDEX, 0, prediction).astype(np.uint8)
    np.testing.assert_array_equal(
        confusion_matrix(truth, prediction, 4), confusion_matrix(truth, other, 4)
    )


@given(_masks(4))
def test_a_perfect_prediction_scores_one(drawn: tuple[Any, Any]) -> None:
    truth, _ = drawn
    counts = confusion_matrix(truth, truth, 4)
    if (truth == VOID_INDEX).all():
        assert np.isnan(mean_iou(counts))
        assert np.isnan(pixel_accuracy(counts))
    else:
        assert float(mean_iou(counts)) == 1.0
        assert pixel_accuracy(counts) == 1.0


@given(st.lists(_masks(3), min_size=1, max_size=4))
def test_stacked_matrices_are_scored_like_single_ones(pairs: list[tuple[Any, Any]]) -> None:
    counts = np.stack([confusion_matrix(truth, seen, 3) for truth, seen in pairs])
    singles: list[NDArray[np.float64]] = [mean_iou(each) for each in counts]
    np.testing.assert_array_equal(mean_iou(counts), np.array(singles))


def test_an_index_that_is_no_class_is_refused_by_name() -> None:
    truth = np.array([[0, 21]], np.uint8)
    with pytest.raises(InputError, match="class 21, but there are only 21"):
        confusion_matrix(truth, np.zeros((1, 2), np.uint8), 21)


def test_different_sizes_are_refused() -> None:
    with pytest.raises(InputError, match=r"2x3 was expected.*got 3x2"):
        confusion_matrix(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 2)
