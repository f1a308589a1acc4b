"""How the redundancy between frames is used: frozen, typed, every parameter with its meaning.

Limits are `inf` where they are not used and 0 where every frame exceeds them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["off", "per_frame", "key_frames"]
"""Each frame by itself; the network on each frame, fused with the past; the network on some."""

Carried = Literal["logits", "labels"]
Seek = Literal["exact", "fast"]


@dataclass(frozen=True, slots=True)
class TemporalSpec:
    """What the temporal engine does.

    Levels and limits in grey levels are those of a picture of ordinary contrast; changes in one of
    less count for more. See `studio.temporal.contrast`.

    Attributes:
        mode: `off` (each frame by itself), `per_frame` (the network runs on each frame and is
            fused with the past) or `key_frames` (the network runs on key frames alone).
        plane_pixels: size of the luma plane on which motion is estimated; its sides follow the
            frame's aspect. 9216 is 128 x 72.
        canvas_pixels: size of the canvas on which the past is kept; likewise.
        flow_iterations: most steps of the inverse search in each patch.
        shortest_gap: frames from one key frame to the next at least, but after a cut; 1 or more.
        longest_gap: frames from one key frame to the next at most, counted from the first on in
            which anything moves.
        longest_gap_seconds: the same in seconds, for videos of variable frame rate.
        still_gap: frames from one key frame to the next at most, where nothing moves.
        still_level: change of luma (grey levels) up to which a pixel of the plane has not changed;
            where all but one in 2,048 have not, and none by more than 4 times as much, the frame
            is still.
        difference_limit: a key frame is due when the mean absolute change of luma from frame to
            frame, summed since the last key frame, exceeds this (grey levels).
        residual_limit: the same of what is left of the change after the warp (grey levels).
        flow_limit: the same of the mean length of the flow (parts of the frame's width, per cent).
        area_limit: a key frame is due when an object's area has changed since the last key frame
            by more than this part of it (0 to 1).
        forward_backward_limit: a key frame is due when the flow there and the flow back disagree
            by more than a pixel of the plane in more than this part of it (0 to 1).
        disagreement_limit: where the network and the carried past disagreed at the last key frame
            on more than this part of what either showed (0 to 1), the next is due after
            `doubtful_gap` frames.
        doubtful_gap: frames, 1 or more.
        triggers_needed: how many of the limits, from `difference_limit` to
            `forward_backward_limit`, must be exceeded at once.
        cut_level: a scene is cut where the mean residual of the warp (grey levels) exceeds this.
        carries: what is warped: `logits` of the classes in the picture, or hard `labels`.
        confidence_decay: residual of the warp (grey levels) at which confidence in a carried pixel
            falls to 1/e in one frame; Gaussian.
        past_weight: weight of the carried past against the network's word at a key frame where
            confidence is full, 0 to 1.
        uncertainty_share: how far that weight depends on the network's uncertainty of a pixel:
            0 not at all, 1 entirely.
        refine_gain: how far the network's borders move to the edges of the picture, 0 (not at all)
            to 2.
        refine_radius: reach of that in positions of the canvas, 1 or more.
        refine_contrast: change of luma (grey levels) that counts as an edge.
        asynchronous: the network runs beside, whenever it is free and anything moves, whatever the
            limits; its late word is warped to the present.
        anchor_gap: every so many frames, counted from the video's first, the past is forgotten, so
            that a jump need not go back further; 0 means never.
        seek: after a jump, `exact` rebuilds the state from the last anchor, so that a frame's mask
            does not depend on how one came to it; `fast` begins anew with a key frame.
    """

    mode: Mode = "key_frames"
    plane_pixels: int = 9216
    canvas_pixels: int = 25600
    flow_iterations: int = 12
    shortest_gap: int = 1
    longest_gap: int = 6
    longest_gap_seconds: float = math.inf
    still_gap: int = 60
    still_level: float = 8.0
    difference_limit: float = math.inf
    residual_limit: float = math.inf
    flow_limit: float = math.inf
    area_limit: float = math.inf
    forward_backward_limit: float = math.inf
    disagreement_limit: float = math.inf
    doubtful_gap: int = 4
    triggers_needed: int = 1
    cut_level: float = 28.0
    carries: Carried = "logits"
    confidence_decay: float = 8.0
    past_weight: float = 0.5
    uncertainty_share: float = 0.0
    refine_gain: float = 0.0
    refine_radius: int = 3
    refine_contrast: float = 7.0
    asynchronous: bool = False
    anchor_gap: int = 100
    seek: Seek = "exact"


OFF = TemporalSpec(mode="off")

_CARRIED = TemporalSpec(
    plane_pixels=12544,
    canvas_pixels=12544,
    past_weight=0.95,
    confidence_decay=14.0,
    uncertainty_share=1.0,
    refine_gain=1.0,
)

PRESETS: dict[str, TemporalSpec] = {
    "off": OFF,
    "quality": replace(
        _CARRIED,
        mode="per_frame",
        plane_pixels=20736,
        canvas_pixels=20736,
        confidence_decay=24.0,
        uncertainty_share=0.5,
    ),
    "balanced": replace(
        _CARRIED,
        longest_gap=5,
        residual_limit=29.0,
        disagreement_limit=0.4,
        doubtful_gap=3,
    ),
    "fast": replace(
        _CARRIED,
        plane_pixels=10000,
        canvas_pixels=10000,
        longest_gap=8,
        residual_limit=42.0,
        disagreement_limit=0.45,
        doubtful_gap=5,
    ),
}
"""By name, in the order in which they are offered."""
