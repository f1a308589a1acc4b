"""The luma plane is the mean of the frame's boxes, in integers, at the frame's aspect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.temporal.plane import is_still, luma_plane, mean_change, plane_size
from tests.support.moving_planes import texture


def _edges(length: int, count: int) -> list[int]:
    return [i * length // count for i in range(count + 1)]


def _reference(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The definition, box by box, in integers without bounds."""
    plane = np.empty(size, np.uint8)
    rows, columns = _edges(image.shape[0], size[0]), _edges(image.shape[1], size[1])
    for y in range(size[0]):
        count = rows[y + 1] - rows[y]
        step = 1 if count < 6 else max(2, -(-count // 128))
        for x in range(size[1]):
            box = image[rows[y] : rows[y + 1] : step, columns[x] : columns[x + 1]].astype(int)
            pixels = box.shape[0] * box.shape[1]
            if image.ndim == 2:
                plane[y, x] = (2 * int(box.sum()) + pixels) // (2 * pixels)
            else:
                blue, green, red = (int(box[..., c].sum()) for c in range(3))
                luma = 29 * blue + 150 * green + 77 * red
                plane[y, x] = (luma + 128 * pixels) // (256 * pixels)
    return plane


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
    st.booleans(),
    st.integers(0, 99),
)
def test_a_plane_is_what_its_definition_says(
    frame: tuple[int, int], part: tuple[float, float], is_luma: bool, seed: int
) -> None:
    shape = frame if is_luma else (*frame, 3)
    image = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    size = (max(1, int(frame[0] * part[0])), max(1, int(frame[1] * part[1])))
    np.testing.assert_array_equal(luma_plane(image, size), _reference(image, size))


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("height", [2000, 40000])
def test_boxes_of_any_height_do_not_overflow(height: int, value: int) -> None:
    image = np.full((height, 30, 3), value, np.uint8)
    assert (luma_plane(image, (2, 3)) == value).all()


def test_grey_pictures_have_the_same_plane_in_colour_and_as_luma() -> None:
    grey = texture(1, (360, 640)).astype(np.uint8)
    colour = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(luma_plane(colour, (72, 128)), luma_plane(grey, (72, 128)))


def test_low_boxes_give_opencvs_area_mean() -> None:
    grey = texture(2, (360, 640)).astype(np.uint8)
    area = cv2.resize(grey, (128, 72), interpolation=cv2.INTER_AREA)
    # OpenCV rounds halves to even.
    assert np.abs(luma_plane(grey, (72, 128)).astype(int) - area).max() <= 1


def test_leaving_out_rows_of_high_boxes_costs_less_than_a_grey_level() -> None:
    grey = texture(3, (720, 1280)).astype(np.uint8)
    area = cv2.resize(grey, (128, 72), interpolation=cv2.INTER_AREA)
    assert np.abs(luma_plane(grey, (72, 128)).astype(int) - area).mean() < 0.8


def test_pictures_that_are_not_contiguous_or_writable_are_read_all_the_same() -> None:
    image = np.random.default_rng(4).integers(0, 256, (40, 60, 3), np.uint8)
    expected = luma_plane(np.ascontiguousarray(image[::2, ::2]), (9, 11))
    image.setflags(write=False)
    np.testing.assert_array_equal(luma_plane(image[::2, ::2], (9, 11)), expected)


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        ((720, 1280), (72, 128)),
        ((1280, 720), (128, 72)),
        ((480, 640), (83, 111)),
        ((1080, 2520), (63, 147)),
        ((30, 40), (30, 40)),  # never larger than the frame
        ((1, 1), (1, 1)),
        ((1, 5000), (1, 5000)),
    ],
)
def test_a_plane_has_the_frames_aspect(frame: tuple[int, int], size: tuple[int, int]) -> None:
    assert plane_size(frame, 9216) == size


@given(st.tuples(st.integers(1, 9000), st.integers(1, 9000)), st.integers(1, 10**6))
def test_a_plane_fits_into_its_frame(frame: tuple[int, int], pixels: int) -> None:
    height, width = plane_size(frame, pixels)
    assert 1 <= height <= frame[0]
    assert 1 <= width <= frame[1]


def test_the_change_is_the_mean_absolute_difference() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.integers(0, 256, (2, 72, 128), np.uint8)
    assert mean_change(a, b) == np.abs(a.astype(int) - b).mean()
    assert mean_change(a, a) == 0.0
    black, white = np.zeros((72, 128), np.uint8), np.full((72, 128), 255, np.uint8)
    assert mean_change(black, white) == 255.0


def test_a_little_noise_everywhere_is_still_and_a_small_thing_that_moves_is_not() -> None:
    plane = np.full((72, 128), 100, np.uint8)
    noisy = plane.copy()
    noisy[::2, ::2] += 3
    assert is_still(noisy, plane, 3.0)
    assert not is_still(noisy, plane, 2.5)
    moved = plane.copy()
    moved[30:32, 40:42] += 12
    assert is_still(moved, plane, 3.0)  # 4 of 9,216 pixels are as many as may differ
    moved[30, 42] += 12
    assert not is_still(moved, plane, 3.0)


@pytest.mark.parametrize("brighter", [True, False])
def test_a_single_pixel_that_changes_much_has_moved(brighter: bool) -> None:
    plane = np.full((72, 128), 100, np.uint8)
    moved = plane.copy()
    moved[71, 127] = 132 if brighter else 68
    assert is_still(moved, plane, 8.0)
    moved[71, 127] = 133 if brighter else 67
    assert not is_still(moved, plane, 8.0)
    assert not is_still(plane, moved, 8.0)


def test_a_repeated_plane_is_still_at_any_level() -> None:
    plane = texture(6, (72, 128)).astype(np.uint8)
    assert is_still(plane, plane, 0.0)
    assert is_still(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8), 0.0)
    assert not is_still(np.zeros((1, 1), np.uint8), np.ones((1, 1), np.uint8), 0.0)
