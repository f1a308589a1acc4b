"""The seam between the studio and whatever runs a model: a target opens sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import ModelInfo, SessionOptions, StageMillis
from studio.temporal.report import TemporalReport
from studio.video.frame import Frame

Mask = NDArray[np.uint8]
"""uint8 [H, W]: the class index of each pixel of the frame."""


@dataclass(frozen=True, slots=True)
class SegmentedFrame:
    """A frame, its mask, and what the mask cost.

    Attributes:
        frame: the frame that was segmented.
        mask: uint8 [H, W] at the frame's size.
        millis: by stage.
        temporal: what the temporal engine did; None where each frame is segmented by itself.
    """

    frame: Frame
    mask: Mask
    millis: StageMillis
    temporal: TemporalReport | None = None


class Session(Protocol):
    """A model opened on a target."""

    @property
    def info(self) -> ModelInfo:
        """The opened model."""
        ...

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """Segment one frame.

        Args:
            frame: any size, at least 1 x 1.
            out: uint8 [H, W], C-contiguous; the mask is written there when given.

        Raises:
            ModelError: the model refuses to run.
        """
        ...

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """Segment frames in order; a target with a queue overlaps them."""
        ...

    def close(self) -> None:
        """Let go of the model. A second call does nothing."""
        ...


class Target(Protocol):
    """Something that runs models: this computer, a phone, a recording."""

    @property
    def name(self) -> str:
        """As shown to the user."""
        ...

    def open(self, model: Path, options: SessionOptions) -> Session:
        """Load a model.

        Raises:
            ModelError: not a model, or not one that segments.
            SpecError: the options do not fit the target.
        """
        ...
