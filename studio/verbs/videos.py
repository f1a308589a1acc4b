"""The verbs that run models on videos: `segment`, `bench` and `models`."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from studio.arguments.temporal import input_fit_of, read_temporal
from studio.inference.catalogue import find_model, scan_models
from studio.jobs.spec import BenchSpec, OverlaySpec, SegmentSpec
from studio.verbs.answers import columns, do_job, exit_code, write_json
from studio.verbs.options import model_or_default, no_model, session_options

_TOP_TRIGGERS = 2


def segment(parsed: argparse.Namespace) -> int:
    """Do `jejunet segment`."""
    temporal = read_temporal(parsed.temporal)
    spec = SegmentSpec(
        input=parsed.input,
        model=str(model_or_default(parsed.model)),
        options=replace(
            session_options(parsed), input_fit=input_fit_of(parsed.input_fit, temporal)
        ),
        out=parsed.out,
        masks=parsed.masks,
        overlay=OverlaySpec(opacity=parsed.opacity, outline=parsed.outline),
        start=parsed.start,
        end=parsed.end,
        temporal=temporal,
    )
    summary = do_job("segment", spec)
    if parsed.json:
        write_json(summary)
        return exit_code(summary, "frames")
    millis = summary["millis"]
    assert isinstance(millis, dict)
    lines = [
        f"{summary['frames']} frames of {summary['width']}×{summary['height']} "
        f"at {summary['fps']} FPS with {summary['model']} "
        f"({summary['runtime']} {summary['runtime_version']}, {_threads(summary)})",
        f"{'ms':<12}{'p50':>8}{'p90':>8}{'p99':>8}{'mean':>8}",
        *(
            f"{stage:<12}" + "".join(f"{row[key]:>8.2f}" for key in ("p50", "p90", "p99", "mean"))
            for stage, row in millis.items()
        ),
        *_temporal_lines(summary["temporal"]),
        *(f"wrote {summary[key]}" for key in ("out", "masks") if summary[key]),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return exit_code(summary, "frames")


def bench(parsed: argparse.Namespace) -> int:
    """Do `jejunet bench`."""
    spec = BenchSpec(
        model=str(find_model(parsed.model)), options=session_options(parsed), runs=parsed.runs
    )
    summary = do_job("bench", spec)
    if parsed.json:
        write_json(summary)
        return exit_code(summary, "runs")
    invoke = summary["invoke_millis"]
    memory = summary["peak_memory_bytes"]
    assert isinstance(invoke, dict)
    assert isinstance(memory, int)
    sys.stdout.write(
        f"{summary['model']} on {summary['runtime']} {summary['runtime_version']}, "
        f"{_threads(summary)}, {summary['delegate']}\n"
        f"invoke  p50 {invoke['p50']:.2f} ms   p90 {invoke['p90']:.2f} ms   "
        f"p99 {invoke['p99']:.2f} ms   ({summary['runs']} runs)\n"
        f"load    {summary['load_millis']:.1f} ms\n"
        f"memory  {memory / 2**20:.0f} MiB at its highest\n"
    )
    return exit_code(summary, "runs")


def models(parsed: argparse.Namespace) -> int:
    """Do `jejunet models`."""
    catalogue = scan_models()
    if parsed.json:
        write_json(
            {
                "models": [asdict(entry) for entry in catalogue.models],
                "broken": [asdict(entry) for entry in catalogue.broken],
            }
        )
        return 0
    for entry in catalogue.models:
        sys.stdout.write(
            f"{entry.name:<44} {entry.input_width}×{entry.input_height}  "
            f"{entry.size_bytes / 1e6:5.1f} MB  {entry.folder:<9} {entry.path}\n"
        )
    for broken in catalogue.broken:
        sys.stderr.write(f"{broken.path}: {broken.problem}\n")
    if not catalogue.models:
        sys.stderr.write(str(no_model()) + "\n")
    return 0


def _temporal_lines(temporal: object) -> list[str]:
    """What the temporal engine did: how often and why the network ran, and what all of it took."""
    if not isinstance(temporal, Mapping):
        return []
    stages = ", ".join(f"{name} {value:.2f}" for name, value in temporal["millis"].items())
    return [
        f"{'key frames':<12}{_key_frames(temporal)}",
        *textwrap.wrap(f"{'mean ms':<12}{stages}", columns(), subsequent_indent=" " * 12),
    ]


def _key_frames(temporal: Mapping[str, Any]) -> str:
    triggers: Mapping[str, int] = temporal["triggers"]
    words = {
        "every": "when free" if temporal["asynchronous"] else "every frame",
        "forward_backward": "flow mismatch",
    }
    # That the first frame is a key frame tells nothing.
    ranked = sorted(triggers.items(), key=lambda each: each[0] == "first")
    why = [f"{count} {words.get(name, name)}" for name, count in ranked[:_TOP_TRIGGERS]]
    more = sum(count for _, count in ranked[_TOP_TRIGGERS:])
    if more:
        why.append(f"{more} more")
    fps: float = temporal["effective_fps"]
    beside = " beside" if temporal["asynchronous"] else ""
    return (
        f"{temporal['network_runs_ratio']:.0%} of frames{beside}: {', '.join(why)}; "
        f"{fps:.{0 if fps >= 100 else 1}f} effective FPS"
    )


def _threads(summary: dict[str, object]) -> str:
    count = summary["threads"]
    return "1 thread" if count == 1 else f"{count} threads"
