"""The temporal engine: a pure fold over the frames of a video.

Each frame is shrunk to a small luma plane; the optical flow to the plane before says where each
pixel was; the class scores of the last mask, kept on a canvas of their own, are carried along it,
and with them how far they are to be trusted. A policy says on which frames the network runs; there
its word joins the past.

Reference:
    Zhu et al., Deep Feature Flow for Video Recognition, CVPR 2017, section 3, for carrying along a
    flow; Li et al., Low-Latency Video Semantic Segmentation, CVPR 2018, for adaptive key frames
    and a network that works beside.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.temporal import policy
from studio.temporal.absorbing import absorb, absorb_late, request
from studio.temporal.carrying import carried, followed
from studio.temporal.contrast import contrast_gain, level_at
from studio.temporal.drawing import draw_past, draw_word
from studio.temporal.flow import dense_flow, residual
from studio.temporal.fusion import areas_of, kept_by_residual
from studio.temporal.plane import is_still, luma_plane, mean_change, plane_size
from studio.temporal.spec import TemporalSpec
from studio.temporal.state import Drawn, State
from studio.temporal.step import (
    Decision,
    Fields,
    Mark,
    Mask,
    Measures,
    Segment,
    StepResult,
    TemporalFrame,
    Trigger,
    no_mark,
)

__all__ = [
    "State",
    "absorb",
    "absorb_late",
    "advance",
    "draw",
    "fields",
    "init",
    "request",
    "step",
]

_FLOW_UNITS = 16  # per pixel of the plane


def init(_config: TemporalSpec) -> State:
    """Start before a video's first frame, or after a jump in it."""
    return State()


def advance(
    config: TemporalSpec, state: State, frame: TemporalFrame, mark: Mark = no_mark
) -> tuple[State, Decision]:
    """Go on to the next frame: carry the past along and decide whether to ask the network.

    Args:
        config: how.
        state: after the frame before.
        frame: the present one.
        mark: called at the end of each stage.

    Returns:
        The state before the network's word, and whether that word is needed: then `absorb` is to
        follow, or `request` where the network works beside. Where it cannot be asked yet, it stays
        due.
    """
    height, width = frame.image.shape[:2]
    now = replace(
        state,
        index=frame.index,
        time_seconds=frame.time_seconds,
        frame_size=(height, width),
        gap=state.gap + 1,
        ghost_age=state.ghost_age + 1 if state.is_ghost else 0,
        guide=None,
    )
    if not policy.looks_back(config):
        # What was carried until now goes out of date.
        now = replace(now, plane=None, flow=None, residual=None, confidence=None, past=None)
        return now, Decision(Trigger.EVERY, 0, Measures())
    plane = luma_plane(frame.image, plane_size((height, width), config.plane_pixels))
    mark("plane")
    now, decision = _looked(config, state, now, plane, mark)
    if decision.is_key and now.plane is not None:
        now = replace(now, contrast=contrast_gain(now.plane))
    if (decision.is_key or config.asynchronous) and config.refine_gain > 0.0:
        canvas = plane_size((height, width), config.canvas_pixels)
        guide = plane if canvas == plane.shape else luma_plane(frame.image, canvas)
        now = replace(now, guide=guide)
        mark("plane")
    return now, decision


def _looked(
    config: TemporalSpec, state: State, now: State, plane: NDArray[np.uint8], mark: Mark
) -> tuple[State, Decision]:
    """Compare the present frame, whose state is begun in `now`, with the one before."""
    if state.plane is None:
        return _begin(config, now, plane, Trigger.FIRST, Measures(), mark)
    if state.frame_size != now.frame_size:
        return _begin(config, now, plane, Trigger.SIZE, Measures(), mark)
    change = mean_change(plane, state.plane)
    seconds = now.time_seconds - state.time_seconds
    if _is_anchor(config, state.index, now.index):
        return _begin(config, now, plane, Trigger.ANCHOR, Measures(change=change), mark)
    if is_still(plane, state.plane, level_at(state.contrast, config.still_level)):
        now = replace(
            now, flow=None, residual=None, measures=replace(state.measures, change=change)
        )
        # What came to rest since the network was asked is not known where it rests.
        return _decided(config, _counted(now, seconds) if now.moved else now, True, mark)
    return _advance_moving(config, _counted(now, seconds), plane, change, mark)


def _counted(state: State, seconds: float) -> State:
    """Count a frame, so long after the one before, towards the longest gap."""
    return replace(
        state,
        moved=state.moved + 1,
        moved_seconds=state.moved_seconds + (seconds if seconds > 0.0 else 0.0),
    )


