"""Measured frames as NumPy columns: what every source tells, and what only a phone does."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

STAGES: tuple[str, ...] = ("decode", "preprocess", "invoke", "postprocess", "draw")
"""The stages of one frame on this computer, in the order in which they run."""

PHONE_STAGES: tuple[str, ...] = ("decode", "preprocess", "invoke", "propagate", "postprocess")
"""The stages of one frame on a phone. The way over the cable is no stage of its work."""


@dataclass(frozen=True, slots=True)
class Records:
    """A run of records, oldest first. Its arrays are views into a ring, valid until it changes.

    Attributes:
        stages: names of the rows of `stage_millis`.
        index: int64 [N], frame in the video.
        time_seconds: float64 [N], presentation time.
        shown_at_seconds: float64 [N], when the frame was shown or came back, ascending; the
            monotonic clock for this computer, unix time for a phone.
        stage_millis: float32 [S, N], one row a stage.
        work_millis: float32 [N], the sum over the stages.
        interval_seconds: float32 [N], since the previous frame of the same flow; NaN for the
            first of a flow and for frames shown by a step or a seek.
        dropped: int32 [N], frames skipped before this one.
        is_playing: bool [N], False for frames shown by a step or a seek.
        is_warmup: bool [N], among the first frames, which statistics leave out.
        segment: int32 [N], counts changes of the conditions.
    """

    stages: ClassVar[tuple[str, ...]] = STAGES

    index: NDArray[np.int64] = field(metadata={"dtype": np.int64})
    time_seconds: NDArray[np.float64] = field(metadata={"dtype": np.float64})
    shown_at_seconds: NDArray[np.float64] = field(metadata={"dtype": np.float64})
    stage_millis: NDArray[np.float32] = field(metadata={"dtype": np.float32})
    work_millis: NDArray[np.float32] = field(metadata={"dtype": np.float32})
    interval_seconds: NDArray[np.float32] = field(metadata={"dtype": np.float32})
    dropped: NDArray[np.int32] = field(metadata={"dtype": np.int32})
    is_playing: NDArray[np.bool_] = field(metadata={"dtype": np.bool_})
    is_warmup: NDArray[np.bool_] = field(metadata={"dtype": np.bool_})
    segment: NDArray[np.int32] = field(metadata={"dtype": np.int32})

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of all columns."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    def empty(cls, size: int) -> Self:
        """Columns of that length, with anything in them."""
        made = {}
        for item in fields(cls):
            shape = (len(cls.stages), size) if item.name == "stage_millis" else (size,)
            made[item.name] = np.empty(shape, item.metadata["dtype"])
        return cls(**made)

    def sliced(self, start: int, stop: int) -> Self:
        """The records `start` to `stop` (exclusive), again as views."""
        part = slice(start, stop)
        return type(self)(*(getattr(self, name)[..., part] for name in self.names()))

    def copy(self) -> Self:
        """The same records in arrays of their own, for another thread."""
        return type(self)(*(np.array(getattr(self, name)) for name in self.names()))

    def last_seconds(self, seconds: float | None) -> Self:
        """Those at most `seconds` older than the newest; all of them for None."""
        if seconds is None or not len(self):
            return self
        since = self.shown_at_seconds[-1] - seconds
        return self.sliced(int(np.searchsorted(self.shown_at_seconds, since)), len(self))

    def between(self, start_seconds: float, end_seconds: float) -> Self:
        """Those shown within a stretch of time, both ends included."""
        at = self.shown_at_seconds
        first = int(np.searchsorted(at, start_seconds))
        return self.sliced(first, int(np.searchsorted(at, end_seconds, side="right")))


@dataclass(frozen=True, slots=True)
class PhoneRecords(Records):
    """Frames that came back from a phone.

    Attributes:
        sequence: int64 [N], number of the frame in its session, ascending.
        link_millis: float32 [N], both ways over the cable, and waiting.
        is_key_frame: bool [N], whether the network ran.
        cpu: int16 [N], on which the frame ended.
        clock_khz: int32 [N], of that CPU; 0 where the phone does not tell.
        memory_bytes: int64 [N], of the runner; 0 where unknown.
        agreement: float32 [N], share of pixels as on this computer, 0..1; NaN where it was not
            compared.
        computer_millis: float32 [N], what this computer needed for its mask; NaN likewise.
    """

    stages: ClassVar[tuple[str, ...]] = PHONE_STAGES

    sequence: NDArray[np.int64] = field(metadata={"dtype": np.int64})
    link_millis: NDArray[np.float32] = field(metadata={"dtype": np.float32})
    is_key_frame: NDArray[np.bool_] = field(metadata={"dtype": np.bool_})
    cpu: NDArray[np.int16] = field(metadata={"dtype": np.int16})
    clock_khz: NDArray[np.int32] = field(metadata={"dtype": np.int32})
    memory_bytes: NDArray[np.int64] = field(metadata={"dtype": np.int64})
    agreement: NDArray[np.float32] = field(metadata={"dtype": np.float32})
    computer_millis: NDArray[np.float32] = field(metadata={"dtype": np.float32})

    def position_of(self, sequence: int) -> int | None:
        """Where a frame stands among these records; None when it is not there."""
        at = int(np.searchsorted(self.sequence, sequence))
        return at if at < len(self) and self.sequence[at] == sequence else None
