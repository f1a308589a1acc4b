"""Carries what is known along the flow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.temporal import carry_kernels
from studio.temporal.canvas import placed, taps
from studio.temporal.state import Past

_NO_WAY = np.empty((0, 0, 2), np.float32)


def carried(past: Past, way: NDArray[Any], units_per_pixel: int) -> Past:
    """Carry what is known along a displacement.

    Args:
        past: what is known of the frame that `way` points to.
        way: int16 or float32 [h, w, 2], (x, y) displacement on the plane.
        units_per_pixel: of `way`.
    """
    height, width = past.size
    rows, columns = way.shape[:2]
    down = taps(height, placed(rows), rows)
    across = taps(width, placed(columns), columns)
    ratios = (
        np.float32(width / (columns * units_per_pixel)),
        np.float32(height / (rows * units_per_pixel)),
    )
    if past.labels is not None:
        labels = np.empty_like(past.labels)
        carry_kernels.carry_labels(
            past.labels,
            way,
            ratios,
            down.low,
            down.weight,
            across.low,
            across.weight,
            labels,
        )
        return Past(past.classes, past.scores, labels)
    scores = np.empty_like(past.scores)
    carry_kernels.carry_scores(
        past.scores,
        way,
        ratios,
        down.low,
        down.weight,
        across.low,
        across.weight,
        scores,
    )
    return Past(past.classes, scores)


def followed(
    flow: NDArray[np.int16],
    residual: NDArray[np.uint8],
    kept: NDArray[np.float32],
    confidence: NDArray[np.float32],
    way: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Carry a confidence along the flow and, with it, a way back to an earlier frame.

    Args:
        flow: int16 [h, w, 2] in 1/16 pixel, from the present frame to the one before.
        residual: uint8 [h, w] after the warp.
        kept: float32 [256], confidence kept by residual.
        confidence: float32 [h, w] of the frame before.
        way: float32 [h, w, 2] of the frame before, in pixels.

    Returns:
        Both, of the present frame; the way is empty where none was given.
    """
    before = _NO_WAY if way is None else way
    now = np.empty_like(confidence)
    longer = np.empty_like(before)
    carry_kernels.follow(flow, residual, kept, confidence, now, before, longer)
    return now, longer
