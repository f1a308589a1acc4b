"""What a user may turn of a temporal spec: labels, units, ranges, and what each does."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import get_type_hints

from studio.gui.temporal.field import Field, guessed_field
from studio.temporal.spec import PRESETS, TemporalSpec

_MODES = (
    ("off", "Off"),
    ("per_frame", "On every frame"),
    ("key_frames", "On key frames"),
)

_WRITTEN: tuple[Field, ...] = (
    Field(
        "longest_gap",
        "Longest gap",
        "frames",
        "The network runs at least once in so many frames while anything moves. "
        "Longer gaps are faster; masks drift more before they are corrected. "
        "Where masks do not wait for the network: so long an old scene's mask may stay after a "
        "cut.",
        "whole",
        1,
        60,
        is_log=True,
        is_basic=True,
        need="key_frames_or_beside",
    ),
    Field(
        "difference_limit",
        "Difference limit",
        "grey levels",
        "The network runs when the picture has changed by more than this since the last key "
        "frame: the mean absolute change of brightness from frame to frame, summed. "
        "Lower: more key frames. 0: every frame.",
        "limit",
        0,
        300,
        43.7,
        1,
        is_basic=True,
    ),
    Field(
        "residual_limit",
        "Residual limit",
        "grey levels",
        "The network runs when what motion cannot explain exceeds this: the change that is left "
        "after the last picture was moved along the flow, summed since the last key frame. "
        "It ignores smooth camera moves and catches what appears anew.",
        "limit",
        0,
        150,
        20.0,
        1,
        is_basic=True,
    ),
    Field(
        "past_weight",
        "Weight of the past",
        "%",
        "How much the carried mask counts against the network's word where both meet. "
        "More: calmer masks; less: quicker to follow. 0 takes the network's word alone.",
        "number",
        0,
        1,
        scale=100,
        is_basic=True,
        need="engine",
    ),
    Field(
        "uncertainty_share",
        "Only where unsure",
        "%",
        "How far the past counts only where the network is unsure of a pixel. "
        "0: everywhere alike; 100: where the network is sure, its word stands.",
        "number",
        0,
        1,
        scale=100,
        is_basic=True,
        need="engine",
    ),
    Field(
        "asynchronous",
        "Do not wait for the network",
        "",
        "The network runs beside on cores of its own while every frame is carried along; its late "
        "word is moved to the present frame. Masks come at once, and depend on timing.",
        "switch",
        is_basic=True,
        need="engine",
    ),
    Field(
        "mode",
        "Network runs",
        "",
        "On which frames the network runs at all.",
        "choice",
        choices=_MODES,
        need="engine",
    ),
    Field(
        "carries",
        "Carry along",
        "",
        "What is moved along the flow: the classes' scores, which can be weighed against the "
        "network's, or the finished labels, which is cheaper.",
        "choice",
        choices=(("logits", "Class scores"), ("labels", "Labels")),
        need="engine",
    ),
    Field(
        "seek",
        "After a jump",
        "",
        "Exact: the frames since the last anchor are gone through first, so that a frame always "
        "has the same mask. Fast: begin anew with a key frame.",
        "choice",
        choices=(("exact", "Exact"), ("fast", "Fast")),
        need="waiting",
    ),
    Field(
        "shortest_gap",
        "Shortest gap",
        "frames",
        "From one key frame to the next at least, whatever the limits say; cuts are excepted.",
        "whole",
        1,
        30,
    ),
    Field(
        "longest_gap_seconds",
        "Gap in seconds",
        "s",
        "The longest gap in seconds, for videos whose frame rate varies.",
        "limit",
        0.02,
        5,
        0.25,
        2,
    ),
    Field(
        "still_gap",
        "Longest gap, still",
        "frames",
        "The longest gap while nothing moves: a still scene needs the network hardly ever.",
        "whole",
        1,
        600,
        is_log=True,
        need="key_frames",
    ),
    Field(
        "still_level",
        "Still up to",
        "grey levels",
        "Change of brightness up to which a pixel counts as unchanged; where nearly all pixels "
        "are, the frame is still and the network is hardly needed.",
        "number",
        0,
        20,
        decimals=2,
        need="engine",
    ),
    Field(
        "flow_limit",
        "Motion limit",
        "% of width",
        "The network runs when things have moved by more than this since the last key frame: the "
        "mean length of the flow in per cent of the frame's width, summed.",
        "limit",
        0,
        50,
        5.0,
        1,
    ),
    Field(
        "area_limit",
        "Area limit",
        "%",
        "The network runs when an object's area has changed by more than this part of it since the "
        "last key frame.",
        "limit",
        0,
        1,
        0.3,
        scale=100,
    ),
    Field(
        "forward_backward_limit",
        "Flow mismatch",
        "% of picture",
        "The network runs when the flow there and the flow back disagree in more than this part of "
        "the picture. It doubles the cost of the flow.",
        "limit",
        0,
        1,
        0.2,
        scale=100,
    ),
    Field(
        "disagreement_limit",
        "Contradiction",
        "%",
        "The next key frame comes sooner where the network and the carried mask disagreed at the "
        "last one on more than this part of what either showed.",
        "limit",
        0,
        1,
        0.2,
        scale=100,
    ),
    Field(
        "doubtful_gap",
        "Gap after one",
        "frames",
        "Frames to the next key frame after such a contradiction.",
        "whole",
        1,
        30,
    ),
    Field(
        "triggers_needed",
        "Limits needed",
        "",
        "How many of the limits that are on must be exceeded together. The longest gap and cuts "
        "count by themselves.",
        "whole",
        1,
        5,
    ),
    Field(
        "cut_level",
        "Cut above",
        "grey levels",
        "A scene is cut where the mean change that motion cannot explain exceeds this in one "
        "frame: all of the past is then forgotten.",
        "limit",
        5,
        100,
        28.0,
        1,
        need="engine",
    ),
    Field(
        "confidence_decay",
        "Trust lost at",
        "grey levels",
        "Change that motion cannot explain at which confidence in a carried pixel falls to 37 % in "
        "one frame. Lower: the past is given up sooner.",
        "limit",
        0.5,
        64,
        8.0,
        1,
        is_log=True,
        need="engine",
    ),
    Field(
        "refine_gain",
        "Follow edges",
        "%",
        "How far the borders of the network's mask move to the edges of the picture at key "
        "frames. 0: not at all; 100: as far as the edges say.",
        "number",
        0,
        2,
        scale=100,
        need="engine",
    ),
    Field(
        "refine_radius",
        "Reach of that",
        "cells",
        "How far a border may move to an edge, in positions of the canvas for masks.",
        "whole",
        1,
        16,
        need="engine",
    ),
    Field(
        "refine_contrast",
        "Edge from",
        "grey levels",
        "Change of brightness between neighbours that counts as an edge of the picture. "
        "Lower: weaker edges attract borders, too.",
        "number",
        0.5,
        60,
        decimals=1,
        is_log=True,
        need="engine",
    ),
    Field(
        "plane_pixels",
        "Plane for motion",
        "pixels",
        "Size of the small brightness picture on which motion is found; 9216 is 128 × 72. "
        "Larger: finer motion, more milliseconds.",
        "whole",
        1024,
        65536,
        is_log=True,
        need="engine",
    ),
    Field(
        "canvas_pixels",
        "Canvas for masks",
        "pixels",
        "Size of the canvas on which masks are kept and carried; 25600 is about 213 × 120.",
        "whole",
        1024,
        262144,
        is_log=True,
        need="engine",
    ),
    Field(
        "flow_iterations",
        "Steps of the flow",
        "",
        "Most steps of the search for motion in each patch. More: exacter, slower.",
        "whole",
        1,
        32,
        need="engine",
    ),
    Field(
        "anchor_gap",
        "Anchor every",
        "frames",
        "Every so many frames the past is forgotten, so that a jump need not go back further. "
        "0: never; then an exact jump goes back to the start.",
        "whole",
        0,
        2000,
        need="waiting",
    ),
)


@functools.cache
def fields() -> tuple[Field, ...]:
    """Every parameter of the spec, each once; one without words of its own stands at the end."""
    hints = get_type_hints(TemporalSpec)
    names = [field.name for field in dataclasses.fields(TemporalSpec)]
    written = {field.name: field for field in _WRITTEN if field.name in names}
    unwritten = [guessed_field(name, hints[name]) for name in names if name not in written]
    return tuple(_reaching_presets(field) for field in (*written.values(), *unwritten))


def _reaching_presets(field: Field) -> Field:
    """A field whose slider has all that presets say."""
    if field.kind not in ("whole", "number", "limit"):
        return field
    said = [getattr(spec, field.name) for spec in PRESETS.values()]
    known = [value for value in said if math.isfinite(value)]
    low, high = min([field.low, *known]), max([field.high, *known])
    return dataclasses.replace(field, low=low, high=high)


@functools.cache
def fields_by_name() -> dict[str, Field]:
    """Every parameter by its name."""
    return {field.name: field for field in fields()}
