"""What the playback view model tells the panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.playback.messages import Comparison, FieldPicture
from studio.targets.target import Mask
from studio.temporal.report import TemporalReport
from studio.video.frame import Image


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How masks are drawn over the video.

    Attributes:
        visible: whether masks are drawn at all.
        opacity: 0.0 (only the picture) to 1.0 (only the mask).
        outline: draw the borders of the classes instead of filling them.
        hidden_classes: indices of classes that are not drawn.
    """

    visible: bool = True
    opacity: float = 0.55
    outline: bool = False
    hidden_classes: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """The frame on screen. Its arrays are read-only views, valid until the next one is shown.

    Attributes:
        index: in the video.
        time_seconds: presentation time.
        image: uint8 [H, W, 3] BGR.
        mask: uint8 [H, W] class indices; None without a model.
        class_pixels: int64 [classes], pixels of each class; None without a model.
        view_image: the picture at the size of the playback view; None when it was not asked for.
        view_mask: the mask at that size; None likewise.
        temporal: what the temporal engine did; None where it is off.
        field: the view of it that was asked for.
        comparison: with the network's word on this frame alone, if that was asked for.
        is_exact: whether the mask is the one that this frame always has; see `FrameReady`.
    """

    index: int
    time_seconds: float
    image: Image
    mask: Mask | None
    class_pixels: NDArray[np.int64] | None
    view_image: Image | None = None
    view_mask: Mask | None = None
    temporal: TemporalReport | None = None
    field: FieldPicture | None = None
    comparison: Comparison | None = None
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """What one shown frame cost; the telemetry of this computer.

    Attributes:
        index: in the video.
        time_seconds: presentation time.
        shown_at_seconds: `time.monotonic()` when it was shown.
        decode_millis: 0 where the stage did not run, here and below.
        preprocess_millis: resize and normalize.
        invoke_millis: the network.
        postprocess_millis: logits to a mask at the frame's size.
        draw_millis: overlay and painting.
        dropped_before: frames skipped since the previous shown one, to keep the pace.
        is_playing: False for frames shown by a step or a seek.
        temporal: what the temporal engine did; None where it is off. Its times are in the stages
            above already.
    """

    index: int
    time_seconds: float
    shown_at_seconds: float
    decode_millis: float
    preprocess_millis: float
    invoke_millis: float
    postprocess_millis: float
    draw_millis: float
    dropped_before: int
    is_playing: bool
    temporal: TemporalReport | None = None

    @property
    def work_millis(self) -> float:
        """Everything that had to be done for this frame."""
        return (
            self.decode_millis
            + self.preprocess_millis
            + self.invoke_millis
            + self.postprocess_millis
            + self.draw_millis
        )


@dataclass(frozen=True, slots=True)
class Loop:
    """Frames that are repeated.

    Attributes:
        start: first frame.
        end: last frame, included; None while only the start is chosen: to the end of the video.
    """

    start: int
    end: int | None = None
