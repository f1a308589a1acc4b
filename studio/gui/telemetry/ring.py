"""A ring of frame records in NumPy columns: appends are cheap, the newest are one slice."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np

from studio.gui.playback.shown import FrameRecord
from studio.gui.telemetry.records import Records

HOUR_RECORDS = 3600 * 60
"""An hour at 60 records a second."""

LONGEST_INTERVAL_SECONDS = 30.0
"""Two shown frames farther apart than this are not one flow of playing (the computer slept)."""

R_co = TypeVar("R_co", bound=Records, covariant=True)


class ColumnRing(Generic[R_co]):
    """The newest records, at least `capacity` of them once so many came.

    The columns are twice as long as the capacity. When they are full, the newest half moves to
    their front: one short copy an hour buys that the newest records are always one slice, without
    wrap-around, which every statistic can read in place. Memory is touched only as it fills.

    Args:
        kind: which columns there are.
        capacity: how many records are kept, 1 or more.
    """

    def __init__(self, kind: type[R_co], capacity: int = HOUR_RECORDS) -> None:
        self._capacity = capacity
        self._columns = kind.empty(2 * capacity)
        self._end = 0

    @property
    def capacity(self) -> int:
        """How many records are kept."""
        return self._capacity

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    def records(self) -> R_co:
        """Those that are kept, oldest first."""
        return self._columns.sliced(max(0, self._end - self._capacity), self._end)

    def clear(self) -> None:
        """Forget every record."""
        self._end = 0

    def _make_room(self, count: int) -> int:
        """Where the next `count` records, at most `capacity`, can be written in one piece."""
        if self._end + count > 2 * self._capacity:
            kept = slice(self._end - self._capacity, self._end)
            for name in self._columns.names():
                column = getattr(self._columns, name)
                column[..., : self._capacity] = column[..., kept]
            self._end = self._capacity
        return self._end


class RecordRing(ColumnRing[Records]):
    """What frames cost on this computer.

    Args:
        capacity: how many records are kept, 1 or more.
    """

    def __init__(self, capacity: int = HOUR_RECORDS) -> None:
        super().__init__(Records, capacity)
        self._in_flow = False

    def append(self, record: FrameRecord, *, is_warmup: bool = False, segment: int = 0) -> None:
        """Add the newest record.

        Args:
            record: shown no earlier than the one before it.
            is_warmup: whether it is left out of statistics.
            segment: which opening of a video and a model it belongs to.
        """
        columns = self._columns
        at = self._make_room(1)
        interval = np.nan
        shown_at_seconds = record.shown_at_seconds
        if at:
            # The statistics search this column, so it must ascend whatever a caller sends.
            previous_seconds = columns.shown_at_seconds[at - 1]
            shown_at_seconds = max(shown_at_seconds, previous_seconds)
            elapsed = shown_at_seconds - previous_seconds
            if self._in_flow and record.is_playing and 0 < elapsed <= LONGEST_INTERVAL_SECONDS:
                interval = elapsed
        columns.index[at] = record.index
        columns.time_seconds[at] = record.time_seconds
        columns.shown_at_seconds[at] = shown_at_seconds
        columns.stage_millis[:, at] = (
            record.decode_millis,
            record.preprocess_millis,
            record.invoke_millis,
            record.postprocess_millis,
            record.draw_millis,
        )
        columns.work_millis[at] = record.work_millis
        columns.interval_seconds[at] = interval
        columns.dropped[at] = record.dropped_before
        columns.is_playing[at] = record.is_playing
        columns.is_warmup[at] = is_warmup
        columns.segment[at] = segment
        self._end = at + 1
        self._in_flow = record.is_playing

    def end_flow(self) -> None:
        """Tell that playing stopped: the time until the next frame is nobody's frame time."""
        self._in_flow = False

    def clear(self) -> None:
        """Forget every record."""
        super().clear()
        self._in_flow = False
