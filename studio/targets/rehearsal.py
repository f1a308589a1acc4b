"""Goes through the temporal engine once before the first frame, so that no frame pays for it.

Its compiled kernels are loaded, or compiled on a new machine, when they are first called: that
takes from a tenth of a second to many, and some are first called frames after the first.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from studio.inference import postprocess
from studio.inference.model import ModelInfo
from studio.temporal import engine
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Placement, Scores, TemporalFrame

_FRAME_SIZE = (90, 160)
_GRID = (6, 10)


def compile_ahead() -> None:
    """Call whatever any frame will call, whichever the spec and the model; for an installation.

    Compiled code outlives the process, so that no later one compiles anything.
    """
    postprocess.warm_up()
    for carries in ("logits", "labels"):
        config = TemporalSpec(
            carries=carries,
            uncertainty_share=0.5,
            refine_gain=0.5,
            area_limit=0.5,
            forward_backward_limit=0.5,
            disagreement_limit=0.5,
        )
        for is_labels in (False, True):
            _rehearse(config, is_labels, 2)


def rehearse(config: TemporalSpec, info: ModelInfo) -> None:
    """Call whatever frames of a model will call under a spec; the second time costs nothing.

    Args:
        config: how the redundancy is used.
        info: of the model, which decides whether it gives scores or labels.
    """
    # Limits do not decide what is called, but for being there.
    kind = TemporalSpec(
        mode=config.mode,
        carries=config.carries,
        past_weight=min(config.past_weight, 0.5),
        uncertainty_share=min(config.uncertainty_share, 0.5),
        refine_gain=min(config.refine_gain, 0.5),
        area_limit=math.inf if math.isinf(config.area_limit) else 0.5,
        forward_backward_limit=math.inf if math.isinf(config.forward_backward_limit) else 0.5,
        disagreement_limit=math.inf if math.isinf(config.disagreement_limit) else 0.5,
        asynchronous=config.asynchronous,
        anchor_gap=0,
    )
    classes = max(2, len(info.labels))
    if info.output_kind == "labels":
        _rehearse(kind, True, classes)
    # A graph that ends in labels gives scores, too, where it is cut for the frames' sake.
    _rehearse(kind, False, classes)


@functools.lru_cache(maxsize=32)
def _rehearse(config: TemporalSpec, is_labels: bool, classes: int) -> None:
    values = np.zeros(_GRID, np.uint8) if is_labels else np.zeros((*_GRID, classes), np.float32)
    values[: _GRID[0] // 2] = 1  # something to be told apart
    if not is_labels:
        values[: _GRID[0] // 2, :, 1] = 2
    rows, columns = (Placement(float(side), -0.5) for side in _GRID)
    word = Scores(values, 1.0, 0, classes, rows, columns)
    picture = np.random.default_rng(0).integers(0, 256, (45, 80, 3), np.uint8)
    picture = picture.repeat(2, axis=0).repeat(2, axis=1)
    state = engine.init(config)
    for index in range(6):
        moved: NDArray[np.uint8] = np.roll(picture, 2 * index, axis=1)
        frame = TemporalFrame(index, index / 25, moved)
        state, _ = engine.advance(config, state, frame)
        if index in (0, 2):
            state = engine.absorb(config, state, word)
        elif index == 5:
            state = engine.absorb_late(config, state, word)
        engine.draw(config, state, _FRAME_SIZE)
        if index == 3:
            state = engine.request(config, state)
