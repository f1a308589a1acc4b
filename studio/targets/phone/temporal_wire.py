"""The temporal engine in the runner's words: its parameters there, its triggers back.

Reference:
    `resources/device_runner/protocol.md`.
"""

from __future__ import annotations

import struct

from studio.errors import SpecError
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger

MODES = ("off", "per_frame", "key_frames")
CARRIES = ("logits", "labels")
TRIGGERS: tuple[Trigger, ...] = (
    Trigger.NONE,
    Trigger.FIRST,
    Trigger.ANCHOR,
    Trigger.SIZE,
    Trigger.CUT,
    Trigger.INTERVAL,
    Trigger.DIFFERENCE,
    Trigger.RESIDUAL,
    Trigger.FLOW,
    Trigger.AREA,
    Trigger.FORWARD_BACKWARD,
    Trigger.DISAGREEMENT,
    Trigger.EVERY,
)
"""By their number on the wire."""

WHOLE_FIELDS = (
    "plane_pixels",
    "canvas_pixels",
    "flow_iterations",
    "shortest_gap",
    "longest_gap",
    "still_gap",
    "doubtful_gap",
    "triggers_needed",
    "refine_radius",
    "anchor_gap",
)
FLOAT_FIELDS = (
    "longest_gap_seconds",
    "still_level",
    "difference_limit",
    "residual_limit",
    "flow_limit",
    "area_limit",
    "forward_backward_limit",
    "disagreement_limit",
    "cut_level",
    "confidence_decay",
    "past_weight",
    "uncertainty_share",
    "refine_gain",
    "refine_contrast",
)
ELSEWHERE = ("mode", "carries", "asynchronous", "seek")
"""Fields of the spec that are told otherwise, or concern players alone."""

_SPEC = struct.Struct(f"<BBB{len(WHOLE_FIELDS)}I{len(FLOAT_FIELDS)}d")


def pack_temporal(spec: TemporalSpec) -> bytes:
    """The parameters as they stand in `OPEN`.

    Raises:
        SpecError: a number is larger than the wire can carry, or negative.
    """
    try:
        return _SPEC.pack(
            MODES.index(spec.mode),
            CARRIES.index(spec.carries),
            spec.asynchronous,
            *(getattr(spec, name) for name in WHOLE_FIELDS),
            *(getattr(spec, name) for name in FLOAT_FIELDS),
        )
    except struct.error as error:
        raise SpecError(
            "A whole number of the temporal engine is not between 0 and 4,294,967,295.",
            remedy="Give smaller limits, and none below 0.",
            details=f"{spec}: {error}",
        ) from error


def trigger_of(code: int) -> Trigger:
    """The trigger of a number on the wire.

    Raises:
        ValueError: it has none.
    """
    if code >= len(TRIGGERS):
        raise ValueError(f"trigger {code}")
    return TRIGGERS[code]
