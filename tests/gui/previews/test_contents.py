"""Every content is right to the pixel, at the frame's size and when zoomed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.classes import VOID_INDEX, voc_palette
from studio.gui.playback.shown import FrameRecord, OverlaySettings, ShownFrame
from studio.gui.previews.contents import Content, kept_classes, render
from studio.gui.previews.view import Placement
from studio.gui.previews.words import caption, classes_words
from tests.support.driven_playback import a_model, a_record

HEIGHT, WIDTH = 48, 64
WHOLE = Placement(0, 0, WIDTH, HEIGHT, 0.0, 0.0, WIDTH, HEIGHT)
PERSON, CAT = 15, 8


def _shown(mask: bool = True) -> ShownFrame:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    classes: NDArray[np.uint8] = np.zeros((HEIGHT, WIDTH), np.uint8)
    classes[8:40, 10:30] = PERSON
    classes[8:20, 40:60] = CAT
    classes[0, 0] = VOID_INDEX
    pixels = np.bincount(classes.ravel(), minlength=21)[:21]
    return ShownFrame(3, 0.12, image, classes if mask else None, pixels if mask else None)


def test_the_source_is_the_frame() -> None:
    shown = _shown()
    pixels = render(Content.SOURCE, shown, OverlaySettings(), a_model(), WHOLE)
    assert pixels is not None
    np.testing.assert_array_equal(pixels, shown.image)
    assert not np.shares_memory(pixels, shown.image)


def test_the_mask_has_the_palettes_colours() -> None:
    shown = _shown()
    pixels = render(Content.MASK, shown, OverlaySettings(), a_model(), WHOLE)
    assert pixels is not None
    assert shown.mask is not None
    np.testing.assert_array_equal(pixels, voc_palette()[shown.mask][..., ::-1])


def test_an_overlay_leaves_hidden_classes_alone() -> None:
    shown = _shown()
    overlay = OverlaySettings(opacity=0.5, hidden_classes=frozenset({0, CAT, VOID_INDEX}))
    pixels = render(Content.OVERLAY, shown, overlay, a_model(), WHOLE)
    assert pixels is not None
    assert shown.mask is not None
    person = shown.mask == PERSON
    np.testing.assert_array_equal(pixels[~person], shown.image[~person])
    colour = voc_palette()[PERSON][::-1].astype(float)
    expected = (shown.image[person] + colour) / 2
    assert np.abs(pixels[person] - expected).max() <= 1


def test_an_overlay_that_is_off_is_the_source() -> None:
    shown = _shown()
    pixels = render(Content.OVERLAY, shown, OverlaySettings(visible=False), None, WHOLE)
    assert pixels is not None
    np.testing.assert_array_equal(pixels, shown.image)


@pytest.mark.parametrize("is_dark", [True, False])
def test_a_cutout_keeps_shown_classes_and_nothing_else(is_dark: bool) -> None:
    shown = _shown()
    overlay = OverlaySettings(hidden_classes=frozenset({0, CAT}))
    pixels = render(Content.CUTOUT, shown, overlay, a_model(), WHOLE, is_dark=is_dark)
    assert pixels is not None
    assert shown.mask is not None
    person = shown.mask == PERSON
    np.testing.assert_array_equal(pixels[person], shown.image[person])
    ground = pixels[~person]
    assert set(np.unique(ground)) == ({38, 52} if is_dark else {214, 236})


def test_void_and_background_are_never_kept() -> None:
    table = kept_classes(OverlaySettings(hidden_classes=frozenset()))
    assert (table[0], table[VOID_INDEX], table[PERSON]) == (0, 0, 255)


def test_a_zoomed_part_is_that_part() -> None:
    shown = _shown()
    part = Placement(10, 8, 26, 20, 0.0, 0.0, 16 * 5, 12 * 5)
    pixels = render(Content.SOURCE, shown, OverlaySettings(), None, part)
    assert pixels is not None
    expected = shown.image[8:20, 10:26].repeat(5, axis=0).repeat(5, axis=1)
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("content", [each for each in Content if each.needs_mask])
def test_without_a_mask_there_is_nothing_to_draw(content: Content) -> None:
    shown = _shown(mask=False)
    assert render(content, shown, OverlaySettings(), None, WHOLE) is None
    assert "no model" in caption(content, shown, OverlaySettings(), None, None)


def test_classes_come_by_share_with_the_background_last() -> None:
    words = classes_words(_shown(), a_model())
    assert words == "person 20.8 %, cat 7.8 %, background 71.3 %"


def test_captions_have_units_and_only_this_frames_times() -> None:
    shown = _shown()
    record: FrameRecord = a_record(3, 0.0, decode_millis=1.25)
    of_source = caption(Content.SOURCE, shown, OverlaySettings(), None, record)
    assert of_source == "64 × 48 px · 0.12 s · decode 1.2 ms"
    stale = caption(Content.SOURCE, shown, OverlaySettings(), None, a_record(2, 0.0))
    assert "decode" not in stale
    of_cutout = caption(Content.CUTOUT, shown, OverlaySettings(), a_model(), record)
    assert of_cutout == "28.6 % of the picture kept"
