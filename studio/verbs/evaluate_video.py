"""The verb `evaluate-video`: score ways to use the redundancy between frames."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from studio.arguments.temporal import read_temporal, temporal_name
from studio.evaluation.video.spec import EvaluateVideoSpec, TemporalChoice
from studio.evaluation.video.track import STAGES
from studio.training.spec_paths import existing_folder, find_weights
from studio.verbs.answers import columns, do_job, exit_code, table, write_json, write_lines
from studio.verbs.evaluate import foreground_argument
from studio.verbs.options import session_options

_DEFAULT = "balanced"
_Rows = list[list[str]]


def evaluate_video(parsed: argparse.Namespace) -> int:
    """Do `jejunet evaluate-video`.

    Returns:
        The exit code.

    Raises:
        StudioError: the model, the videos or a temporal setting cannot be used.
    """
    wanted = [text for texts in parsed.temporal or [[_DEFAULT]] for text in texts]
    spec = EvaluateVideoSpec(
        model=str(find_weights(parsed.model)),
        dataset=str(existing_folder(parsed.dataset, "dataset")),
        temporal=tuple(TemporalChoice(temporal_name(text), read_temporal(text)) for text in wanted),
        options=replace(session_options(parsed), input_fit=parsed.input),
        sequences=tuple(filter(None, (name.strip() for name in parsed.sequences.split(",")))),
        limit=parsed.limit,
        split=parsed.split,
        foreground=foreground_argument(parsed.foreground),
        frames_per_second=parsed.fps,
        resamples=parsed.resamples,
        seed=parsed.seed,
    )
    summary = do_job("evaluate-video", spec)
    if parsed.json:
        write_json(summary)
    else:
        write_lines(report_lines(summary))
    return exit_code(summary, "frames")


def report_lines(summary: Mapping[str, Any]) -> list[str]:
    """What the job found, for people.

    Args:
        summary: of the job.
    """
    results = _columns(summary)
    videos = len(results[0]["by_sequence"])
    height, width = summary["input"]
    lines = [
        f"{summary['dataset']}: {summary['frames']} frames of {videos} videos,"
        f" {summary['model']} at {width}×{height}, {summary['threads']} thread"
        + ("s" if summary["threads"] != 1 else ""),
        "",
    ]
    lines += _compared(results, summary, columns())
    for result in results:
        if len(result["j_by_distance"]) > 1:
            lines += ["", *_distance_lines(result, summary["measure"])]
    for difference in summary["differences"]:
        lines += ["", *textwrap.wrap(str(difference["verdict"]), columns())]
    return lines


def _compared(
    results: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], width: int
) -> list[str]:
    """A column for each way; below one another, each beside the first, where they are too many."""
    blank = [""] * (1 + len(results))
    rows = [
        ["", *map(_title, results)],
        *_score_rows(results, summary["measure"]),
        blank,
        *_cost_rows(results, summary),
        blank,
        *_video_rows(results, summary["measure"]),
    ]
    lines = table(rows, right=range(1, len(blank)))
    first, *others = results
    if len(others) < 2 or max(map(len, lines)) <= width:
        return lines
    half = (len(others) + 1) // 2
    upper, lower = ([first, *part] for part in (others[:half], others[half:]))
    return [*_compared(upper, summary, width), "", *_compared(lower, summary, width)]


def _columns(summary: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Inference frame by frame first, and once."""
    per_frame = summary["per_frame"]
    others = [each for each in summary["results"] if each["temporal"] != per_frame["temporal"]]
    return [per_frame, *others]


def _title(result: Mapping[str, Any]) -> str:
    return "frame by frame" if result["temporal"] == "off" else str(result["temporal"])


def _score_rows(results: Sequence[Mapping[str, Any]], measure: str) -> _Rows:
    rows = [
        [f"{measure}, mean over videos", *(_percent(each["j_mean"]) for each in results)],
        ["temporal consistency", *(_consistency(each, "all_classes") for each in results)],
        ["… of the foreground", *(_consistency(each, "foreground") for each in results)],
        ["flicker", *(_percent(each["flicker"]) for each in results)],
        [
            "frames that ran the network",
            *(_percent(each["network_runs_ratio"]) for each in results),
        ],
        ["times as fast", *(_number(each["speedup"]) for each in results)],
        ["… by processor time", *(_number(each["speedup_cpu"]) for each in results)],
    ]
    if any(each["miou"] is not None for each in results):
        rows.insert(1, ["mIoU, all pixels", *(_percent(each["miou"]) for each in results)])
    if any(each["j_interval"] for each in results):
        rows.insert(
            1, ["… 95 % interval, in %", *(_interval(each["j_interval"]) for each in results)]
        )
    return rows


def _cost_rows(results: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> _Rows:
    rows = [["milliseconds a frame", *map(_title, results)]]
    for stage in STAGES:
        values = [each["millis_mean"][stage] for each in results]
        if any(values):
            rows.append([stage, *(_number(value or None) for value in values)])
    rows.append(["all of it", *(_number(each["millis_mean"]["total"]) for each in results)])
    for name in ("p50", "p95", "p99"):
        rows.append(
            [f"… {name}", *(_number((each["total_millis"] or {}).get(name)) for each in results)]
        )
    rows.append(["decoding, apart", *[_number(summary["decode_millis_mean"])] * len(results)])
    return rows


def _video_rows(results: Sequence[Mapping[str, Any]], measure: str) -> _Rows:
    rows = [[f"{measure} of each video", *map(_title, results)]]
    for name in results[0]["j_by_sequence"]:
        rows.append([name, *(_percent(each["j_by_sequence"].get(name)) for each in results)])
    return rows


def _distance_lines(result: Mapping[str, Any], measure: str) -> list[str]:
    rows = [["frames since a key frame", "frames", measure, "frame by frame", "change"]]
    for point in result["j_by_distance"]:
        change = 100 * (point["j"] - point["j_per_frame"])
        rows.append(
            [
                str(point["distance"]),
                str(point["frames"]),
                _percent(point["j"]),
                _percent(point["j_per_frame"]),
                f"{change:+.2f}",
            ]
        )
    return [f"{_title(result)}:", *table(rows, right=range(1, 5))]


def _consistency(result: Mapping[str, Any], key: str) -> str:
    return _percent(result["temporal_consistency"][key])


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _interval(bounds: Sequence[float] | None) -> str:
    return "–" if not bounds else f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
