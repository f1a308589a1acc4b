"""Frames as the playback process tells of them, with what the temporal engine did."""

from __future__ import annotations

from typing import Any

from studio.playback.messages import Comparison, FieldPicture, FieldView, FrameReady
from studio.temporal.report import TemporalReport

NETWORK_MILLIS = 10.0
CARRIED_MILLIS = 2.0
DRAW_MILLIS = 1.0


def a_report(trigger: str = "none", **changes: Any) -> TemporalReport:
    """A carried frame of 3 ms, or a key frame of 13 ms; the engine's values where given."""
    is_key = trigger != "none"
    network = NETWORK_MILLIS if is_key else 0.0
    values: dict[str, Any] = {
        "is_key": is_key,
        "trigger": trigger,
        "gap": 0 if is_key else 1,
        "flow_millis": CARRIED_MILLIS,
        "network_millis": network,
        "draw_millis": DRAW_MILLIS,
        "total_millis": CARRIED_MILLIS + network + DRAW_MILLIS,
    }
    return TemporalReport(**(values | changes))


def a_comparison(agreement: float = 0.97, **changes: Any) -> Comparison:
    """Nearly the network's mask, which took 11 ms."""
    values: dict[str, Any] = {
        "agreement": agreement,
        "flicker": 0.002,
        "flicker_alone": 0.004,
        "network_millis": NETWORK_MILLIS + DRAW_MILLIS,
    }
    return Comparison(**(values | changes))


def a_frame(
    index: int,
    report: TemporalReport | None = None,
    comparison: Comparison | None = None,
    **changes: Any,
) -> FrameReady:
    """A frame with a mask."""
    values: dict[str, Any] = {
        "generation": 1,
        "slot": 0,
        "index": index,
        "time_seconds": index / 25,
        "timeline_seconds": index / 25,
        "duration_seconds": 0.04,
        "skipped": 0,
        "decode_millis": 1.0,
        "class_pixels": [0] * 21,
        "temporal": report,
        "comparison": comparison,
    }
    return FrameReady(**(values | changes))


def a_field(view: FieldView = "flow", width: int = 16, height: int = 9) -> FieldPicture:
    """A picture of one red."""
    return FieldPicture(
        view=view, width=width, height=height, rgb=b"\xc8\x10\x20" * (width * height), largest=4.0
    )
