"""Compiled inner loops that carry class scores and confidence along the flow.

Every value is float32 and every formula is evaluated in the order in which it is written, so that
another implementation can give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit

_ONE = np.float32(1.0)
_ZERO = np.float32(0.0)
_TWO = np.float32(2.0)
_HALF = np.float32(0.5)
_SIXTEENTH = np.float32(0.0625)


@njit(nogil=True, cache=True)
def _widen(way: Any, x_low: Any, x_weight: Any, wide: Any) -> None:
    """Interpolate displacements across, `a (1 - weight) + b weight`, for each row of the plane."""
    columns = way.shape[1]
    pair = np.empty((2, columns + 1), np.float32)
    for y in range(way.shape[0]):
        for i in range(columns):
            pair[0, i] = np.float32(way[y, i, 0])
            pair[1, i] = np.float32(way[y, i, 1])
        for axis in range(2):
            pair[axis, columns] = pair[axis, columns - 1]
            here, after, out = pair[axis], pair[axis, 1:], wide[y, axis]
            for x in range(x_low.shape[0]):
                i0 = np.uint32(x_low[x])
                weight = x_weight[x]
                out[x] = here[i0] * (_ONE - weight) + after[i0] * weight


@njit(nogil=True, cache=True)
def _source_row(
    y: Any, upper: Any, lower: Any, weight: Any, ratios: Any, size: Any, at: Any, parts: Any
) -> None:
    """Find where each position of a row of the canvas was before.

    The displacement is interpolated down as it was across; `position = x + displacement * ratio`,
    clamped to the canvas. `at` becomes the index of the position before (at most the last but one
    along each side), the two rows of `parts` the weights of its neighbours to the right and below.
    All in float32, which the compiler can do for many positions at once; indices are exact in it.
    """
    ratio_x, ratio_y = ratios
    height, width = size
    rest = _ONE - weight
    x_upper, y_upper, x_lower, y_lower = upper[0], upper[1], lower[0], lower[1]
    right, below = parts[0], parts[1]
    y_last, x_last = height - _ONE, width - _ONE
    y_base, x_base = max(height - _TWO, _ZERO), max(width - _TWO, _ZERO)
    for x in range(at.shape[0]):
        dx = x_upper[x] * rest + x_lower[x] * weight
        dy = y_upper[x] * rest + y_lower[x] * weight
        sx = np.float32(np.int32(x)) + dx * ratio_x
        sy = y + dy * ratio_y
        sx = sx if sx > _ZERO else _ZERO
        sy = sy if sy > _ZERO else _ZERO
        sx = sx if sx < x_last else x_last
        sy = sy if sy < y_last else y_last
        ix = np.float32(np.int32(sx))
        iy = np.float32(np.int32(sy))
        ix = ix if ix < x_base else x_base
        iy = iy if iy < y_base else y_base
        at[x] = np.int32(iy * width + ix)
        right[x] = sx - ix
        below[x] = sy - iy


@njit(nogil=True, cache=True)
def carry_scores(
    source: Any,
    way: Any,
    ratios: tuple[Any, Any],
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    out: Any,
) -> None:
    """Carry scores along a flow, bilinearly: `(a (1-r) + b r)(1-d) + (c (1-r) + e r) d`.

    Args:
        source: float32 [K, h, w].
        way: float32 or int16 [ph, pw, 2], (x, y) displacement of each pixel of the plane.
        ratios: float32, positions of the canvas for a unit of `way` across and down.
        y_low: int32 [h], row of the plane above each row of the canvas.
        y_weight: float32 [h], weight of the row below.
        x_low: int32 [w], column of the plane left of each column of the canvas.
        x_weight: float32 [w], weight of the column to the right.
        out: float32 [K, h, w], written.
    """
    count, height, width = source.shape
    last = way.shape[0] - 1
    wide = np.empty((way.shape[0], 2, width), np.float32)
    _widen(way, x_low, x_weight, wide)
    at = np.empty(width, np.int32)
    parts = np.empty((2, width), np.float32)
    right, below = parts[0], parts[1]
    size = (np.float32(height), np.float32(width))
    step = 1 if width > 1 else 0
    jump = width if height > 1 else 0
    for y in range(height):
        y0 = y_low[y]
        y1 = min(y0 + 1, last)
        _source_row(np.float32(y), wide[y0], wide[y1], y_weight[y], ratios, size, at, parts)
        for k in range(count):
            here = source[k].reshape(height * width)
            beside, under, across = here[step:], here[jump:], here[jump + step :]
            target = out[k, y]
            for x in range(width):
                i = np.uint32(at[x])
                r = right[x]
                d = below[x]
                top = here[i] * (_ONE - r) + beside[i] * r
                bottom = under[i] * (_ONE - r) + across[i] * r
                target[x] = top * (_ONE - d) + bottom * d


@njit(nogil=True, cache=True)
def carry_labels(
    source: Any,
    way: Any,
    ratios: tuple[Any, Any],
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    out: Any,
) -> None:
    """Carry labels along a flow, by nearest neighbour; halves go down and to the right.

    Args:
        source: uint8 [h, w].
        way: see `carry_scores`, here and in the next five.
        ratios: likewise.
        y_low: likewise.
        y_weight: likewise.
        x_low: likewise.
        x_weight: likewise.
        out: uint8 [h, w], written.
    """
    height, width = source.shape
    last = way.shape[0] - 1
    wide = np.empty((way.shape[0], 2, width), np.float32)
    _widen(way, x_low, x_weight, wide)
    at = np.empty(width, np.int32)
    parts = np.empty((2, width), np.float32)
    right, below = parts[0], parts[1]
    size = (np.float32(height), np.float32(width))
    step = 1 if width > 1 else 0
    jump = width if height > 1 else 0
    labels = source.reshape(height * width)
    for y in range(height):
        y0 = y_low[y]
        y1 = min(y0 + 1, last)
        _source_row(np.float32(y), wide[y0], wide[y1], y_weight[y], ratios, size, at, parts)
        for x in range(width):
            to_right = step if right[x] >= _HALF else 0
            to_below = jump if below[x] >= _HALF else 0
            out[y, x] = labels[at[x] + to_right + to_below]


@njit(nogil=True, cache=True)
def follow(
    flow: Any,
    residual: Any,
    table: Any,
    confidence: Any,
    carried: Any,
    way: Any,
    longer: Any,
) -> None:
    """Carry a confidence along the flow and, with it, a way back to an earlier frame.

    Args:
        flow: int16 [h, w, 2], (x, y) in 1/16 pixel, from the present frame to the one before.
        residual: uint8 [h, w] after the warp.
        table: float32 [256], confidence kept by residual.
        confidence: float32 [h, w] of the frame before.
        carried: float32 [h, w], written: the bilinear value where the flow points, times the
            table's; 0 where it points more than half a pixel beyond the plane.
        way: float32 [h, w, 2] of the frame before, in pixels; of no rows where there is none.
        longer: float32 like `way`, written: the flow plus the bilinear value where it points.
    """
    height, width = residual.shape
    has_way = way.shape[0] > 0
    y_last, x_last = np.float32(height - 1), np.float32(width - 1)
    for y in range(height):
        for x in range(width):
            dx = np.float32(flow[y, x, 0]) * _SIXTEENTH
            dy = np.float32(flow[y, x, 1]) * _SIXTEENTH
            sx = np.float32(x) + dx
            sy = np.float32(y) + dy
            inside = sx >= -_HALF and sy >= -_HALF and sx <= x_last + _HALF and sy <= y_last + _HALF
            sx = min(max(sx, _ZERO), x_last)
            sy = min(max(sy, _ZERO), y_last)
            ix = np.int32(sx)
            iy = np.int32(sy)
            ix1 = min(ix + 1, width - 1)
            iy1 = min(iy + 1, height - 1)
            r = sx - np.float32(ix)
            d = sy - np.float32(iy)
            top = confidence[iy, ix] * (_ONE - r) + confidence[iy, ix1] * r
            bottom = confidence[iy1, ix] * (_ONE - r) + confidence[iy1, ix1] * r
            value = (top * (_ONE - d) + bottom * d) * table[residual[y, x]]
            carried[y, x] = value if inside else _ZERO
            if has_way:
                for axis in range(2):
                    top = way[iy, ix, axis] * (_ONE - r) + way[iy, ix1, axis] * r
                    bottom = way[iy1, ix, axis] * (_ONE - r) + way[iy1, ix1, axis] * r
                    own = dx if axis == 0 else dy
                    longer[y, x, axis] = own + (top * (_ONE - d) + bottom * d)
