"""Compiled inner loops that bring the network's word to the canvas and join it with the past.

Every value is float32 and every formula is evaluated in the order in which it is written, so that
another implementation can give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit

_ONE = np.float32(1.0)
_ZERO = np.float32(0.0)
_BINS_PER_LOGIT = np.float32(16.0)
_LAST_BIN = np.float32(255.0)


@njit(nogil=True, cache=True)
def count_winners(values: Any, wins: Any) -> bool:
    """Count the positions of a grid at which each class has the highest value.

    Args:
        values: float32 [h, w, C].
        wins: int64 [C], added to; what is not finite never wins.

    Returns:
        Whether all values are finite.
    """
    lowest, top = np.float32(-np.inf), np.float32(np.inf)
    off = _ZERO
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            highest = lowest
            winner = -1
            for k in range(values.shape[2]):
                value = values[y, x, k]
                off += value - value  # NaN once anything is not finite
                is_higher = value > highest and value < top
                highest = value if is_higher else highest
                winner = k if is_higher else winner
            if winner >= 0:
                wins[winner] += 1
    return bool(off == _ZERO)


@njit(nogil=True, cache=True)
def winners(scores: Any, classes: Any, labels: Any) -> None:
    """Find the class that is highest at each position of the canvas; the first of equals is.

    Args:
        scores: float32 [K, h, w], finite.
        classes: uint8 [K], their numbers.
        labels: uint8 [h, w], written.
    """
    count, height, width = scores.shape
    highest = np.empty(width, np.float32)
    winner = np.empty(width, np.int32)
    for y in range(height):
        for x in range(width):
            highest[x] = scores[0, y, x]
            winner[x] = 0
        for k in range(1, count):
            for x in range(width):
                value = scores[k, y, x]
                is_higher = value > highest[x]
                highest[x] = value if is_higher else highest[x]
                winner[x] = k if is_higher else winner[x]
        for x in range(width):
            labels[y, x] = classes[winner[x]]


@njit(nogil=True, cache=True)
def _net_row(
    values: Any,
    classes: Any,
    zero_point: Any,
    scale: Any,
    rows: tuple[int, int],
    below: Any,
    x_low: Any,
    x_weight: Any,
    column: Any,
    net: Any,
) -> None:
    """Interpolate a row of the canvas out of the grid, first down, then across.

    `logit = (value - zero_point) * scale` at each position of the grid;
    `a (1 - weight) + b weight` each way.
    """
    y0, y1 = rows
    above = _ONE - below
    last = values.shape[1] - 1
    for k in range(classes.shape[0]):
        chosen = classes[k]
        for i in range(column.shape[0]):
            upper = (values[y0, i, chosen] - zero_point) * scale
            lower = (values[y1, i, chosen] - zero_point) * scale
            column[i] = upper * above + lower * below
        for x in range(net.shape[1]):
            i0 = x_low[x]
            i1 = min(i0 + 1, last)
            right = x_weight[x]
            net[k, x] = column[i0] * (_ONE - right) + column[i1] * right


@njit(nogil=True, cache=True)
def _weight_row(
    net: Any,
    confidence: Any,
    rows: tuple[int, int],
    below: Any,
    x_low: Any,
    x_weight: Any,
    past_weight: Any,
    doubts: Any,
    weight: Any,
) -> None:
    """Weigh the past against the network along a row of the canvas.

    `weight = past_weight * confidence * doubts[bin]`, the bin being the whole part of 16 times the
    margin between the two highest logits, at most 255.
    """
    y0, y1 = rows
    above = _ONE - below
    last = confidence.shape[1] - 1
    for x in range(weight.shape[0]):
        first = net[0, x]
        second = np.float32(-np.inf)
        for k in range(1, net.shape[0]):
            value = net[k, x]
            second = max(second, min(first, value))
            first = max(first, value)
        bins = (first - second) * _BINS_PER_LOGIT
        place = np.int32(bins) if bins < _LAST_BIN else np.int32(255)
        i0 = x_low[x]
        i1 = min(i0 + 1, last)
        right = x_weight[x]
        left_value = confidence[y0, i0] * above + confidence[y1, i0] * below
        right_value = confidence[y0, i1] * above + confidence[y1, i1] * below
        trust = left_value * (_ONE - right) + right_value * right
        weight[x] = past_weight * trust * doubts[place]


@njit(nogil=True, cache=True)
def sample(
    values: Any,
    classes: Any,
    zero_point: Any,
    scale: Any,
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    out: Any,
) -> None:
    """Bring logits of some classes to the canvas, bilinearly.

    Args:
        values: float32 [h, w, C], finite.
        classes: int64 [K], which.
        zero_point: float32, value that stands for 0.
        scale: float32, logit per unit.
        y_low: int32 [H], row of the grid above each row of the canvas.
        y_weight: float32 [H], weight of the row below.
        x_low: int32 [W], column of the grid left of each column of the canvas.
        x_weight: float32 [W], weight of the column to the right.
        out: float32 [K, H, W], written.
    """
    last = values.shape[0] - 1
    column = np.empty(values.shape[1], np.float32)
    for y in range(out.shape[1]):
        y0 = y_low[y]
        rows = (y0, min(y0 + 1, last))
        _net_row(
            values,
            classes,
            zero_point,
            scale,
            rows,
            y_weight[y],
            x_low,
            x_weight,
            column,
            out[:, y],
        )


@njit(nogil=True, cache=True)
def fuse(
    net: Any,
    past: Any,
    places: Any,
    confidence: Any,
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    past_weight: Any,
    doubts: Any,
) -> None:
    """Join the network's word with the past: `net + weight * (past - net)` for each class.

    A class of which the past knows nothing lost everywhere in it; the least that is known there,
    the lowest past score of the position, is taken for its own, so that the past never speaks
    for it, and against it no more than against the weakest class.

    Args:
        net: float32 [K, h, w], the network's logits on the canvas; overwritten by the result.
        past: float32 [P, h, w], P at least 1.
        places: int64 [K], where each class is in `past`; -1 where it is not.
        confidence: float32 [ph, pw], on the plane.
        y_low: int32 [h], row of the plane above each row of the canvas.
        y_weight: float32 [h], weight of the row below.
        x_low: int32 [w], column of the plane left of each column of the canvas.
        x_weight: float32 [w], weight of the column to the right.
        past_weight: float32, 0 to 1.
        doubts: float32 [256], part of that weight by the network's margin; see `_weight_row`.
    """
    count, height, width = net.shape
    last = confidence.shape[0] - 1
    weight = np.empty(width, np.float32)
    least = np.empty(width, np.float32)
    for y in range(height):
        y0 = y_low[y]
        rows = (y0, min(y0 + 1, last))
        _weight_row(
            net[:, y],
            confidence,
            rows,
            y_weight[y],
            x_low,
            x_weight,
            past_weight,
            doubts,
            weight,
        )
        for x in range(width):
            least[x] = past[0, y, x]
        for p in range(1, past.shape[0]):
            for x in range(width):
                least[x] = min(least[x], past[p, y, x])
        for k in range(count):
            place = places[k]
            for x in range(width):
                own = net[k, y, x]
                before = past[place, y, x] if place >= 0 else least[x]
                net[k, y, x] = own + weight[x] * (before - own)


@njit(nogil=True, cache=True)
def choose_labels(
    net: Any,
    classes: Any,
    past: Any,
    is_kept: Any,
    confidence: Any,
    y_low: Any,
    y_weight: Any,
    x_low: Any,
    x_weight: Any,
    past_weight: Any,
    doubts: Any,
    out: Any,
) -> None:
    """Join labels with the past: the past's, if it is kept, where its weight exceeds one half.

    Args:
        net: float32 [K, h, w], the network's logits on the canvas.
        classes: uint8 [K], which.
        past: uint8 [h, w].
        is_kept: bool [256], whether a class of the past may stay.
        confidence: see `fuse`, here and in the next six.
        y_low: likewise.
        y_weight: likewise.
        x_low: likewise.
        x_weight: likewise.
        past_weight: likewise.
        doubts: likewise.
        out: uint8 [h, w], written.
    """
    count, height, width = net.shape
    last = confidence.shape[0] - 1
    half = np.float32(0.5)
    weight = np.empty(width, np.float32)
    for y in range(height):
        y0 = y_low[y]
        rows = (y0, min(y0 + 1, last))
        _weight_row(
            net[:, y],
            confidence,
            rows,
            y_weight[y],
            x_low,
            x_weight,
            past_weight,
            doubts,
            weight,
        )
        for x in range(width):
            winner = 0
            for k in range(1, count):
                winner = k if net[k, y, x] > net[winner, y, x] else winner
            stays = weight[x] > half and is_kept[past[y, x]]
            out[y, x] = past[y, x] if stays else classes[winner]
