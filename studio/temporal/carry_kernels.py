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
_HALF = np.float32(0.5)
_SIXTEENTH = np.float32(0.0625)


@njit(nogil=True, cache=True)
def _source_row(
    y: int,
    way: Any,
    rows: tuple[int, int],
    weight_below: Any,
    ratio_y: Any,
    ratio_x: Any,
    x_low: Any,
    x_weight: Any,
    size: tuple[int, int],
    across: Any,
    down: Any,
    at: Any,
    right: Any,
    below: Any,
) -> None:
    """Find where each position of a row of the canvas was before.

    The displacement is interpolated between the plane's pixels, first down, then across;
    `position = x + displacement * ratio`, clamped to the canvas. The taps are the position before
    (at most the last but one) and its neighbours, with the weights `right` and `below`.
    """
    height, width = size
    y0, y1 = rows
    above = _ONE - weight_below
    for i in range(across.shape[0]):
        across[i] = np.float32(way[y0, i, 0]) * above + np.float32(way[y1, i, 0]) * weight_below
        down[i] = np.float32(way[y0, i, 1]) * above + np.float32(way[y1, i, 1]) * weight_below
    last_plane = across.shape[0] - 1
    y_last, x_last = np.float32(height - 1), np.float32(width - 1)
    y_base, x_base = np.int32(max(height - 2, 0)), np.int32(max(width - 2, 0))
    for x in range(width):
        i0 = x_low[x]
        i1 = min(i0 + 1, last_plane)
        weight = x_weight[x]
        other = _ONE - weight
        dx = across[i0] * other + across[i1] * weight
        dy = down[i0] * other + down[i1] * weight
        sx = np.float32(x) + dx * ratio_x
        sy = np.float32(y) + dy * ratio_y
        sx = min(max(sx, _ZERO), x_last)
        sy = min(max(sy, _ZERO), y_last)
        ix = min(np.int32(sx), x_base)
        iy = min(np.int32(sy), y_base)
        at[x] = iy * width + ix
        right[x] = sx - np.float32(ix)
        below[x] = sy - np.float32(iy)


@njit(nogil=True, cache=True)
def carry_scores(
    source: Any,
    way: Any,
    ratio_y: Any,
    ratio_x: Any,
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
        ratio_y: float32, positions of the canvas for a unit of `way` down.
        ratio_x: float32, the same across.
        y_low: int32 [h], row of the plane above each row of the canvas.
        y_weight: float32 [h], weight of the row below.
        x_low: int32 [w], column of the plane left of each column of the canvas.
        x_weight: float32 [w], weight of the column to the right.
        out: float32 [K, h, w], written.
    """
    count, height, width = source.shape
    last = way.shape[0] - 1
    across = np.empty(way.shape[1], np.float32)
    down = np.empty(way.shape[1], np.float32)
    at = np.empty(width, np.int32)
    right = np.empty(width, np.float32)
    below = np.empty(width, np.float32)
    step = 1 if width > 1 else 0
    jump = width if height > 1 else 0
    for y in range(height):
        y0 = y_low[y]
        _source_row(
            y,
            way,
            (y0, min(y0 + 1, last)),
            y_weight[y],
            ratio_y,
            ratio_x,
            x_low,
            x_weight,
            (height, width),
            across,
            down,
            at,
            right,
            below,
        )
        for k in range(count):
            plane = source[k].reshape(height * width)
            for x in range(width):
                here = at[x]
                r = right[x]
                d = below[x]
                top = plane[here] * (_ONE - r) + plane[here + step] * r
                bottom = plane[here + jump] * (_ONE - r) + plane[here + jump + step] * r
                out[k, y, x] = top * (_ONE - d) + bottom * d


@njit(nogil=True, cache=True)
def carry_labels(
    source: Any,
    way: Any,
    ratio_y: Any,
    ratio_x: Any,
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    out: Any,
) -> None:
    """Carry labels along a flow, by nearest neighbour; halves go down and to the right.

    Args:
        source: uint8 [h, w].
        way: see `carry_scores`, here and in the next six.
        ratio_y: likewise.
        ratio_x: likewise.
        y_low: likewise.
        y_weight: likewise.
        x_low: likewise.
        x_weight: likewise.
        out: uint8 [h, w], written.
    """
    height, width = source.shape
    last = way.shape[0] - 1
    across = np.empty(way.shape[1], np.float32)
    down = np.empty(way.shape[1], np.float32)
    at = np.empty(width, np.int32)
    right = np.empty(width, np.float32)
    below = np.empty(width, np.float32)
    step = 1 if width > 1 else 0
    jump = width if height > 1 else 0
    labels = source.reshape(height * width)
    for y in range(height):
        y0 = y_low[y]
        _source_row(
            y,
            way,
            (y0, min(y0 + 1, last)),
            y_weight[y],
            ratio_y,
            ratio_x,
            x_low,
            x_weight,
            (height, width),
            across,
            down,
            at,
            right,
            below,
        )
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
