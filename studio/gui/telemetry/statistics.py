"""What the records say: frame rates, latency percentiles, a histogram, columns to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.records import Records

NOW_SECONDS = 1.0
"""`now` in every number means the last second of playing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers over a stretch of playing; NaN where there is nothing to compute from.

    Attributes:
        frames: played frames that count (no warm-up, no steps and seeks).
        warmup_frames: played frames left out because the model was warming up.
        shown_now: frames a second on screen, over the last second.
        shown_mean: frames a second on screen.
        shown_low: the rate that 99 % of the frames reach or exceed ("1 % low").
        possible_now: frames a second if nothing ever waited, over the last second.
        possible_mean: the same over the whole stretch.
        p50_millis: median of the work for one frame.
        p90_millis: its 90th percentile.
        p99_millis: its 99th percentile.
        mean_millis: its mean.
        max_millis: its maximum.
        stage_millis: mean of each stage, in the order of the records' stages.
        dropped: frames skipped to keep the pace.
        over_budget: frames whose work took longer than the budget.
    """

    frames: int
    warmup_frames: int
    shown_now: float
    shown_mean: float
    shown_low: float
    possible_now: float
    possible_mean: float
    p50_millis: float
    p90_millis: float
    p99_millis: float
    mean_millis: float
    max_millis: float
    stage_millis: tuple[float, ...]
    dropped: int
    over_budget: int

    @property
    def dropped_ratio(self) -> float:
        """Share of the frames due that were skipped, 0..1; NaN before the first frame."""
        due = self.frames + self.dropped
        return self.dropped / due if due else float("nan")


def counted(records: Records) -> NDArray[np.bool_]:
    """Which records count in statistics: played, and after the warm-up. bool [N]."""
    return records.is_playing & ~records.is_warmup


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean(dtype=np.float64)) if len(values) else float("nan")


def _rate(interval_seconds: NDArray[np.float32]) -> float:
    usable = interval_seconds[~np.isnan(interval_seconds)]
    return 1.0 / _mean(usable) if len(usable) else float("nan")


_PERCENTILE_BINS = 2048


def percentiles(values: NDArray[np.float32], percents: tuple[float, ...]) -> list[float]:
    """Exactly what `np.percentile` gives, several times faster on an hour of records.

    Values are counted into bins; only the bins that hold a wanted order statistic are sorted.
    That stays exact, because the bin of a value rises with the value.

    Args:
        values: float32 [N], finite and not negative, N at least 1.
        percents: 0..100 each.
    """
    count = len(values)
    scale = np.float32(_PERCENTILE_BINS / max(4.0 * _mean(values), 1e-6))
    slot = np.minimum(values * scale, np.float32(_PERCENTILE_BINS - 1)).astype(np.int16)
    until = np.cumsum(np.bincount(slot, minlength=_PERCENTILE_BINS))
    kept: dict[int, NDArray[np.float32]] = {}

    def ordered(rank: int) -> float:
        bin_at = int(np.searchsorted(until, rank, side="right"))
        if bin_at not in kept:
            kept[bin_at] = np.sort(values[slot == bin_at])
        before = int(until[bin_at - 1]) if bin_at else 0
        return float(kept[bin_at][rank - before])

    results = []
    for percent in percents:
        place = percent / 100.0 * (count - 1)
        lower = int(place)
        low = ordered(lower)
        high = ordered(min(lower + 1, count - 1))
        results.append(low + (high - low) * (place - lower))
    return results


def summarize(records: Records, budget_millis: float = float("inf")) -> Summary:
    """Compute the numbers over some records.

    Args:
        records: oldest first.
        budget_millis: above it, a frame's work counts as over budget.

    Returns:
        The numbers; percentiles are linear between neighbours, as in `np.percentile`.
    """
    counts = counted(records)
    every = bool(counts.all())
    work = records.work_millis if every else records.work_millis[counts]
    intervals = records.interval_seconds if every else records.interval_seconds[counts]
    flows = intervals[~np.isnan(intervals)]
    recent = records.last_seconds(NOW_SECONDS)
    recent_counts = counted(recent)
    nan = float("nan")
    p50 = p90 = p99 = nan
    stages = (nan,) * len(records.stages)
    if len(work):
        p50, p90, p99 = percentiles(work, (50.0, 90.0, 99.0))
        rows = records.stage_millis if every else records.stage_millis[:, counts]
        stages = tuple(float(value) for value in rows.mean(axis=1, dtype=np.float64))
    mean_work = _mean(work)
    mean_recent = _mean(recent.work_millis[recent_counts])
    return Summary(
        frames=len(work),
        warmup_frames=int((records.is_playing & records.is_warmup).sum()),
        shown_now=_rate(recent.interval_seconds[recent_counts]),
        shown_mean=_rate(flows),
        shown_low=1.0 / percentiles(flows, (99.0,))[0] if len(flows) else nan,
        possible_now=1000.0 / mean_recent if mean_recent > 0 else nan,
        possible_mean=1000.0 / mean_work if mean_work > 0 else nan,
        p50_millis=p50,
        p90_millis=p90,
        p99_millis=p99,
        mean_millis=mean_work,
        max_millis=float(work.max()) if len(work) else nan,
        stage_millis=stages,
        dropped=int(records.dropped[counts].sum()),
        over_budget=int((work > budget_millis).sum()),
    )


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often each latency occurred.

    Attributes:
        edges_millis: float64 [B + 1], ascending.
        counts: int64 [B]; the last bin also holds everything slower than the last edge.
    """

    edges_millis: NDArray[np.float64]
    counts: NDArray[np.int64]


