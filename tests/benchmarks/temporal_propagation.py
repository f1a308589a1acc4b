"""What it takes to carry a mask to the next frame: plane, flow, warp and decision at 720p."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import SessionOptions
from studio.opencv import cv2
from studio.paths import sample_clip
from studio.targets.computer import ComputerTarget
from studio.temporal import engine
from studio.temporal.plane import plane_size
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.state import State
from studio.temporal.step import Stage, TemporalFrame
from studio.video.frame import Frame
from studio.video.source import open_video
from tests.benchmarks.figures import Figure, Report

_FRAMES = 24
_ROUNDS = 15
_SIZE = (720, 1280)
_NOISE_GREY_LEVELS = 2.0
_STAGES: tuple[Stage, ...] = ("plane", "flow", "warp", "decide")

Luma = NDArray[np.uint8]


def propagation(model: Path) -> Report:
    """Time `advance` on frames on which the network does not run.

    The time of a frame is its shortest of many rounds; of the frames, the median counts. OpenCV's
    own flow at the same plane, with the resizing before it, takes turns with it.

    Args:
        model: gives the class scores that are carried along.
    """
    spec = replace(
        PRESETS["balanced"],
        shortest_gap=1,
        longest_gap=10**6,
        longest_gap_seconds=math.inf,
        still_gap=10**6,
        difference_limit=math.inf,
        residual_limit=math.inf,
        flow_limit=math.inf,
        area_limit=math.inf,
        forward_backward_limit=math.inf,
        disagreement_limit=math.inf,
        cut_level=math.inf,
        anchor_gap=0,
    )
    frames = _frames()
    moving = [_luma(frame) for frame in frames]
    random = np.random.default_rng(0)
    still = [
        np.clip(moving[0] + random.normal(0, _NOISE_GREY_LEVELS, _SIZE), 0, 255).astype(np.uint8)
        for _ in range(_FRAMES)
    ]
    rows = []
    for name, lumas, bar in (("moving", moving, 1.2), ("still", still, 0.3)):
        states = _states(model, spec, frames[0], lumas)
        ours, stages, peer = _measure(spec, states, lumas)
        rows += [
            Figure(f"{name}: a frame", float(np.median(ours)), "ms", bar, "most", stages),
            Figure("… of the frames the shortest", float(np.min(ours)), "ms"),
            Figure("… of the frames the longest", float(np.max(ours)), "ms"),
        ]
        if name == "moving":
            peer_millis = float(np.median(peer))
            rows.append(Figure("OpenCV: resize and DIS flow alone", peer_millis, "ms"))
            rows.append(Figure("… times as long", peer_millis / float(np.median(ours)), "x"))
    height, width = plane_size(_SIZE, spec.plane_pixels)
    canvas = states[0].past.size if states[0].past is not None else (0, 0)
    notes = [
        f"Luma of {_SIZE[1]} x {_SIZE[0]}, plane {width} x {height}, canvas"
        f" {canvas[1]} x {canvas[0]}; each frame's shortest of {_ROUNDS} rounds, median of"
        f" {_FRAMES - 1} frames.",
    ]
    return Report("Propagation of one frame, one thread", rows, notes)


def _measure(
    spec: TemporalSpec, states: Sequence[State], lumas: Sequence[Luma]
) -> tuple[list[float], dict[str, float], list[float]]:
    """Milliseconds of each frame, the median of each stage, and the peer's of each frame."""
    pairs = list(itertools.pairwise(lumas))
    ours = [math.inf] * len(pairs)
    peer = [math.inf] * len(pairs)
    stages = {stage: [math.inf] * len(pairs) for stage in _STAGES}
    dis = _dis()
    for _ in range(_ROUNDS):
        for at, (before, now) in enumerate(pairs):
            marks: list[tuple[Stage, float]] = []
            frame = TemporalFrame(at + 1, (at + 1) / 24, now)
            began = time.perf_counter()
            _, decision = engine.advance(spec, states[at], frame, _noting(marks))
            millis = (time.perf_counter() - began) * 1e3
            assert not decision.is_key, decision
            ours[at] = min(ours[at], millis)
            for stage, ended in marks:
                stages[stage][at] = min(stages[stage][at], (ended - began) * 1e3)
                began = ended
            peer[at] = min(peer[at], _peer_millis(dis, spec, before, now))
    known = {name: np.median(times) for name, times in stages.items() if times[0] < math.inf}
    return ours, {name: float(value) for name, value in known.items()}, peer


def _noting(marks: list[tuple[Stage, float]]) -> Callable[[Stage], None]:
    return lambda stage: marks.append((stage, time.perf_counter()))


def _dis() -> Any:
    """DIS as the prototype had it."""
    dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    dis.setFinestScale(0)
    dis.setPatchSize(8)
    dis.setPatchStride(4)
    dis.setGradientDescentIterations(12)
    return dis


def _peer_millis(dis: Any, spec: TemporalSpec, before: Luma, now: Luma) -> float:
    height, width = plane_size(_SIZE, spec.plane_pixels)
    earlier = cv2.resize(before, (width, height), interpolation=cv2.INTER_AREA)
    began = time.perf_counter()
    plane = cv2.resize(now, (width, height), interpolation=cv2.INTER_AREA)
    dis.calc(plane, earlier, None)
    return (time.perf_counter() - began) * 1e3


def _states(model: Path, spec: TemporalSpec, first: Frame, lumas: Sequence[Luma]) -> list[State]:
    """The state before each frame but the first, at which alone the network ran."""
    session = ComputerTarget().open(model, SessionOptions(input_fit="frame"))
    with contextlib.closing(session):
        state, _ = engine.advance(spec, engine.init(spec), TemporalFrame(0, 0.0, lumas[0]))
        states = [engine.absorb(spec, state, session.ask(first).scores)]
    for at, luma in enumerate(lumas[1:-1], start=1):
        states.append(engine.advance(spec, states[-1], TemporalFrame(at, at / 24, luma))[0])
    return states


def _frames() -> list[Frame]:
    with contextlib.closing(open_video(str(sample_clip()))) as source:
        frames = [frame for _ in range(_FRAMES) if (frame := source.read()) is not None]
    assert len(frames) == _FRAMES
    assert frames[0].image.shape[:2] == _SIZE
    return frames


def _luma(frame: Frame) -> Luma:
    return np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY), np.uint8)
