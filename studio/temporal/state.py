"""What the temporal engine carries from frame to frame.

Nothing here is written to once it is made, but `Drawn`: a state may be kept and gone back to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.temporal.step import Mask, Measures, Placement, Trigger


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """The network's word on a frame, as it came.

    Attributes:
        values: float32 [h, w, C] in the network's own units, or uint8 [h, w] labels.
        scale: logit per unit.
        zero_point: value that stands for 0.
        classes: number of classes.
        rows: where the frame's height lies on the grid.
        columns: where its width lies.
    """

    values: NDArray[np.float32] | NDArray[np.uint8]
    scale: float
    zero_point: int
    classes: int
    rows: Placement
    columns: Placement

    @property
    def are_labels(self) -> bool:
        """Whether each position has a class and no scores."""
        return self.values.ndim == 2


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What is known of the classes, on the canvas.

    Attributes:
        classes: uint8 [K], ascending: the classes that the picture shows.
        scores: float32 [K, h, w], their logits.
        labels: uint8 [h, w], where labels are carried instead of scores; `scores` is then empty.
    """

    classes: NDArray[np.uint8]
    scores: NDArray[np.float32]
    labels: NDArray[np.uint8] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the canvas."""
        shape = self.scores.shape[1:] if self.labels is None else self.labels.shape
        return int(shape[0]), int(shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """The network is at work on an earlier frame.

    Attributes:
        way: float32 [h, w, 2], (x, y) in pixels of the plane: from each pixel of the present frame
            to where it was in the requested one.
        confidence: float32 [h, w], 0 to 1, in that way.
        past: what was known at the requested frame; None where it was to be forgotten.
        past_confidence: float32 [h, w], in that past.
        guide: uint8 [h, w], luma of the requested frame on the canvas; None where not needed.
        is_present: nothing has moved since the requested frame.
    """

    way: NDArray[np.float32]
    confidence: NDArray[np.float32]
    past: Past | None
    past_confidence: NDArray[np.float32]
    guide: NDArray[np.uint8] | None = None
    is_present: bool = True


class Drawn:
    """Remembers the mask of a picture that stays as it is, from its second drawing on.

    The one thing in a state that is written to later, and shared by all states that show the same
    picture. It changes no result: what it remembers is what drawing again would give, at the size
    at which it was drawn, so a fresh one may take its place at any time. A picture that is
    drawn once, as while anything moves, is not worth the copy.
    """

    __slots__ = ("mask", "times")

    def __init__(self) -> None:
        self.mask: Mask | None = None
        self.times = 0


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Between two frames.

    Attributes:
        index: of the present frame in the video.
        time_seconds: its presentation time.
        frame_size: height and width; None before the first frame.
        plane: uint8 [h, w], luma of the last frame in which anything moved.
        guide: uint8 [h, w], luma of a key frame on the canvas; None where not needed.
        flow: int16 [h, w, 2], (x, y) in 1/16 pixel of the plane; None where nothing moved.
        residual: uint8 [h, w] after the warp; None where nothing moved.
        confidence: float32 [h, w], 0 to 1, in what is carried.
        past: what is carried; None where nothing is known, or `word` was not brought to the canvas.
        word: the network's word where it alone is shown; drawn as it is, for the canvas blurs it.
        is_ghost: what is carried shows another scene or frame size; shown until the network has
            spoken, never fused.
        ghost_age: frames for which it has been shown so; the network's word alone ends that.
        gap: frames since the last key frame.
        moved: those of them from the first on in which anything moved.
        moved_seconds: the time that they lasted.
        contrast: what grey levels are multiplied by before they are compared, 1 or more; as of the
            last key frame.
        measures: sums since the last key frame.
        areas: int64 [256], positions of the canvas by class at the last key frame.
        owed: why a key frame is due whatever the policy says, until it comes.
        pending: the network is at work on an earlier frame.
        drawn: the mask, once it was drawn twice; saves time and changes nothing.
    """

    index: int = -1
    time_seconds: float = 0.0
    frame_size: tuple[int, int] | None = None
    plane: NDArray[np.uint8] | None = None
    guide: NDArray[np.uint8] | None = None
    flow: NDArray[np.int16] | None = None
    residual: NDArray[np.uint8] | None = None
    confidence: NDArray[np.float32] | None = None
    past: Past | None = None
    word: Word | None = None
    is_ghost: bool = False
    ghost_age: int = 0
    gap: int = 0
    moved: int = 0
    moved_seconds: float = 0.0
    contrast: float = 1.0
    measures: Measures = field(default_factory=Measures)
    areas: NDArray[np.int64] | None = None
    owed: Trigger = Trigger.NONE
    pending: Pending | None = None
    drawn: Drawn = field(default_factory=Drawn)

    @property
    def has_moved(self) -> bool:
        """Whether anything moved in the present frame, as far as is known."""
        return self.flow is not None
