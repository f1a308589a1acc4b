"""The presets against inference frame by frame, and against a published graph as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.evaluation.davis import Sequence as Video
from studio.temporal.spec import PRESETS
from tests.benchmarks.figures import Figure, Report
from tests.benchmarks.temporal_videos import (
    SPLIT_NOTE,
    Tracks,
    Way,
    halves,
    number,
    run_ways,
    summary,
)

BY_ITSELF = "frame by frame"
_PUBLISHED = "published graph"

_Summary = Mapping[str, Any]
_Measure = Callable[[_Summary, _Summary], float]
"""Of a way's summary and of that of what it is compared with."""


@dataclass(frozen=True)
class _Row:
    """A line of the report; `against` is what times and changes are compared with."""

    title: str
    way: str
    measure: _Measure
    unit: str
    bar: float | None = None
    sense: Literal["least", "most"] = "least"
    against: str = BY_ITSELF


def davis(model: Path, videos: Sequence[Video]) -> Report:
    """Run all presets over all videos.

    Args:
        model: with an input of the frame's aspect, cut at its class scores; and once as it is.
        videos: any.
    """
    presets = [Way(name, spec) for name, spec in PRESETS.items() if spec.mode != "off"]
    ways = [Way(BY_ITSELF), *presets, Way(_PUBLISHED, input_fit="model")]
    found = run_ways(model, videos, ways)
    parts = {name: names for name, names in halves(videos).items() if names}
    notes = [f"{name}: {', '.join(names)}" for name, names in parts.items()]
    notes.append(SPLIT_NOTE)
    for way in presets:
        stages = summary(found, way.name, BY_ITSELF)["millis_mean"]
        shown = ", ".join(f"{stage} {millis:.2f}" for stage, millis in stages.items() if millis)
        notes.append(f"{way.name}, ms a frame: {shown}")
    figures = [_figure(row, found, parts) for row in _ROWS]
    return Report(f"DAVIS: {len(videos)} videos, {model.name}", figures, notes)


def _figure(row: _Row, found: Mapping[str, Tracks], parts: Mapping[str, Sequence[str]]) -> Figure:
    def value(names: Sequence[str] | None = None) -> float:
        ours = summary(found, row.way, row.against, names)
        return row.measure(ours, summary(found, row.against, row.against, names))

    shown = {name: value(names) for name, names in parts.items()}
    return Figure(row.title, value(), row.unit, row.bar, row.sense, shown)


def _score(ours: _Summary, _: _Summary) -> float:
    return 100 * number(ours["j_mean"])


def _gain(ours: _Summary, theirs: _Summary) -> float:
    return _score(ours, ours) - _score(theirs, theirs)


def _loss(ours: _Summary, theirs: _Summary) -> float:
    return -_gain(ours, theirs)


def _steady(ours: _Summary, _: _Summary) -> float:
    return 100 * number(ours["temporal_consistency"]["all_classes"])


def _steady_foreground(ours: _Summary, _: _Summary) -> float:
    return 100 * number(ours["temporal_consistency"]["foreground"])


def _steadier(ours: _Summary, theirs: _Summary) -> float:
    return _steady(ours, ours) - _steady(theirs, theirs)


def _steadier_foreground(ours: _Summary, theirs: _Summary) -> float:
    return _steady_foreground(ours, ours) - _steady_foreground(theirs, theirs)


def _flicker(ours: _Summary, theirs: _Summary) -> float:
    before = number(theirs["flicker"])
    return number(ours["flicker"]) / before if before else float("nan")


def _network_runs(ours: _Summary, _: _Summary) -> float:
    return 100 * number(ours["network_runs_ratio"])


def _millis(ours: _Summary, _: _Summary) -> float:
    return number(ours["millis_mean"]["total"])


def _faster(ours: _Summary, _: _Summary) -> float:
    return number(ours["speedup"])


def _faster_cpu(ours: _Summary, _: _Summary) -> float:
    return number(ours["speedup_cpu"])


def _more_time(ours: _Summary, _: _Summary) -> float:
    return 100 * (1 / number(ours["speedup"]) - 1)


def _more_cpu(ours: _Summary, _: _Summary) -> float:
    return 100 * (1 / number(ours["speedup_cpu"]) - 1)


_CPU = "… by processor time"
_ROWS = (
    _Row("frame by frame: J", BY_ITSELF, _score, "%"),
    _Row("frame by frame: consistency", BY_ITSELF, _steady, "%"),
    _Row("… of the foreground", BY_ITSELF, _steady_foreground, "%"),
    _Row("frame by frame: time", BY_ITSELF, _millis, "ms"),
    _Row("balanced: times as fast", "balanced", _faster, "x", 3.0),
    _Row(_CPU, "balanced", _faster_cpu, "x"),
    _Row("… J lost", "balanced", _loss, "pt", 1.0, "most"),
    _Row("… foreground consistency gained", "balanced", _steadier_foreground, "pt", 10.0),
    _Row("… consistency gained", "balanced", _steadier, "pt"),
    _Row("… flicker, times as much", "balanced", _flicker, "x"),
    _Row("… frames that ran the network", "balanced", _network_runs, "%"),
    _Row("balanced against the published graph: fast", "balanced", _faster, "x", 5.0,
         against=_PUBLISHED),
    _Row(_CPU, "balanced", _faster_cpu, "x", against=_PUBLISHED),
    _Row("… J lost", "balanced", _loss, "pt", 0.0, "most", _PUBLISHED),
    _Row("quality: J gained", "quality", _gain, "pt", 1.0),
    _Row("… consistency gained", "quality", _steadier, "pt", 12.0),
    _Row("… foreground consistency gained", "quality", _steadier_foreground, "pt"),
    _Row("… more time", "quality", _more_time, "%", 15.0, "most"),
    _Row(_CPU, "quality", _more_cpu, "%"),
    _Row("fast: times as fast", "fast", _faster, "x", 4.5),
    _Row(_CPU, "fast", _faster_cpu, "x"),
    _Row("… J lost", "fast", _loss, "pt", 3.0, "most"),
    _Row("… frames that ran the network", "fast", _network_runs, "%"),
)  # fmt: skip
