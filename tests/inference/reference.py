"""The plain definition of a mask, slow and obvious; the fast one is tested against it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import Fit, LogitsGrid
from studio.opencv import cv2


def upsampled_by_opencv(logits: NDArray[Any], frame_size: tuple[int, int]) -> NDArray[np.float32]:
    """Stretch with half-pixel centres, as OpenCV defines it: float32 [H, W, C]."""
    height, width = frame_size
    planes = [
        cv2.resize(np.ascontiguousarray(logits[..., k], np.float32), (width, height))
        for k in range(logits.shape[2])
    ]
    return np.stack(planes, axis=-1).astype(np.float32)


def upsampled_reference(
    logits: NDArray[Any],
    frame_size: tuple[int, int],
    input_size: tuple[int, int],
    fit: Fit,
    layout: LogitsGrid,
) -> NDArray[np.float32]:
    """Bilinear logits at each frame pixel, float32 [H, W, C]."""
    rows = _positions(frame_size, input_size, logits.shape[:2], fit, layout, 0)
    columns = _positions(frame_size, input_size, logits.shape[:2], fit, layout, 1)
    scores = logits.astype(np.float32)
    x0 = np.floor(columns).astype(int)
    x1 = np.minimum(x0 + 1, logits.shape[1] - 1)
    wx = (columns - x0).astype(np.float32)[None, :, None]
    across = scores[:, x0] * (1 - wx) + scores[:, x1] * wx
    y0 = np.floor(rows).astype(int)
    y1 = np.minimum(y0 + 1, logits.shape[0] - 1)
    wy = (rows - y0).astype(np.float32)[:, None, None]
    result: NDArray[np.float32] = across[y0] * (1 - wy) + across[y1] * wy
    return result


def _positions(
    frame_size: tuple[int, int],
    input_size: tuple[int, int],
    grid_size: tuple[int, ...],
    fit: Fit,
    layout: LogitsGrid,
    axis: int,
) -> NDArray[np.float64]:
    """Where each frame pixel of an axis lies on the grid."""
    fitted = input_size[axis]
    if fit == "letterbox":
        scale = min(input_size[0] / frame_size[0], input_size[1] / frame_size[1])
        fitted = min(input_size[axis], max(1, round(frame_size[axis] * scale)))
    frame, grid = frame_size[axis], grid_size[axis]
    at_input = np.array([(pixel + 0.5) * fitted / frame - 0.5 for pixel in range(frame)])
    if layout == "align_corners":
        position = at_input * (grid - 1) / max(1, input_size[axis] - 1)
    else:
        position = (at_input + 0.5) * grid / input_size[axis] - 0.5
    return np.clip(position, 0, grid - 1)


def assert_same_mask(
    mask: NDArray[np.uint8], upsampled: NDArray[np.float32], tolerance: float = 1e-4
) -> None:
    """Fail when a mask differs from the arg-max of its logits anywhere but at ties.

    Args:
        mask: uint8 [H, W].
        upsampled: float32 [H, W, C].
        tolerance: how far the mask's class may lie below the highest, relative to the logits.
    """
    chosen = np.take_along_axis(upsampled, mask[..., None].astype(np.int64), axis=-1)[..., 0]
    gap = upsampled.max(axis=-1) - chosen
    scale = max(1e-6, float(np.abs(upsampled).max()))
    worst = np.unravel_index(int(gap.argmax()), gap.shape)
    assert gap.max() <= tolerance * scale, (
        f"pixel {worst} is {mask[worst]}, whose logit lies {gap.max()} below the highest"
    )
    # Ties are rare: the tolerance must not hide a wrong mask.
    wrong = (mask != upsampled.argmax(axis=-1)) & (gap > 0)
    assert wrong.mean() < 0.02 or wrong.sum() <= 2, f"{wrong.sum()} of {mask.size} pixels differ"
