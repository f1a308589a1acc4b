"""Motion is found as it is, and trusted only where it can be."""

from __future__ import annotations

import numpy as np
import pytest

from studio.evaluation.video.motion import (
    Motion,
    MotionMeter,
    motion_from_flows,
    reduced_mask,
    reduced_size,
)
from tests.evaluation.video.moving import texture, window

_SIZE = (120, 200)


def _between(first: np.ndarray, second: np.ndarray) -> Motion | None:  # type: ignore[type-arg]
    meter = MotionMeter()
    assert meter.next(first) is None
    return meter.next(second)


@pytest.mark.parametrize("shift", [(0, 0), (4, 0), (-3, 2), (7, -5)])
def test_a_camera_that_moves_is_followed(shift: tuple[int, int]) -> None:
    scene = texture((160, 240))
    first = window(scene, _SIZE, (20, 20))
    second = window(scene, _SIZE, (20 + shift[0], 20 + shift[1]))
    motion = _between(first, second)
    assert motion is not None
    assert motion.reliable.mean() > 0.85
    assert motion.steady.mean() > 0.85
    rows, columns = np.indices(_SIZE)
    moved = motion.source - np.stack((columns, rows), axis=-1)
    assert np.abs(moved[motion.reliable] - shift).mean() < 0.1


def test_what_comes_into_the_picture_is_not_trusted() -> None:
    scene = texture((160, 260))
    first, second = window(scene, _SIZE, (0, 20)), window(scene, _SIZE, (9, 20))
    motion = _between(first, second)
    assert motion is not None
    assert motion.reliable[:, -8:].mean() < 0.2
    assert motion.reliable[:, 20:-20].mean() > 0.95


def test_a_light_that_goes_on_is_not_steady() -> None:
    first = texture(_SIZE) // 2
    second = first.copy()
    second[40:70, 50:90] += 90
    motion = _between(first, second)
    assert motion is not None
    assert not motion.steady[42:68, 52:88].any()
    assert motion.steady[:30].all()


def test_flows_that_disagree_are_not_trusted() -> None:
    grey = texture(_SIZE)[..., 0]
    still = np.zeros((*_SIZE, 2), np.float32)
    lying = still.copy()
    lying[:, 100:] = 3.0
    agreeing = motion_from_flows(grey, grey, still, still)
    doubted = motion_from_flows(grey, grey, still, lying)
    assert agreeing is not None
    assert doubted is not None
    assert agreeing.reliable.all()
    assert doubted.reliable[:, :100].all()
    assert not doubted.reliable[:, 100:].any()
    assert motion_from_flows(grey, grey, still, still + 3.0) is None


def test_nothing_is_judged_across_a_change_of_size_or_in_a_few_pixels() -> None:
    assert _between(texture(_SIZE), texture((100, 200))) is None
    tiny = texture((6, 9))
    assert _between(tiny, tiny) is None


def test_pictures_shrink_to_about_427_by_240_and_never_grow() -> None:
    assert reduced_size(480, 854) == (240, 427)
    assert reduced_size(1080, 1920) == (240, 427)
    height, width = reduced_size(1920, 1080)
    assert height > width
    assert abs(height * width / (427 * 240) - 1) < 0.01
    assert reduced_size(100, 60) == (100, 60)
    assert reduced_size(1, 5000) == (1, 5000)


def test_a_mask_shrinks_about_its_centre() -> None:
    mask = np.zeros((720, 1281), np.uint8)
    mask[100:500, 300:800] = 7
    reduced = reduced_mask(mask)
    assert reduced.shape == (240, 427)
    assert set(np.unique(reduced)) == {0, 7}
    np.testing.assert_array_equal(reduced, mask[1::3, 1::3])
    np.testing.assert_array_equal(reduced[::-1, ::-1], reduced_mask(mask[::-1, ::-1].copy()))
