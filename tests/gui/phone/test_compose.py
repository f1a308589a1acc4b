"""The difference is that of the very masks; nothing is drawn where nothing was kept."""

from __future__ import annotations

import sys
from subprocess import run

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from studio.gui.phone.compose import MOST_PIXELS, compose, style_of
from studio.targets.phone.recording import RecordedFrame

_STYLE = style_of(((0, 0, 0), (255, 0, 0), (0, 255, 0)))
_MASKS = arrays(np.uint8, (24, 32), elements=st.integers(0, 3))
_Array = NDArray[np.uint8]
_RED_BGR = (74, 74, 255)


def _frame(phone: _Array | None, computer: _Array | None, picture: _Array | None) -> RecordedFrame:
    return RecordedFrame(3, (24, 32), picture, phone, computer)


def _grey(height: int = 24, width: int = 32) -> _Array:
    return np.full((height, width, 3), 100, np.uint8)


@given(_MASKS, _MASKS)
def test_red_are_the_pixels_that_differ_and_no_others(phone: _Array, computer: _Array) -> None:
    panes = compose(_frame(phone, computer, _grey()), _STYLE)
    assert panes.difference is not None
    is_red = (panes.difference == _RED_BGR).all(axis=2)
    assert np.array_equal(is_red, phone != computer)
    assert panes.different_share == float((phone != computer).mean())
    assert panes.has_picture


def test_classes_have_the_colours_of_the_model_and_the_background_has_none() -> None:
    mask = np.zeros((24, 32), np.uint8)
    mask[:12] = 1
    panes = compose(_frame(mask, None, _grey()), _STYLE)
    assert panes.phone is not None
    assert tuple(panes.phone[20, 5]) == (100, 100, 100)
    blue, green, red = (int(value) for value in panes.phone[3, 5])
    assert red > 150 > 100 > blue == green
    assert panes.computer is None
    assert panes.difference is None
    assert panes.different_share is None


def test_a_single_pixel_that_differs_is_seen_in_a_small_picture() -> None:
    phone = np.zeros((720, 1280), np.uint8)
    computer = phone.copy()
    computer[301, 777] = 1
    panes = compose(_frame(phone, computer, _grey(270, 480)), _STYLE)
    assert panes.difference is not None
    assert panes.difference.shape == (270, 480, 3)
    assert (panes.difference == _RED_BGR).all(axis=2).any()
    assert panes.different_share == 1 / phone.size


def test_a_mask_at_the_models_size_is_compared_at_that_of_the_other() -> None:
    small = np.array([[0, 1], [1, 0]], np.uint8)
    large = small.repeat(12, axis=0).repeat(16, axis=1)
    panes = compose(_frame(small, large, _grey()), _STYLE)
    assert panes.different_share == 0.0


def test_a_difference_of_small_masks_covers_what_it_stands_for() -> None:
    phone, computer = np.array([[0, 1]], np.uint8), np.array([[0, 0]], np.uint8)
    panes = compose(_frame(phone, computer, _grey()), _STYLE)
    assert panes.difference is not None
    is_red = (panes.difference == _RED_BGR).all(axis=2)
    assert is_red[:, 16:].all()
    assert not is_red[:, :16].any()


def test_masks_are_shown_without_their_picture_and_nothing_without_both() -> None:
    mask = np.ones((24, 32), np.uint8)
    panes = compose(_frame(mask, mask, None), _STYLE)
    assert panes.phone is not None
    assert not panes.has_picture
    assert panes.different_share == 0.0
    assert compose(_frame(None, None, None), _STYLE).phone is None


def test_pictures_are_not_drawn_larger_than_they_are_kept() -> None:
    panes = compose(_frame(None, None, _grey(1080, 1920)), _STYLE)
    assert panes.phone is not None
    assert max(panes.phone.shape) == MOST_PIXELS


def test_the_panel_loads_neither_a_runtime_nor_numba() -> None:
    code = (
        "import sys, studio.gui.phone.panel;"
        "bad = {'tensorflow', 'ai_edge_litert', 'tflite_runtime', 'numba'} & set(sys.modules);"
        "sys.exit(' '.join(bad) or 0)"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
