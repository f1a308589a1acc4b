"""The temporal engine's figures, each with its bar.

    python -m tests.benchmarks.temporal WHAT... [--dataset DIR] [--model M] [--limit N] [--json]

WHAT is one or more of `davis`, `propagation`, `async`, `still`, `cuts`, `articulated`, or `all`.
All figures are taken with one thread, and whatever is compared takes turns in the same process. The
exit code is 1 when a bar is missed. By default the videos are DAVIS' in `shared/data` beside the
checkout, and the model is the published DeepLabv3 of MobileNetV2 with 8 bits and 513 px.

`davis` prints two halves of the videos apart. Neither is held out: both were seen while the presets
were chosen, see `temporal_videos`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import StudioError
from studio.evaluation.davis import Sequence as Video
from studio.inference.catalogue import find_model
from studio.opencv import cv2
from studio.temporal.spec import PRESETS, TemporalSpec
from tests.benchmarks.figures import Figure, Report
from tests.benchmarks.temporal_asynchronous import asynchronous
from tests.benchmarks.temporal_clips import cut_clips, still_clips
from tests.benchmarks.temporal_davis import BY_ITSELF, davis
from tests.benchmarks.temporal_propagation import propagation
from tests.benchmarks.temporal_videos import (
    ARTICULATED,
    Way,
    find_videos,
    losses,
    mean_loss,
    number,
    run_ways,
    summary,
)
from tests.support.shared_data import CORAL, find_shared_data

_SCENE_FRAMES = 15

PROTOTYPE = TemporalSpec(
    plane_pixels=9216,
    canvas_pixels=25600,
    flow_iterations=12,
    difference_limit=43.7,
    longest_gap=6,
    still_gap=6,
    still_level=0.0,
    cut_level=float("inf"),
    confidence_decay=8.0,
    past_weight=0.5,
    uncertainty_share=0.0,
    disagreement_limit=float("inf"),
    refine_gain=0.0,
    anchor_gap=0,
)
"""The settings of the prototype that the engine started from, run by the engine as it is."""


@dataclass(frozen=True)
class Setting:
    """What the benchmarks are run on.

    Attributes:
        model: path of the model.
        dataset: folder in DAVIS' layout.
        limit: only so many frames of each video; 0 for all.
    """

    model: Path
    dataset: Path
    limit: int


def still(setting: Setting) -> Report:
    """Clips in which nothing moves but the sensor's noise."""
    videos = find_videos(setting.dataset)[:4]
    ways = [Way(BY_ITSELF), Way("balanced", PRESETS["balanced"])]
    frames = setting.limit or 100
    with tempfile.TemporaryDirectory() as folder:
        found = run_ways(setting.model, still_clips(videos, Path(folder), frames), ways)
    ours = summary(found, "balanced", BY_ITSELF)
    rows = [
        Figure("frames that ran the network", 100 * ours["network_runs_ratio"], "%", 5.0, "most"),
        Figure("J lost", mean_loss(found, "balanced", BY_ITSELF), "pt", 0.1, "most"),
        Figure("times as fast", number(ours["speedup"]), "x"),
        Figure("time of a frame", number(ours["total_millis"]["p50"]), "ms"),
    ]
    notes = ["No loss means at most 0.1 points: which noisy frame the network saw is chance."]
    return Report(f"Still: {len(videos)} clips of {frames} frames, balanced", rows, notes)


def cuts(setting: Setting) -> Report:
    """Clips with a cut every 15 frames."""
    clips = cut_clips(find_videos(setting.dataset), every=_SCENE_FRAMES, scenes=6)
    if setting.limit:
        clips = tuple(replace(clip, frames=clip.frames[: setting.limit]) for clip in clips)
    found = run_ways(setting.model, clips, [Way(BY_ITSELF), Way("balanced", PRESETS["balanced"])])
    ours = summary(found, "balanced", BY_ITSELF)
    cut_keys = ours["triggers"].get("cut", 0)
    in_all = sum((len(clip.frames) - 1) // _SCENE_FRAMES for clip in clips)
    rows = [
        Figure("J lost", mean_loss(found, "balanced", BY_ITSELF), "pt", 1.0, "most"),
        Figure("cuts that were seen as such", 100 * cut_keys / max(in_all, 1), "%"),
        Figure("frames that ran the network", 100 * ours["network_runs_ratio"], "%"),
        Figure("times as fast", number(ours["speedup"]), "x"),
    ]
    return Report(f"Cuts: {len(clips)} clips of a cut every 15 frames, balanced", rows)


def articulated(setting: Setting) -> Report:
    """Videos of fast motion within the foreground; the prototype's settings for comparison."""
    videos = [
        video for video in find_videos(setting.dataset, setting.limit) if video.name in ARTICULATED
    ]
    ways = [Way(BY_ITSELF), Way("balanced", PRESETS["balanced"]), Way("prototype", PROTOTYPE)]
    found = run_ways(setting.model, videos, ways)
    ours, before = (losses(found, name, BY_ITSELF) for name in ("balanced", "prototype"))
    loss = mean_loss(found, "prototype", BY_ITSELF)
    rows = [
        Figure("balanced: J lost", mean_loss(found, "balanced", BY_ITSELF), "pt",
               round(max(loss / 2, 0.0), 2), "most", ours),
        Figure("prototype: J lost", loss, "pt", parts=before),
    ]  # fmt: skip
    for name in ("balanced", "prototype"):
        ours = summary(found, name, BY_ITSELF)
        runs = 100 * ours["network_runs_ratio"]
        rows.append(Figure(f"{name}: frames that ran the network", runs, "%"))
        rows.append(Figure(f"{name}: times as fast", number(ours["speedup"]), "x"))
    return Report("Articulated: half of what the prototype's settings lose", rows)


def _videos(setting: Setting) -> tuple[Video, ...]:
    return find_videos(setting.dataset, setting.limit)


_BENCHMARKS: dict[str, Callable[[Setting], Report]] = {
    "davis": lambda setting: davis(setting.model, _videos(setting)),
    "propagation": lambda setting: propagation(setting.model),
    "async": lambda setting: asynchronous(setting.model, _videos(setting)),
    "still": still,
    "cuts": cuts,
    "articulated": articulated,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", choices=(*_BENCHMARKS, "all"))
    parser.add_argument("--dataset", help="folder in DAVIS' layout")
    parser.add_argument("--model", help="a .tflite file, or the name of a model")
    parser.add_argument("--limit", type=int, default=0, help="only so many frames of each video")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    dataset = Path(chosen.dataset) if chosen.dataset else find_shared_data("DAVIS")
    model = find_model(chosen.model) if chosen.model else find_shared_data(CORAL)
    if dataset is None or model is None:
        sys.stderr.write("needs --dataset and --model, or shared/data beside the checkout\n")
        return 2
    setting = Setting(model, dataset, chosen.limit)
    wanted = _BENCHMARKS if "all" in chosen.what else dict.fromkeys(chosen.what)
    reports = []
    try:
        for name in wanted:
            reports.append(_BENCHMARKS[name](setting))
            if not chosen.json:
                print("\n".join(reports[-1].lines()), end="\n\n", flush=True)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if chosen.json:
        print(json.dumps([report.plain() for report in reports]))
    return 0 if all(report.passes for report in reports) else 1


if __name__ == "__main__":
    raise SystemExit(main())
