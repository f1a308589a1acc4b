"""A ring of frame records in NumPy columns: appends are cheap, the newest are one slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.gui.playback.shown import FrameRecord

STAGES: tuple[str, ...] = ("decode", "preprocess", "invoke", "postprocess", "draw")
"""The stages of one frame, in the order in which they run."""

HOUR_RECORDS = 3600 * 60
"""An hour at 60 records a second."""

LONGEST_INTERVAL_SECONDS = 30.0
"""Two shown frames farther apart than this are not one flow of playing (the computer slept)."""


@dataclass(frozen=True, slots=True)
class Records:
    """A run of records, oldest first. Its arrays are views into the ring, valid until it changes.

    Attributes:
        index: int64 [N], frame in the video.
        time_seconds: float64 [N], presentation time.
        shown_at_seconds: float64 [N], monotonic clock, ascending.
        stage_millis: float32 [5, N], one row a stage, in the order of `STAGES`.
        work_millis: float32 [N], the sum over the stages.
        interval_seconds: float32 [N], since the previous frame of the same flow of playing; NaN
            for the first of a flow and for frames shown by a step or a seek.
        dropped: int32 [N], frames skipped before this one.
        is_playing: bool [N].
        is_warmup: bool [N], among the first frames after a model was opened.
        segment: int32 [N], counts openings of videos and models.
    """

    index: NDArray[np.int64]
    time_seconds: NDArray[np.float64]
    shown_at_seconds: NDArray[np.float64]
    stage_millis: NDArray[np.float32]
    work_millis: NDArray[np.float32]
    interval_seconds: NDArray[np.float32]
    dropped: NDArray[np.int32]
    is_playing: NDArray[np.bool_]
    is_warmup: NDArray[np.bool_]
    segment: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.index)

    def sliced(self, start: int, stop: int) -> Records:
        """The records `start` to `stop` (exclusive), again as views."""
        part = slice(start, stop)
        return Records(
            self.index[part],
            self.time_seconds[part],
            self.shown_at_seconds[part],
            self.stage_millis[:, part],
            self.work_millis[part],
            self.interval_seconds[part],
            self.dropped[part],
            self.is_playing[part],
            self.is_warmup[part],
            self.segment[part],
        )

    def copy(self) -> Records:
        """The same records in arrays of their own, for another thread."""
        return Records(*(np.array(getattr(self, name)) for name in self.__slots__))

    def last_seconds(self, seconds: float | None) -> Records:
        """Those at most `seconds` older than the newest; all of them for None."""
        if seconds is None or not len(self):
            return self
        since = self.shown_at_seconds[-1] - seconds
        return self.sliced(int(np.searchsorted(self.shown_at_seconds, since)), len(self))


class RecordRing:
    """The newest records, at least `capacity` of them once so many came.

    The columns are twice as long as the capacity. When they are full, the newest half moves to
    their front: one short copy an hour buys that the newest records are always one slice, without
    wrap-around, which every statistic can read in place. Memory is touched only as it fills.

    Args:
        capacity: how many records are kept, 1 or more.
    """

    def __init__(self, capacity: int = HOUR_RECORDS) -> None:
        self._capacity = capacity
        size = 2 * capacity
        self._columns = Records(
            index=np.empty(size, np.int64),
            time_seconds=np.empty(size, np.float64),
            shown_at_seconds=np.empty(size, np.float64),
            stage_millis=np.empty((len(STAGES), size), np.float32),
            work_millis=np.empty(size, np.float32),
            interval_seconds=np.empty(size, np.float32),
            dropped=np.empty(size, np.int32),
            is_playing=np.empty(size, np.bool_),
            is_warmup=np.empty(size, np.bool_),
            segment=np.empty(size, np.int32),
        )
        self._end = 0
        self._in_flow = False

    @property
    def capacity(self) -> int:
        """How many records are kept."""
        return self._capacity

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    def records(self) -> Records:
        """Those that are kept, oldest first."""
        return self._columns.sliced(max(0, self._end - self._capacity), self._end)

    def append(self, record: FrameRecord, *, is_warmup: bool = False, segment: int = 0) -> None:
        """Add the newest record.

        Args:
            record: shown no earlier than the one before it.
            is_warmup: whether it is left out of statistics.
            segment: which opening of a video and a model it belongs to.
        """
        columns = self._columns
        if self._end == 2 * self._capacity:
            self._move_newest_to_front()
        at = self._end
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
        self._end = 0
        self._in_flow = False

    def _move_newest_to_front(self) -> None:
        capacity = self._capacity
        for name in Records.__slots__:
            column = getattr(self._columns, name)
            column[..., :capacity] = column[..., capacity:]
        self._end = capacity
