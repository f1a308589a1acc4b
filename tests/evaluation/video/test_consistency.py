"""Masks that follow the picture are consistent, those that do not are told by how much."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.data.samples import Mask
from studio.evaluation.video import consistency
from studio.evaluation.video.consistency import flicker, foreground_overlap, temporal_overlap
from studio.evaluation.video.motion import Motion, MotionMeter
from tests.evaluation.video.moving import blobs, texture, window

_SIZE = (120, 200)
_FOREGROUND = np.zeros(256, np.uint8)
_FOREGROUND[[2, 5]] = 1


def temporal_consistency(previous: Mask, current: Mask, motion: Motion) -> float:
    return consistency.temporal_consistency(temporal_overlap(previous, current, motion))


def foreground_consistency(
    previous: Mask, current: Mask, motion: Motion, table: NDArray[np.uint8]
) -> float:
    return consistency.temporal_consistency(foreground_overlap(previous, current, motion, table))


def _moving(shift: tuple[int, int]) -> Motion:
    scene = texture((180, 260))
    meter = MotionMeter()
    meter.next(window(scene, _SIZE, (30, 30)))
    motion = meter.next(window(scene, _SIZE, (30 + shift[0], 30 + shift[1])))
    assert motion is not None
    return motion


def _still(
    size: tuple[int, int] = _SIZE,
    reliable: NDArray[np.bool_] | None = None,
    steady: NDArray[np.bool_] | None = None,
) -> Motion:
    rows, columns = np.indices(size, np.float32)
    everywhere = np.ones(size, bool)
    return Motion(
        source=np.stack((columns, rows), axis=-1),
        reliable=everywhere if reliable is None else reliable,
        steady=everywhere if steady is None else steady,
    )


@pytest.mark.parametrize("shift", [(0, 0), (4, 0), (-3, 2), (6, -5)])
def test_masks_that_move_with_the_picture_are_consistent(shift: tuple[int, int]) -> None:
    labels = blobs((180, 260), 6)
    previous = window(labels, _SIZE, (30, 30))
    current = window(labels, _SIZE, (30 + shift[0], 30 + shift[1]))
    motion = _moving(shift)
    assert temporal_consistency(previous, current, motion) > 0.99
    assert foreground_consistency(previous, current, motion, _FOREGROUND) > 0.99
    assert flicker(previous, current, motion) < 1e-3


def test_a_mask_that_stays_behind_loses_what_the_picture_moved() -> None:
    """A bar 40 pixels wide over a picture that moves 5: 35 of 45 pixels overlap."""
    mask = np.zeros(_SIZE, np.uint8)
    mask[:, 80:120] = 5
    motion = _moving((5, 0))
    bar, width = 35 / 45, motion.reliable.sum() / _SIZE[0]
    ground = (width - 45) / (width - 35)
    assert foreground_consistency(mask, mask, motion, _FOREGROUND) == pytest.approx(bar, abs=0.01)
    assert temporal_consistency(mask, mask, motion) == pytest.approx((bar + ground) / 2, abs=0.01)
    # On its leading side the bar is new where it covers more than a pixel of what was not it, and
    # on its trailing side the ground is.
    expected = 2 * 4 / (motion.steady.sum() / _SIZE[0])
    assert flicker(mask, mask, motion) == pytest.approx(expected, rel=0.1)


def test_consistency_is_the_mean_over_the_classes_that_occur() -> None:
    previous = np.zeros((10, 10), np.uint8)
    current = np.zeros((10, 10), np.uint8)
    previous[:4, :5], current[:4, 1:6] = 2, 2  # 16 of 24 pixels
    current[9, 9] = 7  # never seen before
    ground = (100 - 24 - 1) / (100 - 16)
    found = temporal_consistency(previous, current, _still((10, 10)))
    assert found == pytest.approx((16 / 24 + 0.0 + ground) / 3)
    assert foreground_consistency(
        previous, current, _still((10, 10)), _FOREGROUND
    ) == pytest.approx(16 / 24)


def test_pairs_are_summed_before_any_division() -> None:
    """As an independent implementation does it: all pixels of a video in one confusion matrix."""
    from sklearn.metrics import jaccard_score

    random = np.random.default_rng(0)
    masks = random.integers(0, 5, (6, 20, 30), np.uint8)
    masks[:3][masks[:3] == 4] = 0  # a class that is seen late, and in few pairs
    motion = _still((20, 30), random.random((20, 30)) < 0.6)
    pairs = list(itertools.pairwise(masks))
    total = np.sum([temporal_overlap(*pair, motion) for pair in pairs], axis=0)
    before, now = (
        np.concatenate([pair[side][motion.reliable] for pair in pairs]) for side in (0, 1)
    )
    expected = jaccard_score(before, now, average=None).mean()
    assert consistency.temporal_consistency(total) == pytest.approx(expected)


def test_only_what_is_reliable_counts() -> None:
    previous = np.zeros((10, 10), np.uint8)
    current = previous.copy()
    current[:, 5:] = 2
    reliable = np.zeros((10, 10), bool)
    reliable[:, :5] = True
    motion = _still((10, 10), reliable, reliable)
    assert temporal_consistency(previous, current, motion) == 1.0
    assert math.isnan(foreground_consistency(previous, current, motion, _FOREGROUND))
    assert flicker(previous, current, motion) == 0.0


def test_nothing_is_said_where_nothing_counts() -> None:
    mask = np.zeros((10, 10), np.uint8)
    nowhere = np.zeros((10, 10), bool)
    motion = _still((10, 10), nowhere, nowhere)
    assert math.isnan(temporal_consistency(mask, mask, motion))
    assert math.isnan(foreground_consistency(mask, mask, motion, _FOREGROUND))
    assert math.isnan(flicker(mask, mask, motion))


def test_flicker_is_the_share_of_pixels_with_a_new_class() -> None:
    empty = np.zeros(_SIZE, np.uint8)
    patch = empty.copy()
    patch[30:50, 60:80] = 5
    pixels = _SIZE[0] * _SIZE[1]
    assert flicker(empty, patch, _still()) == 20 * 20 / pixels
    # At the rim of what vanishes, the ground's class is a neighbour's.
    assert flicker(patch, empty, _still()) == 18 * 18 / pixels


def test_what_the_picture_itself_changed_is_no_flicker() -> None:
    empty = np.zeros(_SIZE, np.uint8)
    patch = empty.copy()
    patch[30:50, 60:80] = 5
    assert flicker(empty, patch, _still(steady=patch == 0)) == 0.0


def test_a_border_that_moves_by_one_pixel_is_no_flicker() -> None:
    previous = np.zeros(_SIZE, np.uint8)
    current = previous.copy()
    previous[:, :100], current[:, :101] = 5, 5
    assert flicker(previous, current, _still()) == 0.0
    assert flicker(current, previous, _still()) == 0.0


@given(seed=st.integers(0, 1000), classes=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_values_are_shares_and_equal_masks_are_perfect(seed: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    previous, current = random.integers(0, classes, (2, 30, 40), np.uint8)
    motion = _still((30, 40), random.random((30, 40)) < 0.7, random.random((30, 40)) < 0.5)
    assert 0.0 <= temporal_consistency(previous, current, motion) <= 1.0
    assert 0.0 <= flicker(previous, current, motion) <= 1.0
    assert temporal_consistency(current, current, motion) == 1.0
    assert flicker(current, current, motion) == 0.0
