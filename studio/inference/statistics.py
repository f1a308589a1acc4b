"""A summary of durations, the same wherever milliseconds are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class MillisSummary:
    """Percentiles of durations in milliseconds.

    Attributes:
        p50: half of them took no longer.
        p90: nine in ten took no longer.
        p99: ninety-nine in a hundred took no longer.
        mean: of all.
        minimum: the shortest.
        count: how many there were.
    """

    p50: float
    p90: float
    p99: float
    mean: float
    minimum: float
    count: int


def summarize(values: Sequence[float]) -> MillisSummary:
    """Summarize durations; all zero when there are none.

    Args:
        values: milliseconds, in any order.
    """
    if not len(values):
        return MillisSummary(p50=0.0, p90=0.0, p99=0.0, mean=0.0, minimum=0.0, count=0)
    data = np.asarray(values, np.float64)
    p50, p90, p99 = np.percentile(data, (50, 90, 99))
    return MillisSummary(
        p50=float(p50),
        p90=float(p90),
        p99=float(p99),
        mean=float(data.mean()),
        minimum=float(data.min()),
        count=len(data),
    )
