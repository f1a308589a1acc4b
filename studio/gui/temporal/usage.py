"""Which parameters change anything as the others stand, as the engine and its session have it."""

from __future__ import annotations

from studio.gui.temporal.field import Field
from studio.temporal.spec import TemporalSpec

_OFF = "Not used now: each frame is segmented by itself."
_EVERY = "Not used now: the network runs on every frame."
_BESIDE = (
    "Not used now: masks do not wait for the network, which runs whenever it is free and anything "
    "moves."
)


def unused_because(field: Field, spec: TemporalSpec) -> str:
    """Why a parameter changes nothing; empty where it does change something."""
    if field.name == "mode":
        return ""
    if spec.mode == "off":
        return _OFF
    is_used = {
        "engine": True,
        "waiting": not spec.asynchronous,
        "key_frames": spec.mode == "key_frames",
        "key_frames_or_beside": spec.mode == "key_frames" or spec.asynchronous,
        "decision": spec.mode == "key_frames" and not spec.asynchronous,
    }[field.need]
    if is_used:
        return ""
    return _BESIDE if spec.asynchronous else _EVERY


def is_used(field: Field, spec: TemporalSpec) -> bool:
    """Whether a parameter changes anything."""
    return not unused_because(field, spec)