def _advance_moving(
    config: TemporalSpec,
    state: State,
    plane: NDArray[np.uint8],
    change: float,
    mark: Mark,
) -> tuple[State, Decision]:
    """Go on to a frame in which something moves; `state` still holds the plane before."""
    assert state.plane is not None
    assert state.confidence is not None
    flow = dense_flow(plane, state.plane, config.flow_iterations, state.flow)
    left = residual(plane, state.plane, flow)
    left_mean = int(left.sum(dtype=np.int64)) / left.size
    measures = replace(
        state.measures,
        change=change,
        difference=state.measures.difference + change * state.contrast,
        residual=state.measures.residual + left_mean * state.contrast,
        flow=state.measures.flow + policy.flow_per_cent(flow),
    )
    if not math.isinf(config.forward_backward_limit):
        back = dense_flow(state.plane, plane, config.flow_iterations)
        measures = replace(measures, forward_backward=policy.disagreement(flow, back))
    mark("flow")
    if left_mean * state.contrast > config.cut_level:
        return _begin(config, state, plane, Trigger.CUT, measures, mark)
    kept = kept_by_residual(config.confidence_decay / state.contrast)
    pending = state.pending
    confidence, _ = followed(flow, left, kept, state.confidence)
    if pending is not None:
        sure, way = followed(flow, left, kept, pending.confidence, pending.way)
        pending = replace(pending, confidence=sure, way=way, is_present=False)
    now = replace(
        state,
        plane=plane,
        flow=flow,
        residual=left,
        confidence=confidence,
        pending=pending,
        measures=measures,
    )
    if state.past is not None and not state.is_ghost:
        past = carried(state.past, flow, _FLOW_UNITS)
        now = replace(now, past=past, word=None, drawn=Drawn())
        if state.areas is not None:
            area = policy.area_change(state.areas, areas_of(past))
            now = replace(now, measures=replace(measures, area=area))
    mark("warp")
    return _decided(config, now, False, mark)


def _is_anchor(config: TemporalSpec, before: int, now: int) -> bool:
    """Whether the past is forgotten at a frame, or was to be at one that was dropped.

    Not where the network works beside: it would leave nothing to show until its word comes.
    """
    gap = config.anchor_gap
    return gap > 0 and not config.asynchronous and now // gap != before // gap


def _begin(
    config: TemporalSpec,
    state: State,
    plane: NDArray[np.uint8],
    trigger: Trigger,
    measures: Measures,
    mark: Mark,
) -> tuple[State, Decision]:
    """Begin anew with the present frame, as if it were the first.

    Where the network works beside, what was shown stays until its word comes, so that a flash does
    not take the mask away; but no longer than the longest gap, however many scenes begin.
    """
    keeps = config.asynchronous
    now = State(
        index=state.index,
        time_seconds=state.time_seconds,
        frame_size=state.frame_size,
        plane=plane,
        confidence=np.zeros(plane.shape, np.float32),
        past=state.past if keeps else None,
        word=state.word if keeps else None,
        is_ghost=keeps,
        ghost_age=state.ghost_age,
        owed=trigger,
    )
    now = _without_old_ghost(config, now)
    mark("decide")
    return now, Decision(trigger, 0, measures)


def _without_old_ghost(config: TemporalSpec, state: State) -> State:
    """Show nothing of another scene for longer than the longest gap."""
    if state.is_ghost and state.ghost_age >= config.longest_gap:
        return replace(state, past=None, word=None, drawn=Drawn())
    return state


def _decided(
    config: TemporalSpec, state: State, is_still: bool, mark: Mark
) -> tuple[State, Decision]:
    trigger = state.owed
    if trigger is Trigger.NONE:
        trigger = policy.decide(
            config, state.gap, state.moved, state.moved_seconds, is_still, state.measures
        )
    state = _without_old_ghost(config, state)
    mark("decide")
    gap = state.gap if trigger is Trigger.NONE else 0
    return state, Decision(trigger, gap, state.measures)


def draw(
    _config: TemporalSpec,
    state: State,
    frame_size: tuple[int, int],
    out: Mask | None = None,
    mark: Mark = no_mark,
) -> Mask:
    """Draw the mask of the present frame.

    Args:
        state: of the present frame; nothing of it changes but what `Drawn` remembers.
        frame_size: height and width of the mask.
        out: uint8 [H, W], C-contiguous; written when given.
        mark: called at the end of the stage.

    Returns:
        uint8 [H, W], class indices; 0 where nothing is known yet.
    """
    mask = np.empty(frame_size, np.uint8) if out is None else out
    drawn = state.drawn
    known = drawn.mask
    if known is not None and known.shape == mask.shape:
        np.copyto(mask, known)
    else:
        if state.word is not None:
            draw_word(state.word, mask)
        elif state.past is not None:
            draw_past(state.past, mask)
        else:
            mask[:] = 0
        drawn.times += 1
        if drawn.times > 1:
            drawn.mask = mask.copy()
    mark("draw")
    return mask


def fields(_config: TemporalSpec, state: State) -> Fields:
    """Show what the engine saw in the present frame.

    Args:
        state: of the present frame.
    """
    shape = (1, 1) if state.plane is None else state.plane.shape
    flow = np.zeros((*shape, 2), np.float32)
    if state.flow is not None:
        np.multiply(state.flow, np.float32(1.0 / _FLOW_UNITS), out=flow)
    return Fields(
        flow=flow,
        residual=np.zeros(shape, np.uint8) if state.residual is None else state.residual,
        confidence=np.ones(shape, np.float32) if state.confidence is None else state.confidence,
    )


def step(
    config: TemporalSpec,
    state: State,
    frame: TemporalFrame,
    segment: Segment,
    out: Mask | None = None,
    mark: Mark = no_mark,
) -> tuple[State, StepResult]:
    """Go through one frame: carry along, ask the network where it is due, draw.

    Args:
        config: how.
        state: after the frame before.
        frame: the present one.
        segment: the network.
        out: uint8 [H, W], C-contiguous; the mask is written there when given.
        mark: called at the end of each stage.

    Returns:
        The state after the frame, and its mask.
    """
    state, decision = advance(config, state, frame, mark)
    if decision.is_key:
        scores = segment(frame)
        mark("network")
        state = absorb(config, state, scores, mark)
    height, width = frame.image.shape[:2]
    mask = draw(config, state, (height, width), out, mark)
    return state, StepResult(mask, decision)
