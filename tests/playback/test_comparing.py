"""Agreement and flicker say what they are defined as."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.classes import voc_palette
from studio.inference.model import StageMillis
from studio.playback.comparing import Comparer
from studio.playback.ground_truth import find_ground_truth
from studio.playback.messages import Comparison
from studio.targets.target import Mask
from studio.video.frame import Frame, Image
from studio.video.image_writer import write_image
from studio.video.mask_writer import write_mask_png
from tests.support.driven_playback import a_model

_COST = StageMillis(1.0, 2.0, 0.5)


def _frame(index: int, image: Image) -> Frame:
    return Frame(index, index / 25, image, 0.0)


def _grey(value: int = 100) -> Image:
    return np.full((144, 256, 3), value, np.uint8)


def _mask(label: int = 0) -> Mask:
    return np.full((144, 256), label, np.uint8)


def _compare(comparer: Comparer, index: int, image: Image, mask: Mask, alone: Mask) -> Comparison:
    return comparer.compare(_frame(index, image), mask, alone, _COST)


def test_agreement_is_the_part_of_equal_pixels() -> None:
    alone = _mask()
    alone[:36] = 3
    told = _compare(Comparer(a_model(), None), 0, _grey(), _mask(), alone)
    assert told.agreement == pytest.approx(0.75)
    assert told.network_millis == pytest.approx(3.5)
    assert told.flicker is None
    assert told.flicker_alone is None
    assert told.j is None


def test_flicker_counts_new_classes_where_the_picture_stood() -> None:
    comparer = Comparer(a_model(), None)
    _compare(comparer, 0, _grey(), _mask(), _mask())
    image = _grey()
    image[:, 128:] = 200  # the right half changes, which is no flicker
    alone = _mask()
    alone[:72, :128] = 5  # half of what stands
    alone[:, 128:] = 5
    told = _compare(comparer, 1, image, _mask(), alone)
    assert told.flicker == 0.0
    assert told.flicker_alone == pytest.approx(0.5)


def test_noise_below_three_grey_levels_is_no_change() -> None:
    comparer = Comparer(a_model(), None)
    _compare(comparer, 0, _grey(100), _mask(), _mask())
    assert _compare(comparer, 1, _grey(103), _mask(1), _mask()).flicker == 1.0
    assert _compare(comparer, 2, _grey(107), _mask(2), _mask()).flicker is None  # nothing stood


def test_frames_that_do_not_follow_each_other_have_no_flicker() -> None:
    comparer = Comparer(a_model(), None)
    _compare(comparer, 4, _grey(), _mask(), _mask())
    assert _compare(comparer, 6, _grey(), _mask(1), _mask()).flicker is None
    assert _compare(comparer, 5, _grey(), _mask(1), _mask()).flicker is None
    small = np.full((20, 90, 3), 100, np.uint8)
    told = _compare(comparer, 6, small, np.zeros((20, 90), np.uint8), np.zeros((20, 90), np.uint8))
    assert told.flicker is None  # another size


def test_against_ground_truth_both_masks_are_scored(tmp_path: Path) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    truth = np.zeros((144, 256), np.uint8)
    truth[:72] = 15
    write_image(images / "0.png", _grey())
    write_image(images / "1.png", _grey())
    write_mask_png(masks / "0.png", truth, voc_palette())
    comparer = Comparer(a_model(), find_ground_truth(str(images)))
    told = _compare(comparer, 0, _grey(), truth, _mask(15))
    assert told.j == 1.0
    assert told.j_alone == 0.5
    assert _compare(comparer, 1, _grey(), truth, truth).j is None  # this frame has no truth
