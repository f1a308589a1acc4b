"""When the network is asked."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Measures, Trigger

_SMALLEST_OBJECT = 1.0 / 1024.0
"""Part of the canvas; the area of anything smaller changes by its outline's jitter alone."""

_PIXEL = 16  # units of the flow


def looks_back(config: TemporalSpec) -> bool:
    """Whether a frame's mask takes more than the network's word on that frame."""
    return config.mode == "key_frames" or (
        config.mode == "per_frame" and (config.past_weight > 0.0 or config.refine_gain > 0.0)
    )


def is_over(measure: float, limit: float) -> bool:
    """Whether a limit is exceeded; a limit of 0 always is."""
    return limit <= 0.0 or measure > limit


def decide(
    config: TemporalSpec,
    gap: int,
    moved: int,
    moved_seconds: float,
    is_still: bool,
    measures: Measures,
) -> Trigger:
    """Say whether a frame whose past is known is to be a key frame.

    Args:
        config: the limits.
        gap: frames since the last key frame, 1 or more.
        moved: those of them from the first on in which anything moved; 0 where nothing did.
        moved_seconds: the time that they lasted.
        is_still: whether nothing moves in the present frame.
        measures: up to the present frame.

    Returns:
        The first of the reasons, in the order of `Trigger`.
    """
    if config.mode != "key_frames":
        return Trigger.EVERY
    if config.asynchronous:
        is_known = is_still and moved == 0
        return Trigger.NONE if is_known and gap < config.still_gap else Trigger.EVERY
    if moved >= config.longest_gap or moved_seconds >= config.longest_gap_seconds:
        return Trigger.INTERVAL
    if is_still and gap >= config.still_gap:
        return Trigger.INTERVAL
    if gap < config.shortest_gap:
        return Trigger.NONE
    if moved >= config.doubtful_gap and is_over(measures.disagreement, config.disagreement_limit):
        return Trigger.DISAGREEMENT
    limits = (
        (Trigger.DIFFERENCE, measures.difference, config.difference_limit),
        (Trigger.RESIDUAL, measures.residual, config.residual_limit),
        (Trigger.FLOW, measures.flow, config.flow_limit),
        (Trigger.AREA, measures.area, config.area_limit),
        (
            Trigger.FORWARD_BACKWARD,
            measures.forward_backward,
            config.forward_backward_limit,
        ),
    )
    used = sum(not math.isinf(limit) for _, _, limit in limits)
    fired = [trigger for trigger, measure, limit in limits if is_over(measure, limit)]
    if fired and len(fired) >= min(config.triggers_needed, used):
        return fired[0]
    return Trigger.NONE


def area_change(before: NDArray[np.int64], now: NDArray[np.int64]) -> float:
    """Find the largest relative change of an object's area.

    Args:
        before: int64 [256], positions of the canvas by class at the last key frame.
        now: the same of the present frame.

    Returns:
        `|now - before| / max(now, before)` at its largest, over the classes but background and
        void that take up a thousandth of the canvas at least; 0 to 1.
    """
    larger = np.maximum(before, now)
    counted = larger >= max(1.0, now.sum() * _SMALLEST_OBJECT)
    counted[0] = counted[VOID_INDEX] = False
    if not counted.any():
        return 0.0
    change: NDArray[np.float64] = np.abs(now - before)[counted] / larger[counted]
    return float(change.max())


def disagreement_of(past: NDArray[np.uint8], word: NDArray[np.uint8]) -> float:
    """Part of what either of two label maps shows on which they differ.

    Args:
        past: uint8 [h, w] class numbers.
        word: likewise.

    Returns:
        0 to 1; background is not shown, and what takes up less than a thousandth of the canvas
        does not count.
    """
    shown = int(np.count_nonzero(past | word))
    if shown < max(1.0, past.size * _SMALLEST_OBJECT):
        return 0.0
    return int(np.count_nonzero(past != word)) / shown


def flow_per_cent(flow: NDArray[np.int16]) -> float:
    """Mean length of a flow in per cent of the frame's width.

    Lengths are rounded to 1/16 pixel and summed as integers, so that their order does not matter.

    Args:
        flow: int16 [h, w, 2] in 1/16 pixel of the plane.
    """
    parts = flow.astype(np.float32)
    squares = parts[..., 0] * parts[..., 0] + parts[..., 1] * parts[..., 1]
    total = int((np.sqrt(squares) + np.float32(0.5)).astype(np.int64).sum())
    return total / (squares.size * _PIXEL) / flow.shape[1] * 100.0


def disagreement(there: NDArray[np.int16], back: NDArray[np.int16]) -> float:
    """Part of the plane where the flow there and the flow back miss each other by over a pixel.

    Args:
        there: int16 [h, w, 2] in 1/16 pixel, from the present frame to the one before.
        back: int16 [h, w, 2], from the one before to the present.

    Returns:
        0 to 1; the flow back is read at the pixel nearest to where the flow there points.
    """
    height, width = there.shape[:2]
    ahead = there.astype(np.int32)
    landed = (ahead + _PIXEL // 2) // _PIXEL
    columns = np.clip(np.arange(width)[None, :] + landed[..., 0], 0, width - 1)
    rows = np.clip(np.arange(height)[:, None] + landed[..., 1], 0, height - 1)
    missed = (ahead + back[rows, columns]).astype(np.int64)
    distance = (missed * missed).sum(axis=2)
    far = int((distance > _PIXEL * _PIXEL).sum())
    return far / int(distance.size)
