"""Scores, labels and confidence follow the flow as the formulas say, compiled or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.temporal import carry_kernels
from studio.temporal.carrying import carried, followed
from studio.temporal.fusion import kept_by_residual, labels_of
from studio.temporal.state import Past
from tests.support.interpreted import interpreted

_NONE = np.empty((0, 0, 0), np.float32)

sides = st.integers(1, 9)


def _flow(seed: int, size: tuple[int, int], reach: int = 60) -> NDArray[np.int16]:
    random = np.random.default_rng(seed)
    return random.integers(-reach, reach, (*size, 2)).astype(np.int16)


def _past(seed: int, size: tuple[int, int], classes: int = 3) -> Past:
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3, (classes, *size)).astype(np.float32)
    return Past(np.arange(classes, dtype=np.uint8), scores)


def _labelled(past: Past) -> Past:
    return Past(past.classes, _NONE, past.scores.argmax(axis=0).astype(np.uint8))


@settings(max_examples=25)
@given(st.tuples(sides, sides), st.tuples(sides, sides), st.integers(0, 99), st.booleans())
def test_compiled_and_plain_give_the_same_bits(
    canvas: tuple[int, int], plane: tuple[int, int], seed: int, in_pixels: bool
) -> None:
    way: NDArray[Any] = _flow(seed, plane)
    units = 16
    if in_pixels:
        way, units = way.astype(np.float32) / np.float32(16), 1
    for past in (_past(seed, canvas), _labelled(_past(seed, canvas))):
        fast = carried(past, way, units)
        with interpreted(carry_kernels):
            plain = carried(past, way, units)
        np.testing.assert_array_equal(fast.scores, plain.scores)
        np.testing.assert_array_equal(labels_of(fast), labels_of(plain))


@settings(max_examples=25)
@given(st.tuples(sides, sides), st.integers(0, 99), st.booleans())
def test_confidence_is_followed_with_the_same_bits(
    size: tuple[int, int], seed: int, has_way: bool
) -> None:
    random = np.random.default_rng(seed)
    flow = _flow(seed, size)
    residual = random.integers(0, 40, size).astype(np.uint8)
    confidence = random.random(size, np.float32)
    way = random.normal(0, 3, (*size, 2)).astype(np.float32) if has_way else None
    arguments = (flow, residual, kept_by_residual(8.0), confidence, way)
    fast = followed(*arguments)
    with interpreted(carry_kernels):
        plain = followed(*arguments)
    for a, b in zip(fast, plain, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (fast[1].size > 0) is has_way


@pytest.mark.parametrize("size", [(40, 60), (72, 128)])
def test_scores_are_carried_as_opencv_warps(size: tuple[int, int]) -> None:
    plane = (18, 32)
    smooth = cv2.GaussianBlur(_flow(4, plane, 100).astype(np.float32), (0, 0), 2)
    flow = np.rint(smooth).astype(np.int16)
    past = _past(4, size)
    height, width = size
    up = cv2.resize(flow.astype(np.float32) / 16, (width, height))
    y, x = np.indices(size, dtype=np.float32)
    for ours, before in zip(carried(past, flow, 16).scores, past.scores, strict=True):
        theirs = cv2.remap(
            before,
            x + up[..., 0] * np.float32(width / 32),
            y + up[..., 1] * np.float32(height / 18),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        assert np.abs(ours - theirs).max() < 0.3  # it rounds positions to 1/32
        assert np.abs(ours - theirs).mean() < 0.05


def test_nothing_changes_where_nothing_moves() -> None:
    still = np.zeros((9, 16, 2), np.int16)
    past = _past(1, (20, 30))
    np.testing.assert_array_equal(carried(past, still, 16).scores, past.scores)
    labelled = _labelled(past)
    np.testing.assert_array_equal(labels_of(carried(labelled, still, 16)), labels_of(labelled))
    random = np.random.default_rng(1)
    confidence = random.random((9, 16), np.float32)
    alike = np.zeros((9, 16), np.uint8)
    now, way = followed(still, alike, kept_by_residual(8.0), confidence, still.astype(np.float32))
    np.testing.assert_array_equal(now, confidence)
    assert not way.any()


def test_labels_move_by_whole_positions() -> None:
    labels = np.zeros((8, 8), np.uint8)
    labels[2:4, 2:4] = 7
    past = Past(np.array([0, 7], np.uint8), _NONE, labels)
    flow = np.zeros((8, 8, 2), np.int16)
    flow[..., 0] = -3 * 16  # what is here now was three to the left
    moved = carried(past, flow, 16)
    np.testing.assert_array_equal(labels_of(moved), np.roll(labels, 3, axis=1))


def test_confidence_falls_with_the_residual_and_is_none_beyond_the_plane() -> None:
    flow = np.zeros((4, 6, 2), np.int16)
    flow[:, 5, 0] = 16  # from beyond the right border
    residual = np.zeros((4, 6), np.uint8)
    residual[1, 1] = 8
    now, _ = followed(flow, residual, kept_by_residual(8.0), np.ones((4, 6), np.float32))
    assert now[0, 0] == 1.0
    assert now[1, 1] == pytest.approx(np.exp(-1))
    assert not now[:, 5].any()


def test_ways_add_up() -> None:
    flow = np.full((6, 8, 2), 8, np.int16)
    sure = np.ones((6, 8), np.float32)
    alike = np.zeros((6, 8), np.uint8)
    way: NDArray[np.float32] = np.zeros((6, 8, 2), np.float32)
    for _ in range(3):
        _, way = followed(flow, alike, kept_by_residual(8.0), sure, way)
    np.testing.assert_allclose(way, 1.5)


@pytest.mark.parametrize(("decay", "expected"), [(0.0, 0.0), (np.inf, 1.0), (8.0, np.exp(-1))])
def test_the_decay_of_confidence_may_be_sudden_or_never(decay: float, expected: float) -> None:
    table = kept_by_residual(decay)
    assert table[0] == 1.0
    assert table[8] == pytest.approx(expected)
    assert (np.diff(table) <= 0).all()
