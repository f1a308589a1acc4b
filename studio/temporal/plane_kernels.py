"""Compiled inner loops of the luma plane; importing this loads numba, so the window must not."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit

_WHOLE_ROWS = 6
_MOST_ROWS = 128


@njit(nogil=True, cache=True)
def _row_step(rows: int) -> int:
    """Every how many rows a box is looked at: all of a low one, at most 128 of any."""
    if rows < _WHOLE_ROWS:
        return 1
    return max(2, (rows + _MOST_ROWS - 1) // _MOST_ROWS)


@njit(nogil=True, cache=True)
def _add_row(row: Any, sums: Any) -> None:
    for i in range(len(sums)):
        sums[i] += row[i]


@njit(nogil=True, cache=True)
def _start_row(row: Any, sums: Any) -> None:
    for i in range(len(sums)):
        sums[i] = row[i]


@njit(nogil=True, cache=True)
def mean_boxes(rows: Any, channels: int, plane: Any) -> None:
    """Mean luma of each box of a picture; see `plane.luma_plane`.

    Rows are summed before columns, because that is a loop over memory in order that has as many
    lanes as the processor.

    Args:
        rows: uint8 [H, W * channels], contiguous.
        channels: 1 for luma, 3 for BGR.
        plane: uint8 [h, w], written.
    """
    height, width = plane.shape
    frame_height, frame_width = rows.shape[0], rows.shape[1] // channels
    sums = np.empty(rows.shape[1], np.uint16)
    for y in range(height):
        top, bottom = y * frame_height // height, (y + 1) * frame_height // height
        step = _row_step(bottom - top)
        _start_row(rows[top], sums)
        counted = 1
        for row in range(top + step, bottom, step):
            _add_row(rows[row], sums)
            counted += 1
        start = 0
        for x in range(width):
            end = (x + 1) * frame_width // width
            pixels = np.uint64(counted * (end - start))
            total = np.uint64(0)
            if channels == 1:
                for i in range(start, end):
                    total += np.uint64(sums[i])
                plane[y, x] = (total + pixels // np.uint64(2)) // pixels
            else:
                blue = np.uint64(0)
                green = np.uint64(0)
                red = np.uint64(0)
                for i in range(start, end):
                    blue += np.uint64(sums[3 * i])
                    green += np.uint64(sums[3 * i + 1])
                    red += np.uint64(sums[3 * i + 2])
                total = np.uint64(29) * blue + np.uint64(150) * green + np.uint64(77) * red
                plane[y, x] = (total + np.uint64(128) * pixels) // (np.uint64(256) * pixels)
            start = end


@njit(nogil=True, cache=True)
def differences(a: Any, b: Any, level: Any) -> tuple[int, int]:
    """Count where two flat arrays of uint8 differ by more than a float32, and find by how much."""
    count = np.int32(0)
    largest = np.int32(0)
    for i in range(len(a)):
        difference = np.int32(abs(np.int32(a[i]) - np.int32(b[i])))
        count = np.int32(count + np.int32(np.float32(difference) > level))
        largest = max(largest, difference)
    return int(count), int(largest)


@njit(nogil=True, cache=True)
def absolute_sum(a: Any, b: Any) -> int:
    """Sum of absolute differences of two flat arrays of uint8."""
    total = np.int32(0)
    for i in range(len(a)):
        total = np.int32(total + np.int32(abs(np.int32(a[i]) - np.int32(b[i]))))
    return int(total)
