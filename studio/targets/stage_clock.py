"""Reads a clock at the end of each stage of the temporal engine."""

from __future__ import annotations

import time
from collections.abc import Callable

from studio.temporal.report import TemporalReport
from studio.temporal.step import Decision, Stage


class StageClock:
    """Times one frame; its call is the engine's `mark`.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._begin = self._last = clock()
        self._millis: dict[Stage, float] = {}

    def __call__(self, stage: Stage) -> None:
        """A stage has ended."""
        now = self._clock()
        self._millis[stage] = self._millis.get(stage, 0.0) + (now - self._last) * 1e3
        self._last = now

    def report(
        self,
        decision: Decision,
        *,
        is_key: bool,
        network_millis: float = 0.0,
        late_frames: int = 0,
    ) -> TemporalReport:
        """What was done with the frame; ends it.

        Args:
            decision: of the engine.
            is_key: the network's word on this very frame went into the mask.
            network_millis: preprocessing and the network.
            late_frames: how old the network's word was that came in.
        """
        millis, measures = self._millis, decision.measures
        return TemporalReport(
            is_key=is_key,
            trigger=decision.trigger.value,
            gap=decision.gap,
            late_frames=late_frames,
            change=measures.change,
            difference=measures.difference,
            residual=measures.residual,
            flow=measures.flow,
            area=measures.area,
            forward_backward=measures.forward_backward,
            disagreement=measures.disagreement,
            plane_millis=millis.get("plane", 0.0),
            flow_millis=millis.get("flow", 0.0),
            warp_millis=millis.get("warp", 0.0),
            decide_millis=millis.get("decide", 0.0),
            network_millis=network_millis,
            fuse_millis=millis.get("fuse", 0.0),
            draw_millis=millis.get("draw", 0.0),
            total_millis=(self._clock() - self._begin) * 1e3,
        )
