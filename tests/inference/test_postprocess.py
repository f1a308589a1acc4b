"""The fast mask equals the plain definition, whatever the sizes, the fit and the grid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference.geometry import Geometry
from studio.inference.model import Fit, LogitsGrid
from studio.inference.postprocess import (
    class_pixels,
    mask_from_binary,
    mask_from_labels,
    mask_from_logits,
)
from tests.inference.reference import (
    assert_same_mask,
    upsampled_by_opencv,
    upsampled_reference,
)

FITS: tuple[Fit, ...] = ("letterbox", "stretch")
GRIDS: tuple[LogitsGrid, ...] = ("half_pixel", "align_corners")

sides = st.integers(1, 40)
grid_sides = st.integers(1, 12)


def smooth_logits(
    height: int, width: int, classes: int, seed: int, dtype: str = "float32"
) -> NDArray[Any]:
    """Logits with regions of a few classes, as networks give them."""
    random = np.random.default_rng(seed)
    coarse = random.normal(size=(height // 3 + 2, width // 3 + 2, classes))
    rows = np.linspace(0, coarse.shape[0] - 1, height).astype(int)
    columns = np.linspace(0, coarse.shape[1] - 1, width).astype(int)
    logits = coarse[rows][:, columns] * 4 + random.normal(size=(height, width, classes))
    if dtype != "float32":
        limits = np.iinfo(dtype)
        logits = np.clip(logits * 12 + (limits.max + limits.min) // 2, limits.min, limits.max)
    result: NDArray[Any] = logits.astype(dtype)
    return result


@given(
    frame=st.tuples(sides, sides),
    grid=st.tuples(grid_sides, grid_sides),
    input_side=st.integers(1, 65),
    classes=st.integers(1, 21),
    fit=st.sampled_from(FITS),
    layout=st.sampled_from(GRIDS),
    dtype=st.sampled_from(["float32", "int8", "uint8", "int16"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150)
def test_mask_equals_the_definition_at_any_size(
    frame: tuple[int, int],
    grid: tuple[int, int],
    input_side: int,
    classes: int,
    fit: Fit,
    layout: LogitsGrid,
    dtype: str,
    seed: int,
) -> None:
    logits = smooth_logits(*grid, classes, seed, dtype)
    input_size = (input_side, input_side)
    mask = mask_from_logits(logits, Geometry(frame, input_size, grid, fit, layout))
    assert mask.shape == frame
    assert_same_mask(mask, upsampled_reference(logits, frame, input_size, fit, layout))


@pytest.mark.parametrize("frame", [(720, 1280), (333, 641), (48, 36), (1080, 607)])
@pytest.mark.parametrize("grid", [(17, 17), (33, 33), (65, 65), (19, 33)])
def test_stretched_mask_equals_opencv_resize_and_argmax(
    frame: tuple[int, int], grid: tuple[int, int]
) -> None:
    logits = smooth_logits(*grid, 21, seed=grid[0])
    mask = mask_from_logits(logits, Geometry(frame, (257, 257), grid, "stretch"))
    upsampled = upsampled_by_opencv(logits, frame)
    assert_same_mask(mask, upsampled)
    assert (mask == upsampled.argmax(axis=-1)).mean() > 0.9999


def test_full_size_logits_of_a_downscaled_frame() -> None:
    logits = smooth_logits(257, 257, 21, seed=5)
    mask = mask_from_logits(logits, Geometry((90, 160), (257, 257), (257, 257), "stretch"))
    assert_same_mask(mask, upsampled_by_opencv(logits, (90, 160)))


@pytest.mark.parametrize("layout", GRIDS)
def test_a_letterboxed_frame_ignores_what_the_padding_holds(layout: LogitsGrid) -> None:
    logits = np.zeros((16, 16, 3), np.float32)
    logits[..., 1] = 1.0
    logits[10:, :, 2] = 50.0  # far below the frame, which takes up 9 of 16 rows
    mask = mask_from_logits(logits, Geometry((90, 160), (64, 64), (16, 16), "letterbox", layout))
    assert (mask == 1).all()


def test_a_class_that_wins_no_corner_still_wins_the_middle() -> None:
    logits = np.full((2, 2, 3), -1.0, np.float32)
    logits[:, 0, 0] = 1.0
    logits[:, 1, 1] = 1.0
    logits[..., 2] = 0.5
    mask = mask_from_logits(logits, Geometry((8, 80), (8, 80), (2, 2), "stretch"))
    assert_same_mask(mask, upsampled_by_opencv(logits, (8, 80)))
    assert set(np.unique(mask)) == {0, 1, 2}


def test_equal_logits_give_the_first_class() -> None:
    logits = np.zeros((5, 5, 4), np.int8)
    mask = mask_from_logits(logits, Geometry((50, 50), (5, 5), (5, 5)))
    assert (mask == 0).all()


def test_nan_and_infinity_give_classes_that_exist() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        logits = random.normal(size=(6, 6, 5)).astype(np.float32)
        where = random.integers(0, 4, logits.shape)
        logits[where == 1] = np.nan
        logits[where == 2] = random.choice([np.inf, -np.inf])
        mask = mask_from_logits(logits, Geometry((60, 70), (6, 6), (6, 6), "stretch"))
        assert mask.max() < 5
    everything = np.full((3, 3, 4), np.nan, np.float32)
    assert mask_from_logits(everything, Geometry((9, 9), (3, 3), (3, 3))).max() < 4


def test_a_nan_costs_only_its_own_class() -> None:
    logits = np.zeros((4, 4, 3), np.float32)
    logits[..., 2] = 5.0
    logits[..., 0] = np.nan
    mask = mask_from_logits(logits, Geometry((40, 40), (4, 4), (4, 4)))
    assert (mask == 2).all()


def test_channels_first_logits_are_read_through_a_view() -> None:
    logits = smooth_logits(9, 9, 6, seed=2)
    geometry = Geometry((70, 50), (9, 9), (9, 9))
    first = np.ascontiguousarray(logits.transpose(2, 0, 1)).transpose(1, 2, 0)
    assert not first.flags.c_contiguous
    np.testing.assert_array_equal(
        mask_from_logits(first, geometry), mask_from_logits(logits, geometry)
    )


def test_a_given_array_is_written_and_returned() -> None:
    logits = smooth_logits(5, 5, 3, seed=3)
    geometry = Geometry((30, 40), (5, 5), (5, 5))
    out = np.full((30, 40), 99, np.uint8)
    assert mask_from_logits(logits, geometry, out) is out
    np.testing.assert_array_equal(out, mask_from_logits(logits, geometry))


def test_threads_do_not_disturb_each_other() -> None:
    geometry = Geometry((200, 300), (17, 17), (17, 17))
    inputs = [smooth_logits(17, 17, 21, seed) for seed in range(8)]
    alone = [mask_from_logits(logits, geometry) for logits in inputs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            together = list(pool.map(lambda logits: mask_from_logits(logits, geometry), inputs))
            for one, other in zip(alone, together, strict=True):
                np.testing.assert_array_equal(one, other)


@given(
    frame=st.tuples(sides, sides),
    grid=st.tuples(grid_sides, grid_sides),
    fit=st.sampled_from(FITS),
    layout=st.sampled_from(GRIDS),
    threshold=st.sampled_from([0.0, 0.5, -1.0]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_foreground_is_where_the_interpolated_score_passes_the_threshold(
    frame: tuple[int, int],
    grid: tuple[int, int],
    fit: Fit,
    layout: LogitsGrid,
    threshold: float,
    seed: int,
) -> None:
    scores = smooth_logits(*grid, 1, seed)[..., 0]
    mask = mask_from_binary(scores, threshold, Geometry(frame, (33, 33), grid, fit, layout))
    upsampled = upsampled_reference(scores[..., None], frame, (33, 33), fit, layout)[..., 0]
    clear = np.abs(upsampled - threshold) > 1e-4 * max(1.0, float(np.abs(upsampled).max()))
    np.testing.assert_array_equal(mask[clear], (upsampled > threshold)[clear])


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "int8", "int16"])
def test_label_maps_of_any_type_are_brought_to_the_frame_by_nearest_neighbour(dtype: str) -> None:
    labels = np.random.default_rng(0).integers(0, 21, (13, 13)).astype(dtype)
    mask = mask_from_labels(labels, 21, Geometry((52, 39), (13, 13), (13, 13), "stretch"))
    np.testing.assert_array_equal(mask, labels.repeat(4, axis=0).repeat(3, axis=1))


@given(
    frame=st.tuples(sides, sides),
    grid=st.tuples(grid_sides, grid_sides),
    fit=st.sampled_from(FITS),
    layout=st.sampled_from(GRIDS),
)
@settings(max_examples=60)
def test_a_label_is_the_one_whose_logit_weighs_most(
    frame: tuple[int, int], grid: tuple[int, int], fit: Fit, layout: LogitsGrid
) -> None:
    """Rows and columns are told apart by one-hot maps, whose weights the definition gives."""
    input_size = (33, 33)
    geometry = Geometry(frame, input_size, grid, fit, layout)
    rows = np.arange(grid[0])[:, None].repeat(grid[1], axis=1)
    mask = mask_from_labels(rows, grid[0], geometry)
    one_hot = np.eye(grid[0], dtype=np.float32)[rows]
    assert_same_mask(mask, upsampled_reference(one_hot, frame, input_size, fit, layout))


def test_labels_that_name_no_class_become_void() -> None:
    labels = np.array([[0, 1, 2], [-1, 300, 2**40]])
    mask = mask_from_labels(labels, 3, Geometry((2, 3), (2, 3), (2, 3)))
    np.testing.assert_array_equal(mask, [[0, 1, 2], [VOID_INDEX, VOID_INDEX, VOID_INDEX]])


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 255), st.integers(0, 99))
@settings(max_examples=40)
def test_class_pixels_count_every_pixel(height: int, width: int, classes: int, seed: int) -> None:
    mask = np.random.default_rng(seed).integers(0, classes, (height, width)).astype(np.uint8)
    counts = class_pixels(mask, classes)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, np.bincount(mask.ravel(), minlength=classes))


def test_class_pixels_stay_exact_beyond_what_float32_counts() -> None:
    mask = np.zeros((4097, 4096), np.uint8)
    mask[0, 0] = 1
    np.testing.assert_array_equal(class_pixels(mask, 2), [4097 * 4096 - 1, 1])
