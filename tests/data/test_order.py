"""The order of samples: pure, complete in every epoch, rare classes more often."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.data.order import Order, repeats_of_rare

_repeats = st.lists(st.integers(1, 4), min_size=1, max_size=40).map(tuple)


@given(_repeats, st.integers(0, 2**32), st.integers(0, 5))
def test_each_epoch_draws_each_sample_as_often_as_told(
    repeats: tuple[int, ...], seed: int, epoch: int
) -> None:
    order = Order(seed, repeats)
    first = epoch * order.epoch_samples
    positions = range(first, first + order.epoch_samples)
    drawn = Counter(order.sample(position) for position in positions)
    assert drawn == dict(enumerate(repeats))
    assert {order.epoch(position) for position in positions} == {epoch}


@given(_repeats, st.integers(0, 2**32), st.lists(st.integers(0, 500), max_size=20))
def test_a_position_means_the_same_sample_whatever_was_asked_before(
    repeats: tuple[int, ...], seed: int, positions: list[int]
) -> None:
    forwards = [Order(seed, repeats).sample(position) for position in positions]
    backwards = [Order(seed, repeats).sample(position) for position in reversed(positions)]
    assert forwards == backwards[::-1]


def test_epochs_and_seeds_differ() -> None:
    def epoch(seed: int, number: int) -> list[int]:
        return [Order(seed, (1,) * 50).sample(number * 50 + i) for i in range(50)]

    assert epoch(0, 0) != epoch(0, 1)
    assert epoch(0, 0) != epoch(1, 0)


def test_the_order_is_the_same_tomorrow() -> None:
    order = Order(7, (1, 2, 1, 1))
    assert [order.sample(i) for i in range(10)] == [1, 0, 3, 1, 2, 2, 0, 1, 1, 3]


@pytest.mark.parametrize("repeats", [(), (1, 0)])
def test_a_sample_that_never_comes_is_refused(repeats: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least once"):
        Order(0, repeats)


def _present(cats: int, boats: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.array([[True, False]] * cats + [[False, True]] * boats)


def test_frequent_classes_are_not_repeated() -> None:
    assert repeats_of_rare(_present(90, 10), 4) == (1,) * 90 + (2,) * 10  # sqrt(0.5 / 0.1) = 2.2


def test_repetition_has_a_limit() -> None:
    assert max(repeats_of_rare(_present(999, 1), 4)) == 4
    assert repeats_of_rare(_present(999, 1), 1) == (1,) * 1000


def test_a_sample_counts_as_its_rarest_class() -> None:
    present = np.array([[True, False]] * 98 + [[True, True], [False, True]])
    repeats = repeats_of_rare(present, 8)
    assert repeats[:98] == (1,) * 98
    assert repeats[98] == repeats[99] == 5  # sqrt(0.505 / 0.02)


def test_samples_without_masks_come_once_and_do_not_count() -> None:
    present = np.concatenate([_present(90, 10), np.zeros((50, 2), bool)])
    counted = np.arange(150) < 100
    assert repeats_of_rare(present, 4, counted) == (1,) * 90 + (2,) * 10 + (1,) * 50


def test_a_class_that_never_occurs_changes_nothing() -> None:
    with_absent = np.pad(_present(90, 10), ((0, 0), (0, 3)))
    assert repeats_of_rare(with_absent, 4) == repeats_of_rare(_present(90, 10), 4)


def test_images_of_background_alone_come_once() -> None:
    assert repeats_of_rare(np.zeros((5, 2), bool), 4) == (1,) * 5
