"""Records as CSV and JSON."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.conditions import host
from studio.gui.telemetry.records import STAGES, Records
from studio.gui.telemetry.source import AnyConditions, TelemetrySource
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
"""Of this computer's CSV, and the keys of `frames` in its JSON."""

_CHUNK = 4096

Columns = dict[str, NDArray[Any]]


def frame_columns(records: Records) -> Columns:
    """The exported columns; `shown_at_seconds` counts from the first record."""
    start = records.shown_at_seconds[0] if len(records) else 0.0
    stages = {f"{name}_millis": records.stage_millis[i] for i, name in enumerate(records.stages)}
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


def listed(column: NDArray[Any]) -> list[Any]:
    """Values of Python: single-precision numbers in their shortest exact decimals, NaN as None."""
    if column.dtype == np.float64:
        return [None if math.isnan(value) else value for value in column.tolist()]
    if column.dtype == np.float32:
        # The shortest decimals that give the same float32 again are far shorter than float64's.
        return [None if math.isnan(value) else float(str(value)) for value in column]
    values: list[Any] = column.tolist()
    return values


def csv_bytes(columns: Columns, heading: Iterable[str] = ()) -> bytes:
    """Write one row a record; an unknown value is empty.

    Args:
        columns: by name, of equal length; arrays of their own when this runs in another thread.
        heading: lines about the table, written before it after a `#`.
    """
    out = io.StringIO()
    for line in heading:
        out.write(f"# {' '.join(line.split())}\n")
    out.write(",".join(columns) + "\n")
    count = len(next(iter(columns.values())))
    for start in range(0, count, _CHUNK):
        part = [listed(column[start : start + _CHUNK]) for column in columns.values()]
        for row in zip(*part, strict=True):
            out.write(",".join(_cell(value) for value in row) + "\n")
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def plain_telemetry(
    records: Records, conditions: Mapping[int, AnyConditions], budget_millis: float
) -> dict[str, Any]:
    """The conditions, the numbers by segment, and the records, column by column, for JSON.

    Args:
        records: arrays of their own when this runs in another thread.
        conditions: by segment.
        budget_millis: as set in the panel.
    """
    segments = []
    for segment, condition in sorted(conditions.items()):
        start, stop = np.searchsorted(records.segment, (segment, segment + 1))
        if stop > start:
            part = records.sliced(int(start), int(stop))
            segments.append(
                {
                    "segment": segment,
                    "conditions": condition.as_plain(),
                    "summary": plain_summary(summarize(part, budget_millis), records.stages),
                }
            )
    return {
        "schema": SCHEMA,
        "measured_on": "this computer",
        "host": host(),
        "budget_millis": budget_millis,
        "segments": segments,
        "frames": {name: listed(column) for name, column in frame_columns(records).items()},
    }


def plain_summary(summary: Summary, names: tuple[str, ...]) -> dict[str, Any]:
    """The numbers under names that say their unit; None where there is nothing to compute from.

    Args:
        summary: over a segment.
        names: of the stages.
    """
    values = asdict(summary)
    stages = values.pop("stage_millis")
    for now in ("shown_now", "possible_now"):
        del values[now]  # of a moment, meaningless in a file
    renamed = {
        "shown_mean": "shown_fps_mean",
        "shown_low": "shown_fps_1_percent_low",
        "possible_mean": "possible_fps_mean",
        "over_budget": "frames_over_budget",
        "dropped": "frames_dropped",
    }
    plain: dict[str, Any] = {renamed.get(key, key): _finite(value) for key, value in values.items()}
    plain["stage_mean_millis"] = {
        stage: _finite(value) for stage, value in zip(names, stages, strict=True)
    }
    return plain


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class RecordTables:
    """A copy of what a source keeps, for another thread.

    Attributes:
        records: frames.
        conditions: by segment.
        budget_millis: as set in the panel.
    """

    records: Records
    conditions: Mapping[int, AnyConditions]
    budget_millis: float

    @staticmethod
    def of(source: TelemetrySource) -> RecordTables:
        """What it keeps so far."""
        records = source.kept_records().copy()
        return RecordTables(records, source.all_conditions, source.budget_millis)

    def csv(self) -> bytes:
        """One row a frame."""
        return csv_bytes(frame_columns(self.records))

    def json(self) -> bytes:
        """Conditions, numbers and frames."""
        plain = plain_telemetry(self.records, self.conditions, self.budget_millis)
        return msgspec.json.encode(plain)
