"""Flow finds known motion, stays calm where there is nothing to see, and beats its reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.temporal.flow import Flow, dense_flow, residual, warp_plane
from studio.temporal.plane import Plane, luma_plane, plane_size
from tests.support.moving_planes import moved, texture
from tests.support.shared_data import shared_data

_SIZE = (72, 128)
_ITERATIONS = 12

Float = NDArray[np.float32]


def _pixels(flow: Flow) -> Float:
    return flow.astype(np.float32) / np.float32(16)


def _errors(found: Flow, true: Float, border: int) -> Float:
    """End-point errors of what was in view in both planes."""
    lengths: Float = np.linalg.norm(_pixels(found) - true, axis=2)
    return lengths[border:-border, border:-border]


@settings(max_examples=25)
@given(st.floats(-7, 7), st.floats(-7, 7), st.integers(0, 50))
def test_a_shift_is_found_to_a_fraction_of_a_pixel(x: float, y: float, seed: int) -> None:
    current, previous, true = moved(seed, _SIZE, (x, y))
    errors = _errors(dense_flow(current, previous, _ITERATIONS), true, 10)
    assert np.median(errors) < 0.25
    assert errors.mean() < 0.3


@pytest.mark.parametrize("size", [(72, 128), (128, 72), (83, 111), (63, 147), (40, 45)])
def test_planes_of_any_aspect_are_searched(size: tuple[int, int]) -> None:
    current, previous, true = moved(7, size, (2.3, -1.6))
    assert _errors(dense_flow(current, previous, _ITERATIONS), true, 6).mean() < 0.25


@pytest.mark.parametrize("zoom", [0.94, 0.97, 1.03, 1.06])
def test_a_zoom_is_found(zoom: float) -> None:
    current, previous, true = moved(3, _SIZE, (0.0, 0.0), zoom)
    assert _errors(dense_flow(current, previous, _ITERATIONS), true, 6).mean() < 0.2


def test_an_object_moves_before_a_still_background() -> None:
    background, thing = texture(1, _SIZE), texture(2, (24, 28))
    planes = []
    for x, y in ((50, 30), (44, 27)):
        plane = background.copy()
        plane[y : y + 24, x : x + 28] = thing
        planes.append(plane.astype(np.uint8))
    flow = _pixels(dense_flow(planes[0], planes[1], _ITERATIONS))
    inside = flow[34:50, 54:74].reshape(-1, 2)
    assert np.abs(np.median(inside, axis=0) - (-6, -3)).max() < 0.25
    outside = np.ones(_SIZE, bool)
    outside[15:66, 32:90] = False
    assert np.abs(flow[outside]).mean() < 0.05


def test_the_flow_before_leads_to_motion_too_fast_to_find() -> None:
    generator = np.random.default_rng(6)
    # Fine texture alone: nothing of it is left on the coarser levels.
    noise = generator.integers(0, 256, (72, 160), np.uint8)
    wide = cv2.GaussianBlur(noise, (0, 0), 1.0).astype(np.uint8)
    current, previous = wide[:, 20:148], wide[:, :128]
    true: Float = np.full((*_SIZE, 2), (20, 0), np.float32)
    guess: Flow = np.full((*_SIZE, 2), (310, 8), np.int16)
    without = _errors(dense_flow(current, previous, _ITERATIONS), true, 24).mean()
    led = _errors(dense_flow(current, previous, _ITERATIONS, guess), true, 24).mean()
    assert led < 0.1
    assert led < without


def test_a_wrong_guess_does_no_harm() -> None:
    current, previous, true = moved(8, _SIZE, (3.0, 1.0))
    generator = np.random.default_rng(9)
    guess = generator.integers(-2000, 2000, (*_SIZE, 2)).astype(np.int16)
    errors = _errors(dense_flow(current, previous, _ITERATIONS, guess), true, 10)
    assert np.median(errors) < 0.1


def test_nothing_moves_in_a_repeated_frame() -> None:
    plane = texture(10, _SIZE).astype(np.uint8)
    assert not dense_flow(plane, plane, _ITERATIONS).any()


@pytest.mark.parametrize(("now", "before"), [(0, 0), (255, 255), (0, 255), (90, 100)])
def test_nothing_moves_where_there_is_nothing_to_see(now: int, before: int) -> None:
    current, previous = np.full(_SIZE, now, np.uint8), np.full(_SIZE, before, np.uint8)
    assert not dense_flow(current, previous, _ITERATIONS).any()


def test_noise_on_a_plain_wall_is_not_taken_for_fast_motion() -> None:
    generator = np.random.default_rng(11)
    current, previous = (120 + generator.normal(0, 1.5, (2, *_SIZE))).astype(np.uint8)
    lengths = np.linalg.norm(_pixels(dense_flow(current, previous, _ITERATIONS)), axis=2)
    assert lengths.mean() < 2
    assert lengths.max() < 8


def test_more_light_is_not_motion() -> None:
    plane = texture(12, _SIZE) * np.float32(0.8)
    flow = dense_flow(plane.astype(np.uint8), (plane + 30).astype(np.uint8), _ITERATIONS)
    assert np.abs(_pixels(flow)).mean() < 0.1


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(0, 20),
    st.booleans(),
    st.integers(0, 1000),
)
def test_flow_never_leads_farther_than_a_patch_outside(
    size: tuple[int, int], iterations: int, has_guess: bool, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    current, previous = generator.integers(0, 256, (2, *size)).astype(np.uint8)
    guess = generator.integers(-32768, 32768, (*size, 2)).astype(np.int16) if has_guess else None
    flow = dense_flow(current, previous, iterations, guess)
    assert flow.shape == (*size, 2)
    assert flow.dtype == np.int16
    reach = np.array([size[1], size[0]]) + 16
    assert (np.abs(_pixels(flow)) <= reach).all()
    np.testing.assert_array_equal(dense_flow(current, previous, iterations, guess), flow)


def test_whole_shifts_are_undone_by_the_warp() -> None:
    plane = texture(13, _SIZE).astype(np.uint8)
    flow: Flow = np.full((*_SIZE, 2), (3 * 16, -2 * 16), np.int16)
    rows = np.clip(np.arange(72) - 2, 0, 71)
    columns = np.clip(np.arange(128) + 3, 0, 127)
    np.testing.assert_array_equal(warp_plane(plane, flow), plane[np.ix_(rows, columns)])


@settings(max_examples=30)
@given(st.tuples(st.integers(1, 30), st.integers(1, 30)), st.integers(0, 1000))
def test_the_warp_is_bilinear_and_the_residual_a_box_blur(size: tuple[int, int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    current, previous = generator.integers(0, 256, (2, *size)).astype(np.uint8)
    flow = generator.integers(-400, 400, (*size, 2)).astype(np.int16)
    y, x = np.indices(size)
    x = np.clip(16 * x + flow[..., 0], 0, 16 * (size[1] - 1))
    y = np.clip(16 * y + flow[..., 1], 0, 16 * (size[0] - 1))
    padded = np.pad(previous, ((0, 1), (0, 1)), mode="edge").astype(int)
    left, top, right, down = x // 16, y // 16, x % 16, y % 16
    above = padded[top, left] * (16 - right) + padded[top, left + 1] * right
    below = padded[top + 1, left] * (16 - right) + padded[top + 1, left + 1] * right
    warped = (above * (16 - down) + below * down + 128) // 256
    np.testing.assert_array_equal(warp_plane(previous, flow), warped)
    apart = np.pad(np.abs(current - warped), 1, mode="edge")
    total = sum(apart[j : j + size[0], i : i + size[1]] for j in range(3) for i in range(3))
    np.testing.assert_array_equal(residual(current, previous, flow), (total + 4) // 9)


def _carried(plane: NDArray[np.uint8] | Float, flow: Float) -> NDArray[np.float32]:
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    carried = cv2.remap(
        plane.astype(np.float32),
        x + flow[..., 0],
        y + flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return carried.astype(np.float32)


def _disagreement(there: Float, back: Float) -> Float:
    lengths: Float = np.linalg.norm(there + _carried(back, there), axis=2)
    return lengths


def _pairs() -> list[tuple[Plane, Plane]]:
    folders = sorted(shared_data("DAVIS/JPEGImages/480p").iterdir())
    pairs = []
    for folder in folders:
        files = sorted(folder.glob("*.jpg"))
        for i in range(5, len(files) - 1, 24):
            images = [cv2.imread(str(file)).astype(np.uint8) for file in files[i : i + 2]]
            size = plane_size((images[0].shape[0], images[0].shape[1]), 9216)
            pairs.append((luma_plane(images[1], size), luma_plane(images[0], size)))
    return pairs


def test_real_motion_is_explained_better_than_by_opencvs_search() -> None:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(0)
    search.setPatchSize(8)
    search.setPatchStride(4)
    search.setGradientDescentIterations(_ITERATIONS)
    left, far = [], []
    for current, previous in _pairs():
        ours = _pixels(dense_flow(current, previous, _ITERATIONS))
        ours_back = _pixels(dense_flow(previous, current, _ITERATIONS))
        theirs, theirs_back = (
            search.calc(*planes, None)  # type: ignore[call-overload]
            for planes in ((current, previous), (previous, current))
        )
        left.append([np.abs(current - _carried(previous, flow)).mean() for flow in (ours, theirs)])
        far.append(
            [
                (_disagreement(*flows) > 1).mean()
                for flows in ((ours, ours_back), (theirs, theirs_back))
            ]
        )
    left_ours, left_theirs = np.mean(left, axis=0)
    far_ours, far_theirs = np.mean(far, axis=0)
    assert left_ours < 0.97 * left_theirs
    assert far_ours < 1.25 * far_theirs
