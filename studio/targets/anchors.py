"""Where a fold over a video may begin so that a frame's mask is the one that it always has."""

from __future__ import annotations

from studio.temporal.spec import TemporalSpec


def anchor_of(spec: TemporalSpec, index: int) -> int:
    """The last frame up to this one at which the past is forgotten.

    Args:
        spec: how the redundancy between frames is used.
        index: of a frame in the video, 0 or more.
    """
    return index - index % spec.anchor_gap if spec.anchor_gap else 0


def first_to_fold(spec: TemporalSpec, index: int) -> int:
    """The frame from which on frames must be gone through for the mask of this one.

    Args:
        spec: likewise.
        index: likewise.
    """
    is_by_itself = spec.mode == "off" or spec.seek == "fast" or spec.asynchronous
    return index if is_by_itself else anchor_of(spec, index)
