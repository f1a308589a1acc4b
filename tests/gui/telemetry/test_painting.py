"""Ticks are round, numbers short, and bars as high as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.telemetry.painting import (
    age_words,
    argb,
    bars_image,
    nice_ceiling,
    short_number,
    ticks,
)


@given(st.floats(1e-3, 1e6))
def test_a_nice_ceiling_is_not_below_and_not_far_above(value: float) -> None:
    ceiling = nice_ceiling(value)
    assert value <= ceiling * (1 + 1e-6)
    assert ceiling <= 2.5 * value


@given(st.floats(1e-2, 1e5), st.integers(1, 12))
def test_ticks_begin_at_zero_and_stay_within(top: float, at_most: int) -> None:
    values = ticks(top, at_most)
    assert values[0] == 0
    assert values[-1] <= top * (1 + 1e-6)
    assert len(values) <= at_most + 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "–"),
        (0.0, "0.00"),
        (9.994, "9.99"),
        (9.999, "10.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (1234.5, "1\u2009234"),
    ],
)
def test_numbers_have_three_digits(value: float, words: str) -> None:
    assert short_number(value) == words


def test_ages_say_their_unit() -> None:
    words = [age_words(seconds) for seconds in (0, 10, 60, 90, 300, 3600)]
    assert words == ["now", "−10 s", "−1 min", "−90 s", "−5 min", "−60 min"]


def test_bars_are_stacked_from_the_ground() -> None:
    tops = np.array([[8.0, 10.0], [5.0, 10.0]])  # two layers of two bars, ten rows high
    colours = ("#ff0000", "#00ff00")
    image = bars_image(np.array([1.0, 4.0]), np.array([3.0, 6.0]), tops, colours, 7, 10)
    assert image.shape == (10, 7)
    for column in (1, 2):
        assert (image[8:, column] == argb("#ff0000")).all()
        assert (image[5:8, column] == argb("#00ff00")).all()
        assert (image[:5, column] == 0).all()
    assert not image[:, [0, 3, 4, 5, 6]].any()


def test_bars_outside_the_picture_are_cut() -> None:
    tops = np.array([[-50.0]])
    image = bars_image(np.array([0.0]), np.array([99.0]), tops, ("#112233",), 4, 3)
    assert (image == argb("#112233")).all()
