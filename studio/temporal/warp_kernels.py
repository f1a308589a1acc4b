"""Compiled inner loops of the plane's warp; importing this loads numba, so the window must not."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit


@njit(nogil=True, cache=True)
def warp(previous: Any, flow: Any, warped: Any) -> None:
    """Bilinear samples of a plane, positions clamped to it, rounded half up."""
    height, width = previous.shape
    for y in range(height):
        for x in range(width):
            right = min(max(x * 16 + np.int64(flow[y, x, 0]), 0), (width - 1) * 16)
            down = min(max(y * 16 + np.int64(flow[y, x, 1]), 0), (height - 1) * 16)
            left, top = right >> 4, down >> 4
            right &= 15
            down &= 15
            next_left, next_top = min(left + 1, width - 1), min(top + 1, height - 1)
            above = previous[top, left] * (16 - right) + previous[top, next_left] * right
            below = previous[next_top, left] * (16 - right) + previous[next_top, next_left] * right
            warped[y, x] = (above * (16 - down) + below * down + 128) >> 8


@njit(nogil=True, cache=True)
def blurred_difference(a: Any, b: Any, blurred: Any) -> None:
    """Mean of the absolute differences of 3 x 3 pixels, borders continued, rounded half up."""
    height, width = a.shape
    columns = np.empty(width + 2, np.int32)
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            columns[x + 1] = (
                abs(np.int32(a[above, x]) - np.int32(b[above, x]))
                + abs(np.int32(a[y, x]) - np.int32(b[y, x]))
                + abs(np.int32(a[below, x]) - np.int32(b[below, x]))
            )
        columns[0] = columns[1]
        columns[width + 1] = columns[width]
        for x in range(width):
            blurred[y, x] = (columns[x] + columns[x + 1] + columns[x + 2] + 4) // 9
