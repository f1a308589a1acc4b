"""Compiled inner loops that make flow of patches dense; importing this loads numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit
from studio.temporal.flow_kernels import STRIDE, patch_origin
from studio.temporal.patch_lanes import PATCH, sample_patch
from studio.temporal.pyramid_kernels import MARGIN

_SIDE_BY_SIDE = PATCH // STRIDE
_BIAS = 32768


@njit(nogil=True, cache=True)
def _add_row(
    values: Any, samples: Any, x: Any, y: Any, weights: Any, along_x: Any, along_y: Any
) -> None:
    """Add a row of patches' displacements, each pixel's weighted by how well it is explained.

    The weight is 1024 over the difference in grey levels, of which one is the least, cut off.
    """
    for i in range(len(values)):
        difference = np.int32(abs(np.int32(np.int32(samples[i]) - np.int32(values[i]))))
        difference = np.int32(max(difference, np.int32(16)))
        weight = np.int32(np.float32(16384.0) / np.float32(difference))
        weights[i] = np.int32(weights[i] + weight)
        along_x[i] = np.int32(along_x[i] + np.int32(weight * x[i]))
        along_y[i] = np.int32(along_y[i] + np.int32(weight * y[i]))


@njit(nogil=True, cache=True)
def _divide_row(weights: Any, along_x: Any, along_y: Any, flow: Any) -> None:
    """Weighted means, in float32; rounded half up after a bias that keeps them above zero."""
    for i in range(flow.shape[0]):
        weight = np.float32(weights[i])
        x = np.float32(np.float32(along_x[i]) / weight)
        y = np.float32(np.float32(along_y[i]) / weight)
        flow[i, 0] = np.int16(np.int32(np.float32(x + np.float32(_BIAS + 0.5))) - np.int32(_BIAS))
        flow[i, 1] = np.int16(np.int32(np.float32(y + np.float32(_BIAS + 0.5))) - np.int32(_BIAS))


@njit(nogil=True, cache=True)
def densify(fine: Any, previous: Any, size: tuple[int, int], found: Any, flow: Any) -> None:
    """Flow of each pixel from the patches over it.

    Patches that lie side by side without overlap are sampled into one long row, because loops over
    whole rows have as many lanes as the processor.

    Args:
        fine: int16 [3, pixels], see `pyramid_kernels.differentiate`.
        previous: uint8, padded plane.
        size: height and width of the level.
        found: int32 [rows, columns, 2], displacement of each patch.
        flow: int16 [h, w, 2], written.
    """
    height, width = size
    rows, columns = found.shape[0], found.shape[1]
    stride = previous.shape[1]
    flat = previous.reshape(-1)
    length = max(width, PATCH)
    weights = np.zeros((height, length), np.int32)
    along_x = np.zeros((height, length), np.int32)
    along_y = np.zeros((height, length), np.int32)
    samples = np.empty((PATCH, length), np.int16)
    flat_samples = samples.reshape(-1)
    x = np.empty(length, np.int32)
    y = np.empty(length, np.int32)
    is_odd = columns > 1 and patch_origin(columns - 1, width) % STRIDE != 0
    regular = columns - 1 if is_odd else columns
    for row in range(rows):
        top = patch_origin(row, height)
        for group in range(_SIDE_BY_SIDE + 1):
            first, last = group, regular
            if group == _SIDE_BY_SIDE:  # the last column, where it is out of step
                first, last = regular, columns
            start, end = patch_origin(first, width), 0
            for column in range(first, last, _SIDE_BY_SIDE):
                left = patch_origin(column, width)
                end = left + PATCH
                at_x, at_y = found[row, column, 0], found[row, column, 1]
                x[left:end] = at_x
                y[left:end] = at_y
                at = (top + MARGIN + (at_y >> 4)) * stride + left + MARGIN + (at_x >> 4)
                sample_patch(flat, at, stride, at_x & 15, at_y & 15, flat_samples, left, length)
            if end == 0:
                continue
            for j in range(min(PATCH, height)):
                at = (top + j + MARGIN) * stride + start + MARGIN
                _add_row(
                    fine[0, at : at + end - start],
                    samples[j, start:end],
                    x[start:end],
                    y[start:end],
                    weights[top + j, start:end],
                    along_x[top + j, start:end],
                    along_y[top + j, start:end],
                )
    for j in range(height):
        _divide_row(weights[j], along_x[j], along_y[j], flow[j])
