"""Score ways to use the redundancy between frames on videos, against inference frame by frame."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.evaluation.scoring import facts_summary
from studio.evaluation.tflite_predictor import facts_of
from studio.evaluation.video.contest import USUAL_RATE, Contest, Entrant
from studio.evaluation.video.judge import ClassesJudge, classes_judge, foreground_judge
from studio.evaluation.video.sequences import VideoSet, open_videos
from studio.evaluation.video.spec import PER_FRAME, EvaluateVideoSpec, TemporalChoice
from studio.evaluation.video.summary import differences, entrant_summary
from studio.opencv import cv2
from studio.runs.reporting import Reporter
from studio.targets.computer import ComputerTarget
from studio.temporal.toml import checked


def run(spec: EvaluateVideoSpec, reporter: Reporter) -> dict[str, object]:
    """Score a model on videos in several ways.

    Inference frame by frame always runs in the same process, and all ways take turns. When it is
    stopped, what all ways had done until then is told, with `complete` false.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        `results`, one for each way in the order asked for, and `per_frame`, each as in
        `entrant_summary`; where one way was asked for, its result stands at the top as well.
        `differences` from inference frame by frame, and for one way `difference` and `verdict`
        (see `differences` in `studio.evaluation.video.summary`). Beside them `measure` (`J` or
        `mIoU`), `decode_millis_mean`, `dataset`, `sequences`, `frames`, `complete`, `seconds`,
        and what was run.

    Raises:
        InputError: the videos or their truth cannot be read.
        ModelError: the model cannot be used, or its classes are not the videos'.
        SpecError: an option does not fit.
    """
    cv2.setNumThreads(1)  # what is timed should not be burdened by threads nobody asked for
    started = time.perf_counter()
    videos = open_videos(spec)
    with contextlib.ExitStack() as stack:
        ways = [choice for choice in spec.temporal if choice.spec.mode != "off"]
        entrants = [_per_frame(stack, spec), *(_temporal(stack, spec, way) for way in ways)]
        facts = facts_of(entrants[0].session.info)
        common = classes_judge(facts, videos.labels, videos.name) if videos.labels else None
        _warn(reporter, facts.warnings, videos, common)
        # Before anything long is begun: a model that does not know a video's classes is told of.
        judges = [common or foreground_judge(facts, sequence) for sequence in videos.sequences]
        rate = spec.frames_per_second or USUAL_RATE
        contest = Contest(entrants, reporter, videos.frames, rate)
        is_complete = True
        for sequence, judge in zip(videos.sequences, judges, strict=True):
            is_complete = contest.run(sequence, judge)
            if not is_complete:
                break
        # An input that follows the frames is known, and may be refused, when the first one came.
        info = entrants[0].session.info
        for text in info.warnings:
            if text not in facts.warnings:
                reporter.warn(text)
        facts = replace(facts, input_height=info.input_height, input_width=info.input_width)
    return {
        "dataset": videos.name,
        "sequences": [sequence.name for sequence in videos.sequences],
        "measure": "J" if common is None else "mIoU",
        **facts_summary(facts),
        "complete": is_complete,
        "decode_millis_mean": _mean(contest.decode_millis),
        **_results(spec, entrants, is_complete=is_complete),
        "seconds": round(time.perf_counter() - started, 3),
    }


def _per_frame(stack: contextlib.ExitStack, spec: EvaluateVideoSpec) -> Entrant:
    session = ComputerTarget().open(Path(spec.model), spec.options)
    stack.enter_context(contextlib.closing(session))
    return Entrant(PER_FRAME, session, _nothing, 0.0, {})


def _temporal(
    stack: contextlib.ExitStack, spec: EvaluateVideoSpec, choice: TemporalChoice
) -> Entrant:
    session = ComputerTarget().open(Path(spec.model), spec.options, checked(choice.spec))
    stack.enter_context(contextlib.closing(session))
    pace = spec.frames_per_second if choice.spec.asynchronous else 0.0
    return Entrant(choice.name, session, session.reset, pace, {})


def _nothing() -> None:
    """Inference frame by frame remembers nothing that would have to be forgotten."""


def _warn(
    reporter: Reporter, facts: tuple[str, ...], videos: VideoSet, judge: ClassesJudge | None
) -> None:
    for text in (*facts, *videos.warnings, *(judge.label_map.warnings if judge else ())):
        reporter.warn(text)


def _results(
    spec: EvaluateVideoSpec, entrants: list[Entrant], *, is_complete: bool
) -> dict[str, object]:
    by_name = {
        entrant.name: {name: track for name, track in entrant.tracks.items() if track.frames}
        for entrant in entrants
    }
    per_frame = by_name[PER_FRAME]
    bounds, told = differences(by_name, spec.resamples, spec.seed) if is_complete else ({}, [])
    summaries = {
        name: entrant_summary(name, tracks, per_frame, bounds.get(name))
        for name, tracks in by_name.items()
    }
    results = [
        summaries[PER_FRAME if choice.spec.mode == "off" else choice.name]
        for choice in spec.temporal
    ]
    found: dict[str, object] = {"results": results, "per_frame": summaries[PER_FRAME]}
    found["differences"] = told
    if len(results) == 1:
        found = {**results[0], **found}
        if told:
            found |= {"difference": told[0], "verdict": told[0]["verdict"]}
    return {"frames": results[0]["frames"], **found}


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
