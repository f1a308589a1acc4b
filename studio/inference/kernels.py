"""Compiled inner loops of postprocessing; importing this loads numba, so the window must not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.compiled import njit


@njit(nogil=True, cache=True)
def _best_classes(logits: Any, rows: tuple[int, int], best: Any) -> None:
    """Arg-max of each position in a range of grid rows; NaN never wins, the first of equals does.

    Written without a branch, as a branch per class is mispredicted at every border.
    """
    for row in range(rows[0], rows[1]):
        for column in range(logits.shape[1]):
            winner = 0
            highest = np.float32(-np.inf)
            for k in range(logits.shape[2]):
                value = logits[row, column, k]
                is_higher = value > highest
                highest = value if is_higher else highest
                winner = k if is_higher else winner
            best[row, column] = winner


@njit(nogil=True, cache=True)
def _candidates(
    logits: Any, best: Any, cell: tuple[int, int, int, int], peaks: Any, found: Any
) -> int:
    """Collect the classes that can win somewhere inside a cell.

    Bilinear interpolation is a convex combination of the corners, so a class whose highest corner
    lies below another's lowest corner loses everywhere in the cell.
    """
    y0, y1, x0, x1 = cell
    bound = np.float32(-np.inf)
    for y, x in ((y0, x0), (y0, x1), (y1, x0), (y1, x1)):
        k = best[y, x]
        lowest = min(
            min(logits[y0, x0, k], logits[y0, x1, k]), min(logits[y1, x0, k], logits[y1, x1, k])
        )
        bound = lowest if lowest > bound else bound
    for k in range(logits.shape[2]):
        top = max(logits[y0, x0, k], logits[y0, x1, k])
        bottom = max(logits[y1, x0, k], logits[y1, x1, k])
        peaks[k] = max(top, bottom)
    count = 0
    for k in range(logits.shape[2]):
        if peaks[k] >= bound:
            found[count] = k
            count += 1
    return count


@njit(nogil=True, cache=True)
def _fill_mixed_cell(
    logits: Any,
    mask: Any,
    y_weight: Any,
    x_weight: Any,
    cell: tuple[int, int, int, int],
    pixels: tuple[int, int, int, int],
    count: int,
    found: Any,
    left: Any,
    right: Any,
    names: Any,
) -> None:
    """Fill a cell in which several classes meet, row by row.

    Along a row of pixels each class's logit is a straight line, so the winners are the upper
    envelope of a few lines: from each winner on, the next one is the line that it crosses first.
    """
    y0, y1, x0, x1 = cell
    top, bottom, start, stop = pixels
    if count == 0:  # every corner is NaN
        mask[top:bottom, start:stop] = names[0]
        return
    first = x_weight[start]
    last = x_weight[stop - 1]
    for y in range(top, bottom):
        below = y_weight[y]
        above = np.float32(1.0) - below
        winner = 0
        highest = np.float32(-np.inf)
        slope = np.float32(-np.inf)
        for i in range(count):
            k = found[i]
            left[i] = logits[y0, x0, k] * above + logits[y1, x0, k] * below
            right[i] = logits[y0, x1, k] * above + logits[y1, x1, k] * below
            value = left[i] * (np.float32(1.0) - first) + right[i] * first
            if value > highest:
                highest = value
                winner = i
        x = start
        while x < stop:
            # The line that overtakes the winner first, at or before the last pixel.
            slope = right[winner] - left[winner]
            nearest = last
            overtaker = -1
            for i in range(count):
                steeper = (right[i] - left[i]) - slope
                if steeper > 0.0:
                    crossing = (left[winner] - left[i]) / steeper
                    if crossing < nearest:
                        nearest = crossing
                        overtaker = i
            end = stop
            if overtaker >= 0:
                # First pixel beyond the crossing; weights grow along the row.
                low = x
                while low < end:
                    middle = (low + end) // 2
                    if x_weight[middle] > nearest:
                        end = middle
                    else:
                        low = middle + 1
            label = names[found[winner]]
            for column in range(x, end):
                mask[y, column] = label
            x = end
            winner = overtaker


@njit(nogil=True, cache=True)
def fill_mask(
    logits: Any,
    mask: Any,
    y_low: Any,
    y_weight: Any,
    y_starts: Any,
    x_low: Any,
    x_weight: Any,
    x_starts: Any,
    best: Any,
    names: Any,
) -> None:
    """Arg-max of bilinearly interpolated logits at each pixel of a mask.

    Args:
        logits: float32 [h, w, C].
        mask: uint8 [H, W], written.
        y_low: int32 [H], grid row above each pixel row, never decreasing.
        y_weight: float32 [H], weight of the grid row below.
        y_starts: int32, first pixel row of each cell that has any, then H.
        x_low: int32 [W], grid column left of each pixel column, never decreasing.
        x_weight: float32 [W], weight of the grid column to the right.
        x_starts: int32, first pixel column of each cell that has any, then W.
        best: uint8 [h, w], scratch.
        names: uint8 [C], what to write for each class.
    """
    last_row, last_column = logits.shape[0] - 1, logits.shape[1] - 1
    classes = logits.shape[2]
    _best_classes(logits, (y_low[0], min(y_low[-1] + 1, last_row) + 1), best)
    found = np.empty(classes, np.int64)
    peaks = np.empty(classes, np.float32)
    left = np.empty(classes, np.float32)
    right = np.empty(classes, np.float32)
    for row in range(len(y_starts) - 1):
        top, bottom = y_starts[row], y_starts[row + 1]
        y0 = np.int64(y_low[top])
        y1 = np.int64(min(y0 + 1, last_row))
        # Neighbouring cells that are of one class all over are filled together.
        run_start = 0
        run_label = -1
        for column in range(len(x_starts) - 1):
            start, stop = x_starts[column], x_starts[column + 1]
            x0 = np.int64(x_low[start])
            x1 = np.int64(min(x0 + 1, last_column))
            label = best[y0, x0]
            if best[y0, x1] == label and best[y1, x0] == label and best[y1, x1] == label:
                if label != run_label:
                    if run_label >= 0:
                        for y in range(top, bottom):
                            mask[y, run_start:start] = names[run_label]
                    run_start = start
                    run_label = label
                continue
            if run_label >= 0:
                for y in range(top, bottom):
                    mask[y, run_start:start] = names[run_label]
                run_label = -1
            cell = (y0, y1, x0, x1)
            count = _candidates(logits, best, cell, peaks, found)
            _fill_mixed_cell(
                logits,
                mask,
                y_weight,
                x_weight,
                cell,
                (top, bottom, start, stop),
                count,
                found,
                left,
                right,
                names,
            )
        if run_label >= 0:
            for y in range(top, bottom):
                mask[y, run_start:] = names[run_label]


def warm_up() -> None:
    """Compile the loops, or load them from the cache."""
    logits: NDArray[np.float32] = np.zeros((2, 2, 2), np.float32)
    logits[0, 0, 1] = 1.0
    low = np.array([0, 0], np.int32)
    weight = np.array([0.25, 0.75], np.float32)
    starts = np.array([0, 2], np.int32)
    mask = np.empty((2, 2), np.uint8)
    best = np.empty((2, 2), np.uint8)
    names = np.arange(2, dtype=np.uint8)
    fill_mask(logits, mask, low, weight, starts, low, weight, starts, best, names)
