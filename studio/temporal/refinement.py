"""Bends the network's coarse word to the edges of the picture.

The network's logits lie on a coarse grid, which rounds the outlines of what they show; the luma of
the picture tells where those run.

Reference: He, Sun, Tang, "Guided Image Filtering", ECCV 2010, equations 5, 6 and 8. A guided filter
    smooths as well, which eats small objects; so only the difference is taken between its output
    and that of the same two means without a guide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.temporal import refinement_kernels
from studio.temporal.spec import TemporalSpec


def refine(config: TemporalSpec, scores: NDArray[np.float32], guide: NDArray[np.uint8]) -> None:
    """Move the borders between classes to the edges of the picture.

    With `d` a class's lead over the first class, `I` the guide and means over windows:
    `a = (mean(I d) - mean(I) mean(d)) / (var(I) + contrast^2)` and
    `d + gain (mean(a) I - mean(a mean(I)))` takes the place of `d`.

    Args:
        config: gain, radius and contrast.
        scores: float32 [K, h, w], finite; changed in place.
        guide: uint8 [h, w], luma of the frame on the canvas.
    """
    if len(scores) < 2:
        return
    side = 2 * config.refine_radius + 1
    refinement_kernels.refine(
        scores,
        guide,
        config.refine_radius,
        np.float32(1.0 / (side * side)),
        np.float32(config.refine_contrast * config.refine_contrast),
        np.float32(config.refine_gain),
    )