def latency_histogram(records: Records, top_millis: float, bins: int) -> Histogram:
    """Count the work of the frames that count.

    Args:
        records: oldest first.
        top_millis: the last edge, above 0.
        bins: 1 or more.
    """
    work = records.work_millis[counted(records)]
    edges = np.linspace(0.0, top_millis, bins + 1)
    slot = np.minimum((work * np.float32(bins / top_millis)).astype(np.int64), bins - 1)
    return Histogram(edges, np.bincount(slot, minlength=bins).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Columns:
    """Records gathered into pixel columns: never more to draw than the screen can show.

    Attributes:
        left: float64 [C], where each bar begins, in pixels from the left edge.
        right: float64 [C], where it ends.
        stage_millis: float64 [S, C], mean of each stage over the column's records.
        peak_millis: float32 [C], the slowest record of the column.
        first: int64 [C], the column's first record.
        last: int64 [C], its last record.
        dropped: int64 [C], frames skipped before the column's records.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    stage_millis: NDArray[np.float64]
    peak_millis: NDArray[np.float32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    dropped: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.left)


LONGEST_BAR_SECONDS = 0.25
"""A bar reaches to the next frame, unless that is later than this: a pause stays visible as a gap,
and the bar before it is as wide as most."""


def pixel_columns(
    records: Records, seconds: float, width: int, end_seconds: float | None = None
) -> Columns:
    """Gather records into the columns of a chart.

    Args:
        records: oldest first, all of them within the chart.
        seconds: what the chart's width stands for, above 0.
        width: of the chart in pixels, 1 or more.
        end_seconds: at its right edge; None for the newest record.

    Returns:
        At most `width` columns, ascending, without overlap.
    """
    count = len(records)
    if not count:
        none = np.empty(0, np.int64)
        nothing = np.empty(0, np.float64)
        return Columns(
            nothing,
            nothing,
            np.empty((len(records.stages), 0)),
            np.empty(0, np.float32),
            none,
            none,
            none,
        )
    scale = width / seconds
    at = records.shown_at_seconds
    end = at[-1] if end_seconds is None else end_seconds
    position = np.clip(width - (end - at) * scale, 0.0, width)
    column = np.minimum(position.astype(np.int64), width - 1)
    first = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
    last = np.concatenate((first[1:], [count])) - 1
    sizes = (last - first + 1).astype(np.float64)
    ends = np.concatenate((at[first[1:]], at[-1:]))
    gaps = ends - at[last]
    usual = gaps[(gaps > 0) & (gaps <= LONGEST_BAR_SECONDS)]
    before_pause = float(np.median(usual)) if len(usual) else LONGEST_BAR_SECONDS
    reach = np.where(gaps > LONGEST_BAR_SECONDS, before_pause, gaps)
    left = np.floor(np.minimum(position[first], width - 1))
    following = np.concatenate((left[1:], [float(width)]))
    right = np.minimum(np.maximum(np.ceil(position[last] + reach * scale), left + 1), following)
    return Columns(
        left=left,
        right=right,
        stage_millis=np.add.reduceat(records.stage_millis, first, axis=1, dtype=np.float64) / sizes,
        peak_millis=np.maximum.reduceat(records.work_millis, first),
        first=first,
        last=last,
        dropped=np.add.reduceat(records.dropped, first, dtype=np.int64),
    )
