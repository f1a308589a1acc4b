"""How strong a picture's contrast is, for what is measured in grey levels.

The limits are set for ordinary pictures. At night or in mist the same motion changes luma by a few
grey levels, which would pass for stillness, or for a warp that left nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ORDINARY = 20
"""Mean absolute deviation of luma from its mean, in grey levels, of an ordinary picture at least.

Every frame of the DAVIS videos for which the presets are tuned lies above it.
"""

_PARTS = 16
_MOST = 8
_LEAST = 2
"""Mean absolute deviation below which there is no picture, but one grey with its noise."""

_LEAST_LEVEL = 2.0
"""Grey levels; what changes by less is rounding and noise, whatever the contrast."""


def contrast_gain(plane: NDArray[np.uint8]) -> float:
    """Find what grey levels of a picture are to be multiplied by.

    In integers, so that any order of sums gives the same.

    Args:
        plane: uint8 [h, w], luma.

    Returns:
        1 to 8, a multiple of 1/16: 1 for ordinary pictures and those of one grey, more for those of
        less contrast.
    """
    levels = plane.astype(np.int64)
    mean = int(levels.sum()) // plane.size
    deviation = int(np.abs(levels - mean).sum())
    if deviation < _LEAST * plane.size:
        return 1.0
    parts = _ORDINARY * _PARTS * plane.size // deviation
    return min(max(parts, _PARTS), _MOST * _PARTS) / _PARTS


def level_at(gain: float, level: float) -> float:
    """Lower a level of grey to a picture's contrast, down to 2 grey levels.

    Args:
        gain: of the picture.
        level: in grey levels of an ordinary picture.
    """
    return max(level / gain, min(level, _LEAST_LEVEL))
