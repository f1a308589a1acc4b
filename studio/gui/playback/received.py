"""What a frame from the playback process becomes for the panels."""

from __future__ import annotations

import time

from studio.gui.playback.shown import FrameRecord, ShownFrame
from studio.playback.link import HeldFrame, class_counts
from studio.playback.messages import FrameReady


def shown_from(frame: FrameReady, held: HeldFrame) -> ShownFrame:
    """The frame to show.

    Args:
        frame: as it was announced.
        held: what lies in its slot.
    """
    return ShownFrame(
        index=frame.index,
        time_seconds=frame.time_seconds,
        image=held.image,
        mask=held.mask,
        class_pixels=class_counts(frame),
        view_image=held.view_image,
        view_mask=held.view_mask,
        temporal=frame.temporal,
        field=frame.field,
        comparison=frame.comparison,
        is_exact=frame.is_exact,
    )


def record_from(frame: FrameReady, dropped: int, is_playing: bool) -> FrameRecord:
    """What the frame cost until now, which is when it is shown; the rest of drawing is to come.

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
        draw_millis=frame.view_millis,
        dropped_before=dropped,
        is_playing=is_playing,
        temporal=frame.temporal,
    )
