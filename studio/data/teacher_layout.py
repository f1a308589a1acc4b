"""Where a teacher's logits lie on an image, and their values at any of its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.inference.geometry import fitted_size
from studio.inference.model import LogitsGrid


@dataclass(frozen=True, slots=True)
class TeacherLayout:
    """The frame of a teacher's logits: the image letterboxed into the top left of its input.

    Attributes:
        input_size: height and width of the teacher's input.
        grid: where its logits lie on that input.
    """

    input_size: tuple[int, int]
    grid: LogitsGrid

    def sample(
        self,
        logits: NDArray[np.float16],
        image_size: tuple[int, int],
        rows: NDArray[np.float64],
        columns: NDArray[np.float64],
    ) -> NDArray[np.float16]:
        """Interpolate the logits at points of the image, bilinearly.

        Args:
            logits: [h, w, classes].
            image_size: height and width of the image.
            rows: [H] positions in the image, centres at whole numbers.
            columns: [W] likewise.

        Returns:
            Float16 [H, W, classes].
        """
        fitted = fitted_size(image_size, self.input_size, "letterbox")
        taps = [
            self._taps(axis, positions, image_size[axis], fitted[axis], logits.shape[axis])
            for axis, positions in enumerate((rows, columns))
        ]
        (top, down), (left, right) = taps
        first = np.float32(1) - down[:, None, None]
        lines = logits[top] * first
        lines += logits[np.minimum(top + 1, logits.shape[0] - 1)] * down[:, None, None]
        weight = right[:, None]
        values = lines[:, left] * (np.float32(1) - weight)
        values += lines[:, np.minimum(left + 1, logits.shape[1] - 1)] * weight
        sampled: NDArray[np.float16] = values.astype(np.float16)
        return sampled

    def _taps(
        self, axis: int, positions: NDArray[np.float64], pixels: int, fitted: int, grid: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The grid position before each point, and the weight of the next one."""
        at_input = (positions + 0.5) * (fitted / pixels) - 0.5
        input_pixels = self.input_size[axis]
        if self.grid == "align_corners":
            at_grid = at_input * ((grid - 1) / max(1, input_pixels - 1))
        else:
            at_grid = (at_input + 0.5) * (grid / input_pixels) - 0.5
        at_grid = at_grid.clip(0.0, grid - 1.0)
        low = np.floor(at_grid).astype(np.intp)
        return low, (at_grid - low).astype(np.float32)
