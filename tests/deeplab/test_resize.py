"""Bilinear resampling means the same in training, in the exported file, and in other libraries."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from studio.deeplab.inference_clone import ResizeBilinear
from studio.deeplab.resize import interpolation_matrix, resize_bilinear
from studio.inference.model import LogitsGrid

_GRIDS: tuple[LogitsGrid, ...] = ("half_pixel", "align_corners")


@given(source=st.integers(1, 40), target=st.integers(1, 80), grid=st.sampled_from(_GRIDS))
def test_weights_sum_to_one_and_none_is_negative(
    source: int, target: int, grid: LogitsGrid
) -> None:
    matrix = interpolation_matrix(source, target, grid)
    assert matrix.shape == (target, source)
    assert matrix.min() >= 0.0
    np.testing.assert_allclose(matrix.sum(1), 1.0, atol=1e-6)


@given(source=st.integers(2, 20), factor=st.integers(1, 5))
def test_corners_stay_at_corners(source: int, factor: int) -> None:
    matrix = interpolation_matrix(source, (source - 1) * factor + 1, "align_corners")
    np.testing.assert_array_equal(matrix[::factor], np.eye(source, dtype=np.float32))


@pytest.mark.parametrize("grid", _GRIDS)
@pytest.mark.parametrize("size", [(9, 9), (17, 33), (5, 7)])
def test_it_equals_tensorflows_operator(grid: LogitsGrid, size: tuple[int, int]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype(np.float32)
    expected = tf.raw_ops.ResizeBilinear(
        images=x,
        size=size,
        align_corners=grid == "align_corners",
        half_pixel_centers=grid == "half_pixel",
    )
    np.testing.assert_allclose(resize_bilinear(x, size, grid), expected, atol=1e-5)
    np.testing.assert_allclose(ResizeBilinear(size, grid)(x), expected, atol=1e-6)
