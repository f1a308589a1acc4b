"""The phone's plane, flow and residual are the computer's to the last bit."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.temporal.flow import Flow, dense_flow, residual
from studio.temporal.plane import Plane, is_still, luma_plane, mean_change, plane_size
from tests.support.golden_flow import golden_flow
from tests.support.moving_planes import moved, texture

Sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@pytest.fixture(scope="module")
def library(parts_library: ctypes.CDLL) -> Iterator[ctypes.CDLL]:
    yield parts_library
    parts_library.shim_flow_forget()


def _at(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def _phones_plane(library: ctypes.CDLL, image: NDArray[np.uint8], size: tuple[int, int]) -> Plane:
    plane = np.empty(size, np.uint8)
    channels = 1 if image.ndim == 2 else 3
    assert library.shim_plane(_at(image), *image.shape[:2], channels, *size, _at(plane)) == 0
    return plane


def _phones_flow(
    library: ctypes.CDLL, current: Plane, previous: Plane, iterations: int, guess: Flow | None
) -> tuple[Flow, Plane]:
    flow = np.empty((*current.shape, 2), np.int16)
    left = np.empty(current.shape, np.uint8)
    code = library.shim_flow(
        _at(current),
        _at(previous),
        *current.shape,
        iterations,
        None if guess is None else _at(guess),
        _at(flow),
        _at(left),
    )
    assert code == 0
    return flow, left


def _assert_equal(
    library: ctypes.CDLL,
    current: Plane,
    previous: Plane,
    iterations: int = 12,
    guess: Flow | None = None,
) -> None:
    flow, left = _phones_flow(library, current, previous, iterations, guess)
    expected = dense_flow(current, previous, iterations, guess)
    np.testing.assert_array_equal(flow, expected)
    np.testing.assert_array_equal(left, residual(current, previous, expected))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Sizes, st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)), st.booleans())
@example((600, 9), (0.003, 0.3), False)  # rows are left out
def test_planes_of_any_size(
    library: ctypes.CDLL, frame: tuple[int, int], part: tuple[float, float], is_luma: bool
) -> None:
    generator = np.random.default_rng(frame[0] * 100 + frame[1])
    image = generator.integers(0, 256, frame if is_luma else (*frame, 3), np.uint8)
    size = (max(1, int(frame[0] * part[0])), max(1, int(frame[1] * part[1])))
    np.testing.assert_array_equal(_phones_plane(library, image, size), luma_plane(image, size))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Sizes, st.integers(0, 15), st.booleans(), st.integers(0, 1000))
@example((1, 1), 12, True, 0)
@example((8, 9), 12, False, 0)
@example((17, 3), 12, True, 1)
def test_flow_of_noise(
    library: ctypes.CDLL, size: tuple[int, int], iterations: int, has_guess: bool, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    current, previous = generator.integers(0, 256, (2, *size)).astype(np.uint8)
    guess = generator.integers(-32768, 32768, (*size, 2)).astype(np.int16) if has_guess else None
    _assert_equal(library, current, previous, iterations, guess)


@pytest.mark.parametrize("size", [(72, 128), (128, 72), (83, 111), (63, 147)])
@pytest.mark.parametrize("motion", [(0.0, 0.0), (0.4, -0.2), (-5.3, 2.6), (14.0, 9.0)])
def test_flow_of_what_moves(
    library: ctypes.CDLL, size: tuple[int, int], motion: tuple[float, float]
) -> None:
    current, previous, true = moved(5, size, motion, 1.02)
    noise = np.random.default_rng(6).integers(-3, 4, (2, *size))
    current, previous = np.clip(np.stack([current, previous]) + noise, 0, 255).astype(np.uint8)
    _assert_equal(library, current, previous)
    _assert_equal(library, current, previous, guess=(true * 16).astype(np.int16))


def test_flow_of_extremes(library: ctypes.CDLL) -> None:
    """The largest differences and gradients that there are fit their integers."""
    board = (np.indices((40, 48)).sum(0) % 2 * 255).astype(np.uint8)
    stripes = (np.indices((40, 48))[1] // 2 % 2 * 255).astype(np.uint8)
    for current in (board, stripes, 255 - stripes, np.zeros_like(board)):
        for previous in (board, stripes, np.full_like(board, 255)):
            _assert_equal(library, current, previous)


def test_a_frames_plane_at_its_real_size(library: ctypes.CDLL) -> None:
    grey = texture(7, (720, 1280)).astype(np.uint8)
    colour = np.ascontiguousarray(np.stack([grey, np.roll(grey, 9, 1), 255 - grey], axis=2))
    for image in (grey, colour):
        np.testing.assert_array_equal(
            _phones_plane(library, image, (72, 128)), luma_plane(image, (72, 128))
        )


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 6000), st.integers(0, 6), st.floats(0, 8), st.integers(0, 99))
def test_changes_are_measured_alike(
    library: ctypes.CDLL, pixels: int, most: int, level: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    a = generator.integers(0, 240, (1, pixels)).astype(np.uint8)
    b = (a + generator.integers(0, most + 1, a.shape)).astype(np.uint8)
    b[0, 0] = 255
    library.plane_change.restype = ctypes.c_double
    library.plane_is_still.restype = ctypes.c_bool
    arguments = _at(a), _at(b), ctypes.c_size_t(pixels)
    assert library.plane_change(*arguments) == mean_change(a, b)
    assert library.plane_is_still(*arguments, ctypes.c_double(level)) == is_still(a, b, level)


@pytest.mark.parametrize(("value", "still"), [(132, True), (133, False), (68, True), (67, False)])
def test_a_single_pixel_that_changes_much_has_moved_on_the_phone_too(
    library: ctypes.CDLL, value: int, still: bool
) -> None:
    plane = np.full((72, 128), 100, np.uint8)
    moved_one = plane.copy()
    moved_one[71, 127] = value
    library.plane_is_still.restype = ctypes.c_bool
    arguments = _at(plane), _at(moved_one), ctypes.c_size_t(plane.size), ctypes.c_double(8.0)
    assert library.plane_is_still(*arguments) is still
    assert is_still(plane, moved_one, 8.0) is still


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(st.integers(1, 8000), st.integers(1, 8000)), st.integers(1, 10**6))
@example((1080, 1920), 9216)
@example((1, 8000), 9216)
def test_planes_are_of_one_size(library: ctypes.CDLL, frame: tuple[int, int], pixels: int) -> None:
    height, width = ctypes.c_int(), ctypes.c_int()
    library.plane_size(*frame, pixels, ctypes.byref(height), ctypes.byref(width))
    assert (height.value, width.value) == plane_size(frame, pixels)


def test_the_phone_gives_the_golden_vectors(library: ctypes.CDLL) -> None:
    golden = golden_flow()
    size = (golden.plane.shape[0], golden.plane.shape[1])
    plane = _phones_plane(library, golden.picture, size)
    np.testing.assert_array_equal(plane, golden.plane)
    planes = golden.current, golden.previous
    flow, left = _phones_flow(library, *planes, golden.iterations, None)
    np.testing.assert_array_equal(flow, golden.flow)
    np.testing.assert_array_equal(left, golden.left)
    led, _ = _phones_flow(library, *planes, golden.iterations, golden.guess)
    np.testing.assert_array_equal(led, golden.led)
