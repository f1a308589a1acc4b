"""A ring of the frames that came back from a phone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.gui.telemetry.records import PhoneRecords
from studio.gui.telemetry.ring import HOUR_RECORDS, LONGEST_INTERVAL_SECONDS, ColumnRing
from studio.runs.phone_events import MaskCompared, PhoneFrame


class PhoneRing(ColumnRing[PhoneRecords]):
    """What frames cost on a phone.

    Args:
        capacity: how many records are kept, 1 or more.
    """

    def __init__(self, capacity: int = HOUR_RECORDS) -> None:
        super().__init__(PhoneRecords, capacity)
        self._in_flow = False

    def append(self, frames: Sequence[PhoneFrame], segment: int = 0) -> None:
        """Add frames, in the order in which they came back.

        Args:
            frames: a handful while a phone is live; all of them for a recording.
            segment: which conditions they belong to.
        """
        for start in range(0, len(frames), self._capacity):
            self._write(frames[start : start + self._capacity], segment)

    def _write(self, frames: Sequence[PhoneFrame], segment: int) -> None:
        count = len(frames)
        at = self._make_room(count)
        new = self._columns.sliced(at, at + count)
        # One transposition of tuples is several times faster than a write for each value.
        rows = [
            (
                frame.decode_millis,
                frame.preprocess_millis,
                frame.invoke_millis,
                frame.propagate_millis,
                frame.postprocess_millis,
                frame.interval_millis,
                frame.link_millis,
            )
            for frame in frames
        ]
        millis = np.array(rows, np.float64).T
        stages = len(PhoneRecords.stages)
        new.stage_millis[:] = millis[:stages]
        new.work_millis[:] = millis[:stages].sum(axis=0)
        seconds = millis[stages] / 1000.0
        known = (seconds > 0) & (seconds <= LONGEST_INTERVAL_SECONDS)
        # Whatever clock measured the time without a phone: it is nobody's frame time.
        known[0] &= self._in_flow
        new.interval_seconds[:] = np.where(known, seconds, np.nan)
        new.link_millis[:] = millis[stages + 1]
        new.index[:] = [frame.index for frame in frames]
        new.sequence[:] = [frame.sequence for frame in frames]
        new.time_seconds[:] = [frame.time_seconds for frame in frames]
        at_seconds = np.array([frame.at_seconds for frame in frames])
        if at:
            at_seconds[0] = max(at_seconds[0], self._columns.shown_at_seconds[at - 1])
        # The statistics search this column, so it must ascend even when a clock is set back.
        np.maximum.accumulate(at_seconds, out=new.shown_at_seconds)
        new.dropped[:] = [frame.dropped_before for frame in frames]
        new.is_playing[:] = True
        new.is_warmup[:] = [frame.is_warm_up for frame in frames]
        new.is_key_frame[:] = [frame.is_key_frame for frame in frames]
        new.cpu[:] = [frame.cpu for frame in frames]
        new.clock_khz[:] = [frame.clock_khz for frame in frames]
        new.memory_bytes[:] = [frame.memory_bytes for frame in frames]
        new.segment[:] = segment
        new.agreement[:] = np.nan
        new.computer_millis[:] = np.nan
        self._end = at + count
        self._in_flow = True

    def compare(self, compared: Sequence[MaskCompared]) -> None:
        """Note how masks agree with this computer's; unknown frames are passed over."""
        records = self.records()
        if not len(records):
            return
        sequences = np.array([item.sequence for item in compared])
        places = np.minimum(np.searchsorted(records.sequence, sequences), len(records) - 1)
        found = records.sequence[places] == sequences
        records.agreement[places[found]] = np.array([item.agreement for item in compared])[found]
        millis = np.array([item.computer_millis for item in compared])
        records.computer_millis[places[found]] = millis[found]

    def end_flow(self) -> None:
        """Tell that the phone is away: the time until the next frame is nobody's frame time."""
        self._in_flow = False

    def clear(self) -> None:
        """Forget every record."""
        super().clear()
        self._in_flow = False
