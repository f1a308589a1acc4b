"""What a frame from the playback process becomes for the panels."""

from __future__ import annotations

import time

from studio.gui.playback.shown import FrameRecord, ShownFrame
from studio.playback.link import class_counts
from studio.playback.messages import FrameReady
from studio.targets.target import Mask
from studio.video.frame import Image


def shown_from(frame: FrameReady, image: Image, mask: Mask) -> ShownFrame:
    """The frame to show.

    Args:
        frame: as it was announced.
        image: the picture in its slot, uint8 [H, W, 3] BGR.
        mask: in the same slot, uint8 [H, W]; meaningless for a frame without a model.
    """
    counts = class_counts(frame)
    return ShownFrame(
        index=frame.index,
        time_seconds=frame.time_seconds,
        image=image,
        mask=None if counts is None else mask,
        class_pixels=counts,
    )


def record_from(frame: FrameReady, dropped: int, is_playing: bool) -> FrameRecord:
    """What the frame cost until now, which is when it is shown; drawing it is yet to come.

    Args:
        frame: as it was announced.
        dropped: frames that were never on screen since the one before.
        is_playing: False for a step or a seek.
    """
    return FrameRecord(
        index=frame.index,
        time_seconds=frame.time_seconds,
        shown_at_seconds=time.monotonic(),
        decode_millis=frame.decode_millis,
        preprocess_millis=frame.preprocess_millis,
        invoke_millis=frame.invoke_millis,
        postprocess_millis=frame.postprocess_millis,
        draw_millis=0.0,
        dropped_before=dropped,
        is_playing=is_playing,
    )
