"""The overlay equals its plain definition, and leaves hidden classes bit for bit as they were."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.inference.overlay import OverlayStyle, draw_overlay

shapes = st.tuples(st.integers(1, 30), st.integers(1, 30))
hidden_sets = st.frozensets(st.integers(0, 6), max_size=6)


def scene(shape: tuple[int, int], seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture of noise and a mask of blobs in classes 0 to 5 and void."""
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (*shape, 3), np.uint8)
    coarse = random.choice([0, 1, 2, 3, 4, 5, 255], (shape[0] // 4 + 1, shape[1] // 4 + 1))
    mask = coarse.repeat(4, axis=0).repeat(4, axis=1)[: shape[0], : shape[1]].astype(np.uint8)
    return image, mask


def visible(mask: NDArray[np.uint8], hidden: frozenset[int]) -> NDArray[np.bool_]:
    return ~np.isin(mask, list(hidden))


def borders(mask: NDArray[np.uint8], thickness: int) -> NDArray[np.bool_]:
    """Pixels that have another class within `thickness` pixels, diagonals counted."""
    height, width = mask.shape
    found = np.zeros(mask.shape, bool)
    for y in range(height):
        for x in range(width):
            window = mask[
                max(0, y - thickness) : y + thickness + 1, max(0, x - thickness) : x + thickness + 1
            ]
            found[y, x] = (window != mask[y, x]).any()
    return found


@given(
    shape=shapes,
    opacity=st.floats(0.0, 1.0),
    hidden=hidden_sets,
    seed=st.integers(0, 999),
)
def test_filling_equals_the_plain_blend(
    shape: tuple[int, int], opacity: float, hidden: frozenset[int], seed: int
) -> None:
    image, mask = scene(shape, seed)
    style = OverlayStyle(opacity=opacity, hidden_classes=hidden)
    drawn = draw_overlay(image, mask, style)
    blend = image * (1.0 - opacity) + style.palette[mask][..., ::-1] * opacity
    shown = visible(mask, hidden)
    assert np.abs(drawn[shown] - blend[shown]).max(initial=0.0) <= 1.0
    np.testing.assert_array_equal(drawn[~shown], image[~shown])


@given(shape=shapes, thickness=st.integers(1, 3), hidden=hidden_sets, seed=st.integers(0, 999))
def test_outlines_are_the_inner_borders_in_the_class_colour(
    shape: tuple[int, int], thickness: int, hidden: frozenset[int], seed: int
) -> None:
    image, mask = scene(shape, seed)
    style = OverlayStyle(outline=True, outline_thickness=thickness, hidden_classes=hidden)
    drawn = draw_overlay(image, mask, style)
    painted = visible(mask, hidden) & borders(mask, thickness)
    np.testing.assert_array_equal(drawn[painted], style.palette[mask][..., ::-1][painted])
    np.testing.assert_array_equal(drawn[~painted], image[~painted])


@pytest.mark.parametrize("shape", [(4, 1), (1, 4), (3, 1), (1, 1), (2, 2)])
def test_tiny_masks_are_not_mistaken_for_scalars(shape: tuple[int, int]) -> None:
    mask = (np.arange(shape[0] * shape[1]) % 2).astype(np.uint8).reshape(shape)
    image = np.full((*shape, 3), 9, np.uint8)
    drawn = draw_overlay(image, mask, OverlayStyle(opacity=1.0))
    np.testing.assert_array_equal(drawn[mask == 0], image[mask == 0])
    assert (drawn[mask == 1] == [0, 0, 128]).all()


@pytest.mark.parametrize("outline", [False, True])
def test_no_opacity_leaves_the_picture(outline: bool) -> None:
    image, mask = scene((20, 20), 1)
    drawn = draw_overlay(image, mask, OverlayStyle(opacity=0.0, outline=outline))
    np.testing.assert_array_equal(drawn, image)


def test_out_is_written_and_may_be_the_picture_itself() -> None:
    image, mask = scene((25, 31), 2)
    style = OverlayStyle()
    expected = draw_overlay(image, mask, style)
    assert expected is not image
    out = np.zeros_like(image)
    assert draw_overlay(image, mask, style, out) is out
    np.testing.assert_array_equal(out, expected)
    assert draw_overlay(image, mask, style, image) is image
    np.testing.assert_array_equal(image, expected)


def test_views_and_read_only_arrays_are_drawn() -> None:
    image, mask = scene((40, 40), 3)
    image.setflags(write=False)
    mask.setflags(write=False)
    part = np.s_[5:30, 7:33]
    np.testing.assert_array_equal(
        draw_overlay(image[part], mask[part], OverlayStyle()),
        draw_overlay(image[part].copy(), mask[part].copy(), OverlayStyle()),
    )


def test_threads_do_not_share_their_scratch() -> None:
    scenes = [scene((60, 80), seed) for seed in range(4)]
    style = OverlayStyle(hidden_classes=frozenset({0, 1, 2}))
    expected = [draw_overlay(*one, style) for one in scenes]
    wrong: list[int] = []

    def draw(number: int) -> None:
        for _ in range(50):
            if not np.array_equal(draw_overlay(*scenes[number], style), expected[number]):
                wrong.append(number)

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opacity": 1.5}, "opacity must lie in 0.0..1.0"),
        ({"palette": np.zeros((21, 3), np.uint8)}, r"palette must be uint8 \[256, 3\]"),
    ],
)
def test_a_style_that_makes_no_sense_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OverlayStyle(**fields)
