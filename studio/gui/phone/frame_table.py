"""The frames of a session in columns: found by sequence or by time, an hour in some megabytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.runs.phone_events import MaskCompared, PhoneFrame
from studio.temporal.step import Trigger

_FIRST_ROOM = 1024
_TRIGGERS = ("", *(trigger.value for trigger in Trigger))
_COLUMNS = (
    "sequence",
    "index",
    "time_seconds",
    "at_seconds",
    "link_millis",
    "decode_millis",
    "preprocess_millis",
    "invoke_millis",
    "propagate_millis",
    "postprocess_millis",
    "interval_millis",
    "is_key_frame",
    "trigger",
    "is_warm_up",
    "cpu",
    "clock_khz",
    "dropped_before",
    "agreement",
)
_AT = _COLUMNS.index("at_seconds")
_INTERVAL, _WARM_UP = _COLUMNS.index("interval_millis"), _COLUMNS.index("is_warm_up")
_AGREEMENT = _COLUMNS.index("agreement")
_WORK = slice(_COLUMNS.index("decode_millis"), _COLUMNS.index("postprocess_millis") + 1)


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One frame that came back; fields as in `PhoneFrame`.

    Attributes:
        agreement: share of pixels with the same class as on this computer; NaN while unknown.
    """

    sequence: int
    index: int
    time_seconds: float
    at_seconds: float
    link_millis: float
    decode_millis: float
    preprocess_millis: float
    invoke_millis: float
    propagate_millis: float
    postprocess_millis: float
    interval_millis: float
    is_key_frame: bool
    trigger: str
    is_warm_up: bool
    cpu: int
    clock_khz: int
    dropped_before: int
    agreement: float

    @property
    def work_millis(self) -> float:
        """What the phone spent on the frame."""
        return (
            self.decode_millis
            + self.preprocess_millis
            + self.invoke_millis
            + self.propagate_millis
            + self.postprocess_millis
        )


class FrameTable:
    """Frames in the order in which they came back."""

    def __init__(self) -> None:
        self._values = np.full((_FIRST_ROOM, len(_COLUMNS)), np.nan)
        self._count = 0
        self._rows: dict[int, int] = {}
        self._key_frames = 0
        self.last_compared: int | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, frame: PhoneFrame) -> None:
        """Append a frame."""
        if self._count == len(self._values):
            room = np.full_like(self._values, np.nan)
            self._values = np.concatenate((self._values, room))
        row = self._values[self._count]
        row[:_AGREEMENT] = [_number(frame, name) for name in _COLUMNS[:_AGREEMENT]]
        self._key_frames += frame.is_key_frame
        self._rows[frame.sequence] = self._count
        self._count += 1

    def compare(self, event: MaskCompared) -> None:
        """Note how far the computer agrees; of a frame that never came back nothing is noted."""
        row = self._rows.get(event.sequence)
        if row is not None:
            self._values[row, _AGREEMENT] = event.agreement
            self.last_compared = row

    def row(self, number: int) -> FrameRow:
        """A frame by its place, 0 for the first."""
        values = dict(zip(_COLUMNS, self._values[number].tolist(), strict=True))
        return FrameRow(
            sequence=int(values["sequence"]),
            index=int(values["index"]),
            time_seconds=values["time_seconds"],
            at_seconds=values["at_seconds"],
            link_millis=values["link_millis"],
            decode_millis=values["decode_millis"],
            preprocess_millis=values["preprocess_millis"],
            invoke_millis=values["invoke_millis"],
            propagate_millis=values["propagate_millis"],
            postprocess_millis=values["postprocess_millis"],
            interval_millis=values["interval_millis"],
            is_key_frame=bool(values["is_key_frame"]),
            trigger=_TRIGGERS[int(values["trigger"])],
            is_warm_up=bool(values["is_warm_up"]),
            cpu=int(values["cpu"]),
            clock_khz=int(values["clock_khz"]),
            dropped_before=int(values["dropped_before"]),
            agreement=values["agreement"],
        )

    @property
    def key_frames(self) -> int:
        """Frames in which the network ran."""
        return self._key_frames

    def find(self, sequence: int) -> int | None:
        """The place of a frame; None when it never came back."""
        return self._rows.get(sequence)

    def at(self, at_seconds: float) -> int:
        """The place of the last frame that had come back by then; the first one before that."""
        found = int(np.searchsorted(self.at_seconds, at_seconds, side="right"))
        return max(0, found - 1)

    @property
    def at_seconds(self) -> NDArray[np.float64]:
        """Unix time at which each frame came back, float64 [frames]."""
        return self._values[: self._count, _AT]

    def rate(self, seconds: float, end: int | None = None) -> float:
        """Frames a second that the phone finished lately; NaN when there is too little to say.

        Args:
            seconds: how far back from the last frame that is looked at.
            end: frames before this place; all for None.
        """
        rows = self._recent(seconds, end)
        intervals = rows[:, _INTERVAL]
        intervals = intervals[intervals > 0]
        return 1000.0 * len(intervals) / intervals.sum() if len(intervals) else float("nan")

    def median_work_millis(self, seconds: float, end: int | None = None) -> float:
        """Half of the recent frames took this long or less; NaN without frames.

        Args:
            seconds: as for `rate`.
            end: as for `rate`.
        """
        rows = self._recent(seconds, end)
        counted = rows[rows[:, _WARM_UP] == 0]
        return float(np.median(counted[:, _WORK].sum(axis=1))) if len(counted) else float("nan")

    def mean_work_millis(self, seconds: float, end: int | None = None) -> float:
        """What the recent frames took on average, key frames and others; NaN without frames.

        Args:
            seconds: as for `rate`.
            end: as for `rate`.
        """
        rows = self._recent(seconds, end)
        counted = rows[rows[:, _WARM_UP] == 0]
        return float(counted[:, _WORK].sum(axis=1).mean()) if len(counted) else float("nan")

    def mean_agreement(self, seconds: float, end: int | None = None) -> float:
        """How far the computer agrees with the recent frames, 0..1; NaN where it was not asked.

        Args:
            seconds: as for `rate`.
            end: as for `rate`.
        """
        agreement = self._recent(seconds, end)[:, _AGREEMENT]
        known = agreement[~np.isnan(agreement)]
        return float(known.mean()) if len(known) else float("nan")

    def _recent(self, seconds: float, end: int | None) -> NDArray[np.float64]:
        stop = self._count if end is None else end
        at = self._values[:stop, _AT]
        start = int(np.searchsorted(at, at[-1] - seconds)) if stop else 0
        return self._values[start:stop]


def _number(frame: PhoneFrame, name: str) -> float:
    """A field as a column holds it; a trigger of a newer studio counts as none that is known."""
    value = getattr(frame, name)
    if name == "trigger":
        return float(_TRIGGERS.index(value) if value in _TRIGGERS else 0)
    return float(value)
