"""A session that says what it was told to say, and keeps a diary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from studio.inference.model import ModelInfo, StageMillis
from studio.targets.target import Mask, SegmentedFrame
from studio.temporal.report import TemporalReport
from studio.video.frame import Frame


class ScriptedSession:
    """Implements `studio.targets.target.Session`.

    Args:
        name: for the diary.
        masks: of each frame, by its index.
        every: the network runs on every so many frames; None for a session that reports nothing of
            a temporal engine.
        diary: gets a line for each frame and each restart.
    """

    def __init__(
        self, name: str, masks: Sequence[Mask], every: int | None, diary: list[tuple[str, int]]
    ) -> None:
        self._name = name
        self._masks = masks
        self._every = every
        self._diary = diary

    @property
    def info(self) -> ModelInfo:
        raise AssertionError("nobody should ask")

    def restart(self) -> None:
        self._diary.append((self._name, -1))

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        self._diary.append((self._name, frame.index))
        mask = self._masks[frame.index]
        if out is not None:
            np.copyto(out, mask)
            mask = out
        if self._every is None:
            return SegmentedFrame(frame, mask, StageMillis(1.0, 2.0, 3.0))
        gap = frame.index % self._every
        report = TemporalReport(
            is_key=gap == 0,
            trigger="interval" if gap == 0 else "none",
            gap=gap,
            plane_millis=0.5,
            flow_millis=0.25,
            network_millis=3.0 if gap == 0 else 0.0,
            draw_millis=3.0,
        )
        millis = StageMillis(1.0 if gap == 0 else 0.0, 2.0 if gap == 0 else 0.0, 3.75)
        return SegmentedFrame(frame, mask, millis, report)

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        return map(self.segment, frames)

    def close(self) -> None:
        pass
