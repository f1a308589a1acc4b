"""What one way to use the redundancy between frames did, video by video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.evaluation.confusion import Confusion
from studio.evaluation.video.consistency import Overlap, temporal_consistency
from studio.evaluation.video.judge import Judged
from studio.targets.target import SegmentedFrame
from studio.temporal.step import Trigger

STAGES = ("preprocess", "network", "plane", "flow", "warp", "decide", "fuse", "draw")
"""Of a mask, in order. Decoding is told apart, as all ways share it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a mask cost.

    Attributes:
        stages: milliseconds by stage; an asynchronous network's beside the others, not in between.
        total_millis: from the frame to its mask, waiting included.
        cpu_millis: processor time of all threads meanwhile.
        has_network_run: the network was given this frame.
        gap: age in frames of the network's word that the mask rests on; 0 where it is on this
            very frame.
        trigger: why the network was asked; empty where nobody decides.
    """

    stages: dict[str, float]
    total_millis: float
    cpu_millis: float
    has_network_run: bool
    gap: int
    trigger: str


def cost_of(result: SegmentedFrame, total_millis: float, cpu_millis: float) -> Cost:
    """Read off a segmented frame what it cost.

    Args:
        result: the frame.
        total_millis: measured around it.
        cpu_millis: likewise.
    """
    millis = result.millis
    report = result.temporal
    if report is None:
        stages = {
            "preprocess": millis.preprocess,
            "network": millis.invoke,
            "draw": millis.postprocess,
        }
        return Cost(stages, total_millis, cpu_millis, has_network_run=True, gap=0, trigger="")
    stages = {
        "preprocess": millis.preprocess,
        "network": max(report.network_millis - millis.preprocess, 0.0),
        "plane": report.plane_millis,
        "flow": report.flow_millis,
        "warp": report.warp_millis,
        "decide": report.decide_millis,
        "fuse": report.fuse_millis,
        "draw": report.draw_millis,
    }
    return Cost(
        stages=stages,
        total_millis=total_millis,
        cpu_millis=cpu_millis,
        has_network_run=report.trigger != Trigger.NONE,
        gap=report.gap,
        trigger=report.trigger,
    )


@dataclass(slots=True, eq=False)
class Track:
    """One video; grows while it is worked through.

    Attributes:
        scores: of each frame that has a truth, 0 to 1; NaN where that says nothing.
        gaps: age in frames of the network's word that the mask rests on, of the same frames.
        overlap: of all pairs of frames that can be judged together, all classes; see
            `consistency.py`.
        foreground_overlap: likewise, the foreground.
        flickers: of each of these pairs.
        total_millis: of each frame.
        cpu_millis: of all frames together.
        stage_millis: of all frames together, by stage.
        network_runs: how many frames the network was given.
        triggers: how often each asked for the network.
        counts: pixels by class; None where only the foreground is known.
    """

    scores: list[float] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    overlap: Overlap = field(default_factory=lambda: np.zeros((2, 256), np.int64))
    foreground_overlap: Overlap = field(default_factory=lambda: np.zeros((2, 1), np.int64))
    flickers: list[float] = field(default_factory=list)
    total_millis: list[float] = field(default_factory=list)
    cpu_millis: float = 0.0
    stage_millis: Counter[str] = field(default_factory=Counter)
    network_runs: int = 0
    triggers: Counter[str] = field(default_factory=Counter)
    counts: Confusion | None = None

    @property
    def frames(self) -> int:
        """How many were segmented."""
        return len(self.total_millis)

    def add_cost(self, cost: Cost) -> None:
        """Count a frame."""
        self.total_millis.append(cost.total_millis)
        self.cpu_millis += cost.cpu_millis
        self.stage_millis.update(cost.stages)
        self.network_runs += cost.has_network_run
        if cost.trigger:
            self.triggers[cost.trigger] += 1

    def add_score(self, judged: Judged, gap: int) -> None:
        """Count a frame's score."""
        self.scores.append(judged.value)
        self.gaps.append(gap)
        if judged.counts is not None:
            counts = judged.counts if self.counts is None else self.counts + judged.counts
            self.counts = counts

    def add_pair(self, overlap: Overlap, foreground: Overlap, flicker: float) -> None:
        """Count how steady a frame's mask is."""
        self.overlap += overlap
        self.foreground_overlap += foreground
        self.flickers.append(flicker)

    @property
    def j(self) -> float:
        """Mean of the scores; NaN where there are none."""
        return mean_known(self.scores)

    @property
    def consistency(self) -> float:
        """Temporal consistency of all classes; NaN where no pair could be judged."""
        return temporal_consistency(self.overlap)

    @property
    def foreground_consistency(self) -> float:
        """Temporal consistency of the foreground; NaN where none was seen."""
        return temporal_consistency(self.foreground_overlap)

    @property
    def flicker(self) -> float:
        """Mean over the pairs; NaN where none could be judged."""
        return mean_known(self.flickers)


def mean_known(values: Iterable[float]) -> float:
    """The mean of what is a number; NaN where nothing is."""
    found: NDArray[np.float64] = np.fromiter(values, np.float64)
    known = found[~np.isnan(found)]
    return float(known.mean()) if known.size else float("nan")
