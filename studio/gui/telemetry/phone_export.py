"""What a phone told, as columns and plain values for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.export import (
    Columns,
    csv_bytes,
    frame_columns,
    listed,
    plain_telemetry,
)
from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_session import DoubtSpan, PhoneSession
from studio.gui.telemetry.records import PhoneRecords
from studio.runs.phone_events import PhoneState


@dataclass(frozen=True, slots=True)
class PhoneTables:
    """A copy of all that a session told, for another thread.

    Attributes:
        records: frames.
        sample_seconds: float64 [M], unix time of each sample.
        samples: float64 [M] by name; NaN where unknown.
        conditions: by segment.
        states: oldest first.
        doubts: all that came up.
        budget_millis: as set in the panel.
    """

    records: PhoneRecords
    sample_seconds: NDArray[np.float64]
    samples: dict[str, NDArray[np.float64]]
    conditions: Mapping[int, PhoneConditions]
    states: tuple[PhoneState, ...]
    doubts: tuple[DoubtSpan, ...]
    budget_millis: float

    @staticmethod
    def of(session: PhoneSession) -> PhoneTables:
        """What a session told so far."""
        book = session.samples
        return PhoneTables(
            records=session.phone_records().copy(),
            sample_seconds=book.at_seconds.copy(),
            samples={name: book.values(name).copy() for name in book.names},
            conditions=session.all_conditions,
            states=tuple(session.states),
            doubts=tuple(session.doubt_spans),
            budget_millis=session.budget_millis,
        )

    def columns(self) -> Columns:
        """One row a frame, with the newest sample that the phone had told by then."""
        records = self.records
        at = np.searchsorted(self.sample_seconds, records.shown_at_seconds, side="right") - 1
        known = at >= 0
        sampled = {
            name: np.where(known, values[np.maximum(at, 0)], np.nan)
            for name, values in self.samples.items()
        }
        return {
            "sequence": records.sequence,
            **frame_columns(records),
            "at_unix_seconds": np.round(records.shown_at_seconds, 6),
            "link_millis": records.link_millis,
            "is_key_frame": records.is_key_frame,
            "cpu": records.cpu,
            "clock_khz": records.clock_khz,
            "memory_bytes": records.memory_bytes,
            "agreement": records.agreement,
            "computer_millis": records.computer_millis,
            **sampled,
        }

    def heading(self) -> list[str]:
        """The conditions, and what makes the numbers untrustworthy, a line each."""
        lines: list[str] = []
        for segment, conditions in sorted(self.conditions.items()):
            prefix = f"segment {segment}: " if len(self.conditions) > 1 else ""
            lines += [f"{prefix}{line}" for line in conditions.details.splitlines()]
        lines += [f"Untrustworthy: {span.doubt.message}" for span in self.doubts]
        return lines

    def csv(self) -> bytes:
        """One row a frame, with the conditions in lines before the table."""
        return csv_bytes(self.columns(), self.heading())

    def json(self) -> bytes:
        """All of it."""
        return msgspec.json.encode(self.plain())

    def plain(self) -> dict[str, Any]:
        """All of it, for JSON."""
        common = plain_telemetry(self.records, self.conditions, self.budget_millis)
        columns = self.columns()
        frames = {name: values for name, values in columns.items() if name not in self.samples}
        return {
            **common,
            "measured_on": "a phone",
            "frames": {name: listed(values) for name, values in frames.items()},
            "samples": {
                "at_unix_seconds": listed(self.sample_seconds),
                **{name: listed(values) for name, values in self.samples.items()},
            },
            "states": [
                {
                    "state": state.state,
                    "message": state.message,
                    "remedy": state.remedy,
                    "at": _moment(state.at_seconds),
                }
                for state in self.states
            ],
            "doubts": [
                {
                    "code": span.doubt.code,
                    "message": span.doubt.message,
                    "since": _moment(span.doubt.at_seconds),
                    "until": None if span.until_seconds is None else _moment(span.until_seconds),
                }
                for span in self.doubts
            ],
        }


def _moment(unix_seconds: float) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).isoformat(timespec="milliseconds")
