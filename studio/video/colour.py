"""Which YCbCr matrix a video has where nothing says so."""

from __future__ import annotations

from av.video.reformatter import Colorspace


def usual_matrix(width: int, height: int) -> Colorspace:
    """The matrix that players take for granted.

    They take high definition for BT.709 and all else for BT.601 (mpv does it so), where
    libswscale always takes BT.601.
    """
    is_high_definition = width >= 1280 or height > 576
    return Colorspace.ITU709 if is_high_definition else Colorspace.ITU601
