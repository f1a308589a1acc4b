"""From a frame to a network's input: resize, normalize, quantize."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.inference.geometry import fitted_size
from studio.inference.model import Fit, Normalization
from studio.opencv import cv2
from studio.video.frame import Image


def quantization_table(
    normalization: Normalization, dtype: str, scale: float, zero_point: int
) -> NDArray[Any]:
    """What the network's input holds for each of the 256 values of a pixel.

    Args:
        normalization: mean and std of each channel.
        dtype: of the input, `float32`, `uint8`, `int8` or `int16`.
        scale: of the input's quantization; 0.0 without.
        zero_point: of the input's quantization.

    Returns:
        [256, 3] of the given dtype, in RGB order.
    """
    mean = np.array(normalization.mean)
    std = np.array(normalization.std)
    real = (np.arange(256)[:, None] - mean) / std
    return _quantize(real, dtype, scale, zero_point)


def _quantize(real: NDArray[Any], dtype: str, scale: float, zero_point: int) -> NDArray[Any]:
    values = real
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        levels = np.round(real / (scale or 1.0)) + zero_point
        values = np.clip(levels, limits.min, limits.max)
    stored: NDArray[Any] = values.astype(dtype)
    return stored


class Preprocessor:
    """Writes frames into a network's input.

    A letterboxed frame is padded with the mean colour, which is zero after normalization.

    Args:
        input_size: height and width of the network's input.
        layout: NHWC or NCHW.
        dtype: of the input.
        scale: of the input's quantization; 0.0 without.
        zero_point: of the input's quantization.
        normalization: mean and std of each channel.
        fit: letterbox or stretch.
        channel_order: which order of channels the network expects.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        layout: Literal["NHWC", "NCHW"],
        dtype: str,
        scale: float,
        zero_point: int,
        normalization: Normalization,
        fit: Fit,
        channel_order: Literal["rgb", "bgr"],
    ) -> None:
        self._size = input_size
        self._layout = layout
        self._fit = fit
        self._swaps = channel_order == "rgb"  # frames come as BGR
        table = quantization_table(normalization, dtype, scale, zero_point)
        if channel_order == "bgr":
            table = table[:, ::-1]
        self._table = np.ascontiguousarray(table[None])
        self._is_identity = table.dtype == np.uint8 and bool(
            (table == np.arange(256)[:, None]).all()
        )
        self._zero = _quantize(np.zeros(()), dtype, scale, zero_point)

    @property
    def swaps(self) -> bool:
        """Whether the network wants RGB; frames are BGR."""
        return self._swaps

    @property
    def table(self) -> NDArray[Any]:
        """What the input holds for each value of a pixel, [256, 3] in the network's order."""
        table: NDArray[Any] = self._table[0]
        return table

    @property
    def padding(self) -> NDArray[Any]:
        """What the input holds beside a letterboxed frame, one value of its type."""
        return self._zero

    def write(self, image: Image, tensor: NDArray[Any]) -> None:
        """Fill the input tensor from a frame.

        Args:
            image: uint8 [H, W, 3] BGR.
            tensor: the input, [1, h, w, 3] or [1, 3, h, w]; written.
        """
        height, width = fitted_size((image.shape[0], image.shape[1]), self._size, self._fit)
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        if self._swaps:
            cv2.cvtColor(small, cv2.COLOR_BGR2RGB, dst=small)
        values = small if self._is_identity else cv2.LUT(small, self._table)
        target = tensor[0] if self._layout == "NHWC" else tensor[0].transpose(1, 2, 0)
        target[:height, :width] = values
        target[height:] = self._zero
        target[:height, width:] = self._zero
