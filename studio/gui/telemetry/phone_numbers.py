"""The numbers that only a phone has: the link, agreement, key frames, warm-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.gui.telemetry.records import PhoneRecords
from studio.gui.telemetry.statistics import counted, percentiles


@dataclass(frozen=True, slots=True)
class PhoneNumbers:
    """Numbers over a stretch of a session; NaN where there is nothing to compute from.

    Attributes:
        link_p50_millis: median of both ways over the cable.
        link_p90_millis: its 90th percentile.
        link_p99_millis: its 99th percentile.
        agreement_mean: mean share of pixels with the same class as on this computer, 0..1.
        agreement_worst: that of the worst frame.
        compared: frames that were compared.
        key_frames: frames in which the network ran.
        warmup_mean_millis: work of a frame of the warm-up, which counts nowhere else.
    """

    link_p50_millis: float
    link_p90_millis: float
    link_p99_millis: float
    agreement_mean: float
    agreement_worst: float
    compared: int
    key_frames: int
    warmup_mean_millis: float


def phone_numbers(records: PhoneRecords) -> PhoneNumbers:
    """Compute them.

    Args:
        records: oldest first.
    """
    nan = float("nan")
    counts = counted(records)
    link = records.link_millis[counts]
    p50, p90, p99 = percentiles(link, (50.0, 90.0, 99.0)) if len(link) else (nan, nan, nan)
    known = records.agreement[~np.isnan(records.agreement)]
    warmup = records.work_millis[records.is_warmup]
    return PhoneNumbers(
        link_p50_millis=p50,
        link_p90_millis=p90,
        link_p99_millis=p99,
        agreement_mean=float(known.mean(dtype=np.float64)) if len(known) else nan,
        agreement_worst=float(known.min()) if len(known) else nan,
        compared=len(known),
        key_frames=int((records.is_key_frame & counts).sum()),
        warmup_mean_millis=float(warmup.mean(dtype=np.float64)) if len(warmup) else nan,
    )
