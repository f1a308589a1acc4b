"""Where each frame pixel lies on a network's input and on its logits grid.

One convention throughout the studio: pixel centres lie at half-integers. A letterboxed frame sits
in the top left corner of the input and the padding to its right and below, as DeepLab's own
evaluation pads; so corners coincide and no half pixel is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio.inference.model import Fit, LogitsGrid


@dataclass(frozen=True)
class Axis:
    """Bilinear taps of one axis.

    Attributes:
        low: int32 [pixels], the grid position before each pixel.
        weight: float32 [pixels], weight of the next position; 0 beyond the grid's ends.
        nearest: int32 [pixels], the grid position nearest to each pixel.
        starts: int32, first pixel of each stretch with the same `low`, then the number of pixels.
    """

    low: NDArray[np.int32]
    weight: NDArray[np.float32]
    nearest: NDArray[np.int32]
    starts: NDArray[np.int32]


def fitted_size(
    frame_size: tuple[int, int], input_size: tuple[int, int], fit: Fit
) -> tuple[int, int]:
    """Height and width that a frame takes up on the network's input.

    Args:
        frame_size: height and width of the frame.
        input_size: height and width of the network's input.
        fit: letterbox keeps the aspect, stretch fills the input.
    """
    if fit == "stretch":
        return input_size
    height, width = frame_size
    scale = min(input_size[0] / height, input_size[1] / width)
    return (
        min(input_size[0], max(1, round(height * scale))),
        min(input_size[1], max(1, round(width * scale))),
    )


def axis(pixels: int, fitted: int, input_pixels: int, grid: int, layout: LogitsGrid) -> Axis:
    """Compute one axis: frame pixel to input pixel to grid position.

    Args:
        pixels: of the frame.
        fitted: pixels of the input that the frame takes up.
        input_pixels: of the input.
        grid: positions of the logits.
        layout: half-pixel centres, or corners on corners.
    """
    at_input = (np.arange(pixels) + 0.5) * (fitted / pixels) - 0.5
    if layout == "align_corners":
        position = at_input * ((grid - 1) / max(1, input_pixels - 1))
    else:
        position = (at_input + 0.5) * (grid / input_pixels) - 0.5
    nearest = np.clip(np.floor(position + 0.5), 0, grid - 1).astype(np.int32)
    position = np.clip(position, 0.0, grid - 1.0)
    low = np.floor(position).astype(np.int32)
    changes = np.flatnonzero(np.diff(low)) + 1
    return Axis(
        low=low,
        weight=(position - low).astype(np.float32),
        nearest=nearest,
        starts=np.concatenate(([0], changes, [pixels])).astype(np.int32),
    )


@dataclass(frozen=True)
class Geometry:
    """How one frame size meets one network.

    Attributes:
        frame_size: height and width of the frame.
        input_size: height and width of the network's input.
        grid_size: height and width of the logits.
        fit: letterbox or stretch.
        layout: where logits lie on the input.
    """

    frame_size: tuple[int, int]
    input_size: tuple[int, int]
    grid_size: tuple[int, int]
    fit: Fit = "letterbox"
    layout: LogitsGrid = "half_pixel"

    @cached_property
    def fitted(self) -> tuple[int, int]:
        """Height and width that the frame takes up on the input."""
        return fitted_size(self.frame_size, self.input_size, self.fit)

    @cached_property
    def rows(self) -> Axis:
        """Taps from frame rows to grid rows."""
        return self._axis(0)

    @cached_property
    def columns(self) -> Axis:
        """Taps from frame columns to grid columns."""
        return self._axis(1)

    def placement(self, index: int) -> tuple[float, float]:
        """Where the frame lies on the grid along an axis, whatever its number of pixels.

        Args:
            index: 0 for rows, 1 for columns.

        Returns:
            Scale and offset: the grid position of a point is `scale * x + offset`, x from 0 to 1
            across the frame.
        """
        fitted, pixels = self.fitted[index], self.input_size[index]
        grid = self.grid_size[index]
        if self.layout == "align_corners":
            step = (grid - 1) / max(1, pixels - 1)
            return fitted * step, -0.5 * step
        return fitted * (grid / pixels), -0.5

    def _axis(self, index: int) -> Axis:
        return axis(
            self.frame_size[index],
            self.fitted[index],
            self.input_size[index],
            self.grid_size[index],
            self.layout,
        )
