"""Masks are drawn as the studio draws logits, under the classes' own numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.inference.geometry import Geometry
from studio.inference.postprocess import mask_from_labels, mask_from_logits
from studio.temporal import drawing_kernels
from studio.temporal.drawing import draw_past, draw_word
from studio.temporal.fusion import word_of
from studio.temporal.state import Past
from studio.temporal.step import Placement, Scores
from tests.support.interpreted import interpreted


@settings(max_examples=20)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.integers(1, 255),
    st.integers(0, 99),
)
def test_what_is_carried_is_drawn_as_logits_are(
    size: tuple[int, int], canvas: tuple[int, int], first: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    scores = random.normal(0, 2, (3, *canvas)).astype(np.float32)
    classes = np.array([0, first, 255], np.uint8)
    mask = np.empty(size, np.uint8)
    draw_past(Past(classes, scores), mask)
    geometry = Geometry(size, canvas, canvas, "stretch", "half_pixel")
    expected = mask_from_logits(scores.transpose(1, 2, 0), geometry)
    np.testing.assert_array_equal(mask, classes[expected])


@pytest.mark.parametrize("layout", ["half_pixel", "align_corners"])
@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("size", [(72, 128), (37, 91), (480, 854)])
def test_a_word_is_drawn_as_a_frame_by_itself(size: tuple[int, int], fit: str, layout: str) -> None:
    random = np.random.default_rng(4)
    values = random.normal(0, 2, (19, 33, 6)).astype(np.float32)
    geometry = Geometry(size, (289, 513), (19, 33), fit, layout)  # type: ignore[arg-type]
    places = [Placement(*geometry.placement(axis)) for axis in (0, 1)]
    word = word_of(Scores(values, 1.0, 0, 6, *places))
    mask = np.empty(size, np.uint8)
    draw_word(word, mask)
    np.testing.assert_array_equal(mask, mask_from_logits(values, geometry))


def test_labels_are_drawn_by_nearest_neighbour() -> None:
    labels = np.random.default_rng(1).integers(0, 4, (20, 30)).astype(np.uint8)
    geometry = Geometry((72, 128), (20, 30), (20, 30), "stretch", "half_pixel")
    word = word_of(Scores(labels, 1.0, 0, 4, Placement(20, -0.5), Placement(30, -0.5)))
    mask = np.empty((72, 128), np.uint8)
    draw_word(word, mask)
    np.testing.assert_array_equal(mask, mask_from_labels(labels, 4, geometry))


def test_carried_labels_have_smooth_borders() -> None:
    labels = np.zeros((9, 16), np.uint8)
    labels[:, 8:] = 7
    labels[4, 7] = 7
    past = Past(np.array([0, 7], np.uint8), np.empty((0, 0, 0), np.float32), labels)
    mask = np.empty((72, 128), np.uint8)
    draw_past(past, mask)
    assert set(np.unique(mask)) == {0, 7}
    assert (mask[:, 68:] == 7).all()
    corner = mask[32:40, 56:64]  # of the one position that stands out
    assert 0 < (corner == 0).sum() < 40


def test_interleaving_is_a_transposition_compiled_or_not() -> None:
    planes = np.random.default_rng(2).random((3, 4, 5), np.float32)
    for is_plain in (False, True):
        pixels = np.empty((4, 5, 3), np.float32)
        if is_plain:
            with interpreted(drawing_kernels):
                drawing_kernels.interleave(planes, pixels)
        else:
            drawing_kernels.interleave(planes, pixels)
        np.testing.assert_array_equal(pixels, planes.transpose(1, 2, 0))
