"""Reading ahead keeps the order, tells of errors in their turn, and ends when it is left."""

from __future__ import annotations

import threading
import time
from itertools import islice

import pytest

from studio.evaluation.prefetch import prefetched


def _later_the_earlier(item: int) -> int:
    time.sleep(0.002 if item % 2 == 0 else 0.0)
    return item * item


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(prefetched(_later_the_earlier, range(30))) == [i * i for i in range(30)]


def test_of_nothing_comes_nothing() -> None:
    assert list(prefetched(_later_the_earlier, [])) == []


def test_items_are_read_while_the_consumer_is_busy() -> None:
    read: list[int] = []
    is_ahead = threading.Event()

    def load(item: int) -> int:
        read.append(item)
        if len(read) >= 3:
            is_ahead.set()
        return item

    results = prefetched(load, range(10))
    assert next(results) == 0
    assert is_ahead.wait(10.0)
    results.close()


def test_no_more_is_read_ahead_than_fits() -> None:
    read: list[int] = []
    results = prefetched(read.append, range(1000))
    for _ in islice(results, 5):
        pass
    results.close()
    assert len(read) <= 5 + 6 + 2


def test_an_error_comes_in_its_items_turn() -> None:
    def load(item: int) -> int:
        if item == 3:
            raise ValueError("the third")
        return item

    results = prefetched(load, range(10))
    assert list(islice(results, 3)) == [0, 1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(results)
