"""What goes into a step of the temporal engine and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

Stage = Literal["plane", "flow", "warp", "decide", "network", "fuse", "draw"]
Mark = Callable[[Stage], None]
"""Called at the end of each stage; whoever wants times reads a clock there."""


def no_mark(_stage: Stage) -> None:
    """Takes no times."""


class Trigger(StrEnum):
    """Why the network was asked, or not."""

    NONE = "none"  # carried along
    FIRST = "first"
    ANCHOR = "anchor"
    SIZE = "size"  # the frame's size changed in mid-stream
    CUT = "cut"
    INTERVAL = "interval"  # the longest gap
    DIFFERENCE = "difference"
    RESIDUAL = "residual"
    FLOW = "flow"
    AREA = "area"
    FORWARD_BACKWARD = "forward_backward"
    DISAGREEMENT = "disagreement"  # the last key frame's
    EVERY = "every"  # per-frame mode, and a network that runs beside


@dataclass(frozen=True, slots=True)
class TemporalFrame:
    """One frame as the engine sees it.

    Attributes:
        index: in the video.
        time_seconds: presentation time.
        image: uint8 [H, W, 3] BGR, or its luma, uint8 [H, W].
    """

    index: int
    time_seconds: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a frame lies on a grid of scores, along one axis.

    The grid position of a point is `scale * x + offset`, x from 0 to 1 across the frame and grid
    positions counted from the centre of the first; independent of the frame's size.
    """

    scale: float
    offset: float


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The network's word on a frame.

    Attributes:
        values: [h, w, C] logits of any number type, or uint8 [h, w] labels. Borrowed: only valid
            during the call that it is given to.
        scale: logit per unit of `values`; 1 where they are logits already.
        zero_point: value that stands for 0.
        classes: number of classes.
        rows: where the frame's height lies on the grid.
        columns: where its width lies.
    """

    values: NDArray[Any]
    scale: float
    zero_point: int
    classes: int
    rows: Placement
    columns: Placement

    @property
    def are_labels(self) -> bool:
        """Whether each position has a class and no scores."""
        return self.values.ndim == 2


Segment = Callable[[TemporalFrame], Scores]


@dataclass(frozen=True, slots=True)
class Measures:
    """What the policy looked at, in the units of the spec's limits; sums since the last key frame.

    Attributes:
        change: mean absolute change of luma since the frame before, in grey levels.
        difference: the sum of it.
        residual: sum of the mean residuals of the warp.
        flow: sum of the mean lengths of the flow, in per cent of the frame's width.
        area: largest relative change of an object's area, 0 to 1.
        forward_backward: part of the plane where flow there and back disagree; 0 where not asked.
        disagreement: part of what the network or the carried past showed at the last key frame on
            which the two disagreed, 0 to 1; not a sum.
    """

    change: float = 0.0
    difference: float = 0.0
    residual: float = 0.0
    flow: float = 0.0
    area: float = 0.0
    forward_backward: float = 0.0
    disagreement: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the network is to run on the present frame.

    Attributes:
        trigger: what asks for it; `NONE` where nothing does.
        gap: frames since the last key frame, 0 on a key frame.
        measures: what was looked at, as they stood before a key frame resets them.
    """

    trigger: Trigger
    gap: int
    measures: Measures

    @property
    def is_key(self) -> bool:
        """Whether it is."""
        return self.trigger is not Trigger.NONE


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """What the engine saw, for the eyes.

    Attributes:
        flow: float32 [h, w, 2], (x, y) in pixels of the plane, from the present frame to where the
            pixel was in the one before.
        residual: uint8 [h, w], absolute difference after the warp, in grey levels.
        confidence: float32 [h, w], 0 to 1, in what was carried along.
    """

    flow: NDArray[np.float32]
    residual: NDArray[np.uint8]
    confidence: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StepResult:
    """The outcome of a step.

    Attributes:
        mask: uint8 [H, W] at the frame's size, class indices.
        decision: whether the network ran, and why.
    """

    mask: Mask
    decision: Decision
