"""What frames cost in a job, frame by frame and in all."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict

from studio.inference.statistics import summarize
from studio.runs.events import FrameTiming
from studio.targets.target import SegmentedFrame
from studio.temporal.report import TemporalReport
from studio.temporal.spec import TemporalSpec

STAGES = ("decode", "preprocess", "invoke", "postprocess", "draw")
TEMPORAL_STAGES = ("plane", "flow", "warp", "decide", "network", "fuse", "draw", "total")

_NO_TRIGGER = "none"


class FrameFigures:
    """Counts frames as they are done."""

    def __init__(self) -> None:
        self.frames = 0
        self._millis: dict[str, list[float]] = defaultdict(list)
        self._reports: list[TemporalReport] = []

    def count(self, result: SegmentedFrame, draw_millis: float) -> FrameTiming:
        """Add a frame.

        Args:
            result: the frame and its mask.
            draw_millis: of the overlay.

        Returns:
            What there is to tell of it.
        """
        self.frames += 1
        millis = result.millis
        values = (
            result.frame.decode_millis,
            millis.preprocess,
            millis.invoke,
            millis.postprocess,
            draw_millis,
        )
        for stage, value in zip(STAGES, values, strict=True):
            self._millis[stage].append(value)
        report = result.temporal
        if report is not None:
            self._reports.append(report)
        return FrameTiming(
            index=result.frame.index,
            time_seconds=result.frame.time_seconds,
            decode_millis=values[0],
            preprocess_millis=values[1],
            invoke_millis=values[2],
            postprocess_millis=values[3],
            draw_millis=values[4],
            is_key_frame=None if report is None else report.is_key,
            trigger=None if report is None else report.trigger,
            late_frames=None if report is None else report.late_frames,
            propagate_millis=None if report is None else report.propagation_millis,
            fuse_millis=None if report is None else report.fuse_millis,
        )

    def millis(self) -> dict[str, dict[str, float]]:
        """Percentiles and mean of each stage."""
        found = {}
        for stage in STAGES:
            summary = asdict(summarize(self._millis[stage]))
            found[stage] = {key: round(summary[key], 4) for key in ("p50", "p90", "p99", "mean")}
        return found

    def temporal(self, spec: TemporalSpec) -> dict[str, object] | None:
        """What the temporal engine did.

        Args:
            spec: how the redundancy was used.

        Returns:
            `mode`; `key_frames` and their share (`key_frames_ratio`); `network_runs_ratio`, which
            counts the frames that an asynchronous network was given too; `effective_fps`, the masks
            a second that decoding, drawing and writing would leave; `millis`, mean by stage;
            `triggers`, how often each fired. None where each frame was segmented by itself.
        """
        reports = self._reports
        if not reports:
            return None
        count = len(reports)
        millis = {
            stage: round(sum(getattr(each, f"{stage}_millis") for each in reports) / count, 4)
            for stage in TEMPORAL_STAGES
        }
        keys = sum(each.is_key for each in reports)
        triggers = Counter(each.trigger for each in reports if each.trigger != _NO_TRIGGER)
        runs = triggers.total()
        return {
            "mode": spec.mode,
            "asynchronous": spec.asynchronous,
            "key_frames": keys,
            "key_frames_ratio": round(keys / count, 4),
            "network_runs_ratio": round(runs / count, 4),
            "effective_fps": round(1000.0 / millis["total"], 2) if millis["total"] > 0 else 0.0,
            "millis": millis,
            "triggers": dict(triggers.most_common()),
        }
