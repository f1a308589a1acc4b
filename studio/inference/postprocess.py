"""From a network's output to a mask at the frame's size, exactly and fast.

The definition: logits are interpolated bilinearly to each pixel of the frame, and the highest
wins. It is not computed that way, because that would build a picture of the frame's size for each
class. Instead whole cells of the logits grid are filled at once where their corners agree, and
only borders between classes are interpolated; see `kernels`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.inference import kernels
from studio.inference.class_pixels import class_pixels
from studio.inference.geometry import Geometry

__all__ = ["class_pixels", "mask_from_binary", "mask_from_labels", "mask_from_logits", "warm_up"]

_SAME_NAMES = np.arange(VOID_INDEX + 1, dtype=np.uint8)


def mask_from_logits(
    logits: NDArray[Any], geometry: Geometry, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Arg-max of logits at each pixel of the frame.

    Args:
        logits: [h, w, C] of any number type; quantized values need no dequantizing, as one scale
            for all classes does not change which is highest.
        geometry: how the frame lies on the grid.
        out: uint8 [H, W], C-contiguous; written when given.

    Returns:
        uint8 [H, W], class indices.
    """
    mask = np.empty(geometry.frame_size, np.uint8) if out is None else out
    scores = np.ascontiguousarray(logits, np.float32)
    rows, columns = geometry.rows, geometry.columns
    kernels.fill_mask(
        scores,
        mask,
        rows.low,
        rows.weight,
        rows.starts,
        columns.low,
        columns.weight,
        columns.starts,
        np.empty(scores.shape[:2], np.uint8),
        _SAME_NAMES,
    )
    return mask


def mask_from_binary(
    scores: NDArray[Any],
    threshold: float,
    geometry: Geometry,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Foreground where the interpolated score lies above a threshold.

    Args:
        scores: [h, w] of any number type.
        threshold: in the units of the scores, exclusive.
        geometry: how the frame lies on the grid.
        out: uint8 [H, W], C-contiguous; written when given.

    Returns:
        uint8 [H, W], 0 or 1.
    """
    pair = np.empty((*scores.shape, 2), np.float32)
    pair[..., 0] = threshold
    pair[..., 1] = scores
    return mask_from_logits(pair, geometry, out)


def mask_from_labels(
    labels: NDArray[Any], classes: int, geometry: Geometry, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Bring a finished label map to the frame's size by nearest neighbour.

    Args:
        labels: [h, w] of any number type; values outside 0..classes-1 become void.
        classes: number of classes.
        geometry: how the frame lies on the grid.
        out: uint8 [H, W], C-contiguous; written when given.

    Returns:
        uint8 [H, W], class indices.
    """
    mask = np.empty(geometry.frame_size, np.uint8) if out is None else out
    small = labels.astype(np.uint8)
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        small[(labels < 0) | (labels >= classes)] = VOID_INDEX
    rows, columns = geometry.rows.nearest, geometry.columns.nearest
    if len(rows) < small.shape[0]:
        np.take(small[rows], columns, axis=1, out=mask, mode="clip")
    else:
        np.take(np.take(small, columns, axis=1), rows, axis=0, out=mask, mode="clip")
    return mask


def warm_up() -> None:
    """Compile what is compiled, or load it from the cache, before the first frame."""
    kernels.warm_up()
