"""The last frames that the temporal engine made masks for: what they cost and how they compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.gui.playback.key_marks import TRIGGERS, KeyFrames, code_of
from studio.gui.temporal.words import STAGES
from studio.playback.messages import FrameReady
from studio.temporal.spec import TemporalSpec

CAPACITY = 4096
"""Frames that are kept: more than any screen has pixels for."""

_RECORD = np.dtype(
    [
        ("index", np.int32),
        ("setting", np.int32),  # counts the changes of the spec
        ("trigger", np.uint8),
        ("is_key", np.bool_),
        ("stages", np.float32, (len(STAGES),)),
        ("total", np.float32),
        ("network", np.float32),  # 0 where it did not run; in `stages` only if the mask waited
        ("measured", np.float32),
        ("limit", np.float32),
        ("agreement", np.float32),
        ("flicker", np.float32),
        ("flicker_alone", np.float32),
        ("j", np.float32),
        ("j_alone", np.float32),
        ("alone", np.float32),  # milliseconds of the network's own mask
    ]
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Means over some frames; NaN where nothing is known.

    Attributes:
        frames: how many.
        total_millis: from a frame to its mask.
        triggers: how often the network was asked for what reason; the most frequent first.
        key_share: the network's words for each frame, 0 to 1.
        stage_millis: in the order of `STAGES`.
        speed_up: against the network on every frame.
        is_measured: whether the speed-up compares with the network's runs on the same frames;
            otherwise it is estimated from those on key frames.
        agreement: part of the pixels that have the network's class, 0 to 1.
        flicker: part of the pixels that changed although the picture did not, 0 to 1.
        flicker_alone: the same of the network's masks.
        j: against ground truth, 0 to 1.
        j_alone: the same of the network's masks.
    """

    frames: int
    total_millis: float
    triggers: dict[str, int]
    key_share: float
    stage_millis: tuple[float, ...]
    speed_up: float
    is_measured: bool
    agreement: float
    flicker: float
    flicker_alone: float
    j: float
    j_alone: float


class History:
    """The newest `CAPACITY` frames, in the order in which they came.

    It keeps twice the room and moves the newest half to the front now and then, so that they
    always lie in one piece.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._rows = np.zeros(2 * capacity, _RECORD)
        self._end = 0
        self._setting = 0
        self._keys = KeyFrames()

    @property
    def rows(self) -> NDArray[np.void]:
        """The frames, oldest first; a view that the next frame may write beside, not into."""
        return self._rows[max(0, self._end - self._capacity) : self._end]

    @property
    def setting(self) -> int:
        """Number of the setting that frames are made with now."""
        return self._setting

    def __len__(self) -> int:
        return len(self.rows)

    def clear(self) -> None:
        """Forget all of it."""
        self._end = 0
        self._keys = KeyFrames()

    def begin_setting(self) -> None:
        """The frames to come are made in another way."""
        self._setting += 1

    def add(self, frame: FrameReady, spec: TemporalSpec) -> None:
        """Keep what a frame tells.

        Args:
            frame: as it came; nothing is kept of one without a mask.
            spec: that its mask was made with.
        """
        if frame.class_pixels is None:
            return
        if self._end == len(self._rows):
            self._rows[: self._capacity] = self._rows[self._capacity :]
            self._end = self._capacity
        row = self._rows[self._end]
        self._end += 1
        row["index"] = frame.index
        row["setting"] = self._setting
        report = frame.temporal
        if report is None:  # each frame by itself
            network = frame.preprocess_millis + frame.invoke_millis
            row["stages"] = 0
            row["stages"][STAGES.index("network")] = network
            row["stages"][STAGES.index("draw")] = frame.postprocess_millis
            row["total"] = network + frame.postprocess_millis
            row["network"] = network
            row["trigger"], row["is_key"] = code_of("every"), True
            row["measured"] = row["limit"] = np.nan
        else:
            row["stages"] = [getattr(report, f"{stage}_millis") for stage in STAGES]
            row["total"] = report.total_millis
            row["network"] = report.network_millis
            key = self._keys.key_of(report, spec)
            row["is_key"] = key is not None
            row["trigger"] = 0 if key is None else key.code
            row["measured"] = np.nan if key is None else key.measured
            row["limit"] = np.nan if key is None else key.limit
            if not report.is_key:  # it ran beside
                row["stages"][STAGES.index("network")] = 0
        told = frame.comparison
        row["agreement"] = np.nan if told is None else told.agreement
        for name in ("flicker", "flicker_alone", "j", "j_alone"):
            value = None if told is None else getattr(told, name)
            row[name] = np.nan if value is None else value
        row["alone"] = told.network_millis if told is not None and told.network_millis else np.nan

    def numbers(self, last: int) -> Numbers:
        """Means over the newest frames that were made with the setting of now.

        Args:
            last: at most so many.
        """
        rows = self.rows[-last:]
        return numbers_of(rows[rows["setting"] == self._setting])


def numbers_of(rows: NDArray[np.void]) -> Numbers:
    """Means over frames.

    Args:
        rows: as `History.rows` has them.
    """
    total = _mean(rows["total"])
    stages = rows["stages"]
    network = rows["network"]
    alone = _mean(rows["alone"])
    is_measured = math.isfinite(alone)
    if not is_measured:  # what the network took where it ran, and the mask that follows
        alone = _mean(network[network > 0]) + _mean(stages[:, STAGES.index("draw")])
    return Numbers(
        frames=len(rows),
        total_millis=total,
        triggers=_counted(rows["trigger"][rows["is_key"]]),
        key_share=_mean(rows["is_key"]),
        stage_millis=tuple(_mean(stages[:, number]) for number in range(len(STAGES))),
        speed_up=alone / total if total > 0 else math.nan,
        is_measured=is_measured,
        agreement=_mean(rows["agreement"]),
        flicker=_mean(rows["flicker"]),
        flicker_alone=_mean(rows["flicker_alone"]),
        j=_mean(rows["j"]),
        j_alone=_mean(rows["j_alone"]),
    )


def _counted(codes: NDArray[np.uint8]) -> dict[str, int]:
    found = zip(*np.unique(codes, return_counts=True), strict=True)
    return {TRIGGERS[code]: int(n) for code, n in sorted(found, key=lambda each: -each[1])}


def _mean(values: NDArray[np.generic] | Sequence[float]) -> float:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else math.nan
