"""Fast cores, and one for each thread as far as there are so many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.targets.phone.cpus import fast_cpu_mask

PIXEL_2 = ((0, 1, 2, 3), (4, 5, 6, 7))
FOUR_THREE_ONE = ((0, 1, 2, 3), (4, 5, 6), (7,))
SIX_TWO = ((0, 1, 2, 3, 4, 5), (6, 7))
SEVEN_ONE = ((0, 1, 2, 3, 4, 5, 6), (7,))
FOUR_TWO_TWO = ((0, 1, 2, 3), (4, 5), (6, 7))


@pytest.mark.parametrize(
    ("clusters", "threads", "expected"),
    [
        (PIXEL_2, 1, 0xF0),
        (PIXEL_2, 4, 0xF0),
        (PIXEL_2, 8, 0xF0),
        (FOUR_THREE_ONE, 1, 0x80),
        (FOUR_THREE_ONE, 2, 0xF0),
        (FOUR_THREE_ONE, 4, 0xF0),
        (FOUR_THREE_ONE, 8, 0xF0),
        (FOUR_TWO_TWO, 2, 0xC0),
        (FOUR_TWO_TWO, 4, 0xF0),
        (SIX_TWO, 4, 0xC0),
        (SEVEN_ONE, 1, 0x80),
        (SEVEN_ONE, 4, 0),  # one CPU is too few, and all are no choice
        (((0, 1, 2, 3),), 4, 0),
        ((), 4, 0),
    ],
)
def test_threads_get_fast_cpus(
    clusters: tuple[tuple[int, ...], ...], threads: int, expected: int
) -> None:
    assert fast_cpu_mask(clusters, threads) == expected


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 8))
def test_the_slowest_are_never_asked_for_and_several_threads_never_share_one(
    sizes: list[int], threads: int
) -> None:
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    clusters = [tuple(range(at, at + size)) for at, size in zip(starts, sizes, strict=True)]
    mask = fast_cpu_mask(clusters, threads)
    assert not any(mask >> cpu & 1 for cpu in clusters[0])
    if mask and threads > 1:
        assert mask.bit_count() > 1
