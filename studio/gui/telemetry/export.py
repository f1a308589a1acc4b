"""Records as CSV and JSON."""

from __future__ import annotations

import io
import math
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.conditions import Conditions, host
from studio.gui.telemetry.records import STAGES, Records
from studio.gui.telemetry.statistics import Summary, summarize

SCHEMA = "jejunet-telemetry-1"

COLUMNS: tuple[str, ...] = (
    "frame",
    "time_seconds",
    "shown_at_seconds",
    *(f"{stage}_millis" for stage in STAGES),
    "work_millis",
    "interval_seconds",
    "dropped_before",
    "is_playing",
    "is_warmup",
    "segment",
)
"""Of the CSV, and the keys of `frames` in the JSON."""

_CHUNK = 4096


def _columns(records: Records) -> dict[str, NDArray[Any]]:
    """The exported columns; `shown_at_seconds` counts from the first record."""
    start = records.shown_at_seconds[0] if len(records) else 0.0
    stages = {f"{stage}_millis": records.stage_millis[row] for row, stage in enumerate(STAGES)}
    return {
        "frame": records.index,
        "time_seconds": records.time_seconds,
        "shown_at_seconds": np.round(records.shown_at_seconds - start, 6),
        **stages,
        "work_millis": records.work_millis,
        "interval_seconds": records.interval_seconds,
        "dropped_before": records.dropped,
        "is_playing": records.is_playing,
        "is_warmup": records.is_warmup,
        "segment": records.segment,
    }


def _listed(column: NDArray[Any]) -> list[Any]:
    """As Python values: single-precision numbers in their shortest exact decimals, NaN as None."""
    if column.dtype == np.float32:
        # The shortest decimals that give the same float32 again are far shorter than float64's.
        return [None if math.isnan(value) else float(str(value)) for value in column]
    values: list[Any] = column.tolist()
    return values


def csv_bytes(records: Records) -> bytes:
    """Write one row a record under the names in `COLUMNS`; an unknown value is empty.

    Args:
        records: arrays of their own when this runs in another thread.
    """
    out = io.StringIO()
    out.write(",".join(COLUMNS) + "\n")
    for start in range(0, len(records), _CHUNK):
        columns = _columns(records)
        part = [_listed(columns[name][start : start + _CHUNK]) for name in COLUMNS]
        for row in zip(*part, strict=True):
            out.write(",".join(_cell(value) for value in row) + "\n")
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def json_bytes(records: Records, conditions: dict[int, Conditions], budget_millis: float) -> bytes:
    """Write the conditions, the numbers by segment, and the records, column by column.

    Args:
        records: arrays of their own when this runs in another thread.
        conditions: by segment.
        budget_millis: as set in the panel.
    """
    segments = []
    for segment, condition in sorted(conditions.items()):
        start, stop = np.searchsorted(records.segment, (segment, segment + 1))
        if stop > start:
            summary = summarize(records.sliced(int(start), int(stop)), budget_millis)
            segments.append(
                {
                    "segment": segment,
                    "conditions": condition.as_plain(),
                    "summary": plain_summary(summary),
                }
            )
    columns = {name: _listed(column) for name, column in _columns(records).items()}
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "measured_on": "this computer",
            "host": host(),
            "budget_millis": budget_millis,
            "segments": segments,
            "frames": columns,
        }
    )


def plain_summary(summary: Summary) -> dict[str, Any]:
    """The numbers under names that say their unit; None where there is nothing to compute from."""
    values = asdict(summary)
    stages = values.pop("stage_millis")
    for now in ("shown_now", "possible_now"):
        del values[now]  # of a moment, meaningless in a file
    names = {
        "shown_mean": "shown_fps_mean",
        "shown_low": "shown_fps_1_percent_low",
        "possible_mean": "possible_fps_mean",
        "over_budget": "frames_over_budget",
        "dropped": "frames_dropped",
    }
    plain: dict[str, Any] = {names.get(key, key): _finite(value) for key, value in values.items()}
    plain["stage_mean_millis"] = {
        stage: _finite(value) for stage, value in zip(STAGES, stages, strict=True)
    }
    return plain


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
