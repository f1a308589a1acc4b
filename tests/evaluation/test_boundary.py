"""Boundary IoU is what its paper's own code computes, class by class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.classes import VOID_INDEX
from studio.evaluation.boundary import boundary_pixels, boundary_tally
from studio.opencv import cv2


def _by_the_paper(mask: Any, distance: int) -> Any:
    """The authors' `mask_to_boundary` for one binary mask."""
    height, width = mask.shape
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[0.0])
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=distance)
    return mask - eroded[1 : height + 1, 1 : width + 1]


def _blobs(seed: int, classes: int, size: tuple[int, int]) -> Any:
    random = np.random.default_rng(seed)
    values = cv2.GaussianBlur(random.normal(size=(*size, classes)), (0, 0), 4.0)
    return np.argmax(values, axis=2).astype(np.uint8)


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=30)
def test_borders_of_all_classes_at_once_are_those_of_each_by_itself(
    seed: int, distance: int
) -> None:
    mask = _blobs(seed, 4, (40, 53))
    mask[mask == 3] = VOID_INDEX
    found = boundary_pixels(mask, distance)
    for label in range(3):
        expected = _by_the_paper((mask == label).astype(np.uint8), distance)
        np.testing.assert_array_equal(found & (mask == label), expected.astype(bool))


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_tallies_are_those_of_the_paper(seed: int) -> None:
    truth, prediction = _blobs(seed, 5, (60, 81)), _blobs(seed + 1, 5, (60, 81))
    truth[truth == 4] = VOID_INDEX
    prediction[prediction == 4] = 0
    both, either = boundary_tally(truth, prediction, 4)
    distance = round(0.02 * math.hypot(60, 81))
    labelled = truth != VOID_INDEX
    for label in range(4):
        true_border = _by_the_paper((truth == label).astype(np.uint8), distance)
        seen = ((prediction == label) & labelled).astype(np.uint8)
        seen_border = _by_the_paper(seen, distance)
        assert both[label] == np.count_nonzero(true_border & seen_border)
        assert either[label] == np.count_nonzero(true_border | seen_border)


def test_a_case_computed_by_hand() -> None:
    truth = np.zeros((20, 20), np.uint8)
    truth[5:15, 5:15] = 1  # 0.02 * 28.3 rounds to a border of 1 pixel: a ring of 36
    prediction = np.zeros((20, 20), np.uint8)
    prediction[5:15, 5:16] = 1  # one column more: a ring of 38
    both, either = boundary_tally(truth, prediction, 2)
    # Common to both rings: the left side (10) and the rest of the top and bottom rows (2 * 9).
    assert both[1] == 28
    assert either[1] == 36 + 38 - 28


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_prediction_right_wherever_there_is_truth_is_right_at_the_borders(seed: int) -> None:
    truth = _blobs(seed, 4, (50, 50))
    prediction = truth.copy()
    truth[truth == 3] = VOID_INDEX
    prediction[prediction == 3] = seed % 3
    both, either = boundary_tally(truth, prediction, 4)
    np.testing.assert_array_equal(both, either)


def test_a_thin_error_costs_more_at_the_border_than_in_the_area() -> None:
    truth = np.zeros((200, 200), np.uint8)
    truth[40:160, 40:160] = 1
    prediction = np.asarray(cv2.dilate(truth, np.ones((7, 7), np.uint8)), np.uint8)
    both, either = boundary_tally(truth, prediction, 2)
    area = 120**2 / 126**2
    assert both[1] / either[1] < area - 0.2


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_the_smallest_images_have_borders(size: tuple[int, int]) -> None:
    truth = np.ones(size, np.uint8)
    both, either = boundary_tally(truth, truth, 2)
    assert both.tolist() == either.tolist() == [0, size[0] * size[1]]
