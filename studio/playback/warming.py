"""The temporal engine's first steps, taken where nobody waits for a frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from studio.opencv import cv2
from studio.temporal.spec import TemporalSpec
from studio.video.frame import Frame

if TYPE_CHECKING:
    from studio.targets.temporal_session import TemporalSession

_FRAMES = 4  # a first one, one that is carried, a key frame with a past, and one more
_STEP = 3  # pixels to the right from frame to frame


def warm_up(engine: TemporalSession, height: int, width: int) -> None:
    """Have all that a frame may need compiled or loaded; the engine begins anew after it.

    Compiling at the frames that need it would make playing stutter for seconds, at places that
    nobody could foresee.

    Args:
        engine: an opened model.
        height: of the frames.
        width: of the frames.

    Raises:
        ModelError: the model refuses to run.
    """
    spec = engine.spec
    engine.spec = _through_all(spec)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (9, 16, 3), np.uint8)
    wide = cv2.resize(noise, (width + _STEP * _FRAMES, height), interpolation=cv2.INTER_CUBIC)
    for index in range(_FRAMES):
        image = np.ascontiguousarray(wide[:, _STEP * index : _STEP * index + width], np.uint8)
        engine.segment(Frame(index, index / 25, image, 0.0))
    engine.fields()
    engine.spec = spec
    engine.reset()


def _through_all(spec: TemporalSpec) -> TemporalSpec:
    """Key frames by the clock, in the caller's thread."""
    return replace(
        spec, mode="key_frames", asynchronous=False, shortest_gap=1, longest_gap=2, still_gap=2
    )
