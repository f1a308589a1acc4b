"""Which CPUs of a phone a network runs on when nobody has said."""

from __future__ import annotations

from collections.abc import Sequence

_ENOUGH = 2
"""So many faster CPUs do without the slowest ones, for which the others of a frame would wait."""


def fast_cpu_mask(clusters: Sequence[Sequence[int]], threads: int) -> int:
    """Take clusters from the fastest down until there is a CPU for each thread.

    Many phones have one fastest CPU alone, too few for several threads. The slowest cluster is
    left out wherever the others have two CPUs or more.

    Args:
        clusters: CPUs that share a highest clock, slow ones first.
        threads: that the network runs in, 1 or more.

    Returns:
        One bit a CPU; 0 where there is no choice, or none but all of them.
    """
    taken: list[int] = []
    for cluster in reversed(clusters[1:]):
        if len(taken) >= threads:
            break
        taken += cluster
    if len(clusters) < 2 or len(taken) < min(threads, _ENOUGH):
        return 0
    return sum(1 << cpu for cpu in taken)
