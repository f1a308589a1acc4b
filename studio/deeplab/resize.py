"""Bilinear resampling on either grid, out of operations that every backend has."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from studio.inference.model import LogitsGrid


def interpolation_matrix(source: int, target: int, grid: LogitsGrid) -> npt.NDArray[np.float32]:
    """The bilinear weights that carry `source` samples to `target` samples along one axis.

    Args:
        source: number of samples.
        target: number of samples wanted.
        grid: pixel centres, or corner to corner.

    Returns:
        Float [target, source]; its rows sum to 1.
    """
    position = np.arange(target, dtype=np.float64)
    if grid == "align_corners":
        position *= (source - 1) / max(target - 1, 1)
    else:
        position = (position + 0.5) * source / target - 0.5
    position = position.clip(0, source - 1)
    left = np.minimum(np.floor(position).astype(int), max(source - 2, 0))
    share = position - left
    matrix = np.zeros((target, source), np.float32)
    rows = np.arange(target)
    matrix[rows, left] = 1.0 - share
    matrix[rows, np.minimum(left + 1, source - 1)] += share.astype(np.float32)
    return matrix


def resize_bilinear(x: Any, size: tuple[int, int], grid: LogitsGrid) -> Any:
    """Resample maps bilinearly, by one small matrix product per axis.

    Args:
        x: float [N, h, w, C] with h and w known.
        size: target height and width.
        grid: pixel centres, or corner to corner.

    Returns:
        Float [N, *size, C].
    """
    height, width = x.shape[1:3]
    if (height, width) == size:
        return x
    rows = ops.cast(interpolation_matrix(height, size[0], grid), x.dtype)
    columns = ops.cast(interpolation_matrix(width, size[1], grid), x.dtype)
    return ops.einsum("Yy,nyxc,Xx->nYXc", rows, x, columns)


@keras.saving.register_keras_serializable(package="jejunet")
class Upsample(keras.layers.Layer):
    """Brings a small map to the size of a larger one, bilinearly.

    Args:
        align_corners: corner to corner; else pixel centres.

    Input: two maps, float [N, h, w, C] and [N, H, W, c]. Output: float [N, H, W, C].
    """

    def __init__(self, *, align_corners: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.align_corners = align_corners

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """Resize the first to the second."""
        small, large = inputs
        size = (large.shape[1], large.shape[2])
        return resize_bilinear(small, size, "align_corners" if self.align_corners else "half_pixel")

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[Any, ...]:
        """The large map's size with the small map's channels."""
        small, large = input_shape
        return (small[0], *large[1:3], small[3])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, for a Keras file."""
        return {**super().get_config(), "align_corners": self.align_corners}
