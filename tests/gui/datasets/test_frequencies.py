"""Rows and scales of class frequencies."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.data.report import DatasetReport
from studio.gui.datasets.frequencies import Order, frequencies, scale_of
from studio.gui.datasets.frequency_bars import share_words

values = st.lists(st.floats(1e-9, 1e9) | st.just(0.0), min_size=1, max_size=20)


def _report() -> DatasetReport:
    return DatasetReport(
        name="tiny",
        root="tiny",
        split="train",
        labels=("background", "cat", "dog", "ship"),
        palette=((0, 0, 0), (64, 0, 0), (64, 0, 128), (0, 0, 128)),
        images=5,
        checked=5,
        class_pixels=(700, 100, 200, 0),
        class_images=(5, 3, 2, 0),
        void_pixels=50,
        sizes=(),
        broken=(),
    )


def test_shares_are_of_labelled_pixels_void_left_out() -> None:
    rows = frequencies(_report(), Order.CLASS)
    assert [row.share for row in rows] == [0.7, 0.1, 0.2, 0.0]
    assert [row.images for row in rows] == [5, 3, 2, 0]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.CLASS, ["background", "cat", "dog", "ship"]),
        (Order.PIXELS, ["background", "dog", "cat", "ship"]),
        (Order.IMAGES, ["background", "cat", "dog", "ship"]),
    ],
)
def test_classes_are_sorted_by_what_is_asked_for(order: Order, names: list[str]) -> None:
    assert [row.name for row in frequencies(_report(), order)] == names


@given(values, st.booleans())
def test_a_scale_holds_all_values_in_their_order(found: list[float], is_log: bool) -> None:
    scale = scale_of(found, is_log)
    positions = [scale.position(value) for value in sorted(found)]
    assert positions == sorted(positions)
    assert all(0.0 <= position <= 1.0 for position in positions)
    assert scale.position(0.0) == 0.0
    for value in found:
        if value > 0:
            assert scale.position(value) > 0.0
    if max(found) > 0:
        assert math.isclose(scale.position(max(found)), 1.0)
    for tick in scale.ticks():
        assert -1e-9 <= scale.position(tick) <= 1.0


def test_a_logarithmic_scale_ticks_at_powers_of_ten() -> None:
    assert scale_of([0.0004, 0.02, 0.7], is_log=True).ticks() == pytest.approx(
        [0.0001, 0.001, 0.01, 0.1]
    )


@pytest.mark.parametrize(
    ("share", "words"), [(0.843, "84.3 %"), (0.00043, "0.043 %"), (0.0, "0 %"), (1.0, "100.0 %")]
)
def test_small_shares_keep_their_digits(share: float, words: str) -> None:
    assert share_words(share) == words
