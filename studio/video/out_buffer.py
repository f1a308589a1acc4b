"""The buffer that a picture is written into: the caller's or a new one."""

from __future__ import annotations

import numpy as np

from studio.video.frame import Image


def picture_buffer(out: Image | None, width: int, height: int) -> Image:
    """Check the buffer of the caller, or make one.

    Args:
        out: uint8 [height, width, 3], C-contiguous; or None.
        width: in pixels.
        height: in pixels.

    Returns:
        The buffer to write into.

    Raises:
        ValueError: the buffer does not fit.
    """
    if out is None:
        return np.empty((height, width, 3), np.uint8)
    if out.shape != (height, width, 3) or out.dtype != np.uint8 or not out.flags.c_contiguous:
        raise ValueError(
            f"Expected a C-contiguous uint8 buffer of shape {(height, width, 3)}. "
            f"Received instead: {out.dtype} {out.shape}."
        )
    return out
