"""Compiled inner loops of postprocessing; importing this loads numba, so the window must not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray


def _choose_cache_folder() -> None:
    """Point numba at a folder it can write to, when the package's own is read-only."""
    if "NUMBA_CACHE_DIR" in os.environ or os.access(Path(__file__).parent, os.W_OK):
        return
    for folder in (
        Path(platformdirs.user_cache_dir("jejunet", appauthor=False)) / "compiled",
        Path(tempfile.gettempdir()) / f"jejunet-compiled-{os.getpid()}",
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            os.environ["NUMBA_CACHE_DIR"] = str(folder)
            return


_choose_cache_folder()

from numba import njit  # noqa: E402  (reads NUMBA_CACHE_DIR when it is imported)


@njit(nogil=True, cache=True)
def _best_classes(logits: Any, best: Any) -> None:
    """Arg-max of each grid position; NaN never wins, the first of equals does."""
    height, width, classes = logits.shape
    for row in range(height):
        for column in range(width):
            winner = 0
            highest = logits[row, column, 0]
            for k in range(1, classes):
                value = logits[row, column, k]
                # The second test lets a number win over a leading NaN.
                if value > highest or highest != highest:
                    highest = value
                    winner = k
            best[row, column] = winner


@njit(nogil=True, cache=True)
def _candidates(logits: Any, y0: int, y1: int, x0: int, x1: int, found: Any) -> int:
    """Collect the classes that can win somewhere inside a cell.

    Bilinear interpolation is a convex combination of the corners, so a class whose highest corner
    lies below another's lowest corner loses everywhere in the cell.
    """
    classes = logits.shape[2]
    bound = -np.inf
    for k in range(classes):
        lowest = min(
            min(logits[y0, x0, k], logits[y0, x1, k]), min(logits[y1, x0, k], logits[y1, x1, k])
        )
        bound = max(bound, lowest)
    count = 0
    for k in range(classes):
        highest = max(
            max(logits[y0, x0, k], logits[y0, x1, k]), max(logits[y1, x0, k], logits[y1, x1, k])
        )
        if highest >= bound:
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
    found: Any,
    left: Any,
    right: Any,
) -> None:
    """Fill a cell in which several classes meet, row by row.

    Along a row of pixels each class's logit is a straight line, so the winners are the upper
    envelope of a few lines: from each winner on, the next one is the line that it crosses first.
    """
    y0, y1, x0, x1 = cell
    top, bottom, start, stop = pixels
    count = _candidates(logits, y0, y1, x0, x1, found)
    if count == 0:  # every corner is NaN
        mask[top:bottom, start:stop] = 0
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
            label = found[winner]
            for column in range(x, end):
                mask[y, column] = label
            x = end
            winner = overtaker


@njit(nogil=True, cache=True)
def fill_mask(
    logits: Any, mask: Any, y_low: Any, y_weight: Any, x_low: Any, x_weight: Any, best: Any
) -> None:
    """Arg-max of bilinearly interpolated logits at each pixel of a mask.

    Args:
        logits: float32 [h, w, C].
        mask: uint8 [H, W], written.
        y_low: int32 [H], grid row above each pixel row, never decreasing.
        y_weight: float32 [H], weight of the grid row below.
        x_low: int32 [W], grid column left of each pixel column, never decreasing.
        x_weight: float32 [W], weight of the grid column to the right.
        best: uint8 [h, w], scratch.
    """
    grid_height, grid_width, classes = logits.shape
    height, width = mask.shape
    _best_classes(logits, best)
    found = np.empty(classes, np.int64)
    left = np.empty(classes, np.float32)
    right = np.empty(classes, np.float32)
    top = 0
    while top < height:
        y0 = y_low[top]
        y1 = min(y0 + 1, grid_height - 1)
        bottom = top + 1
        while bottom < height and y_low[bottom] == y0:
            bottom += 1
        start = 0
        while start < width:
            x0 = x_low[start]
            x1 = min(x0 + 1, grid_width - 1)
            label = best[y0, x0]
            agree = best[y0, x1] == label and best[y1, x0] == label and best[y1, x1] == label
            stop = start + 1
            while stop < width and x_low[stop] == x0:
                stop += 1
            if agree:
                # Neighbouring cells of the same class are filled together.
                while stop < width:
                    x1 = min(x_low[stop] + 1, grid_width - 1)
                    if x_low[stop] != x_low[stop - 1] and (
                        best[y0, x_low[stop]] != label
                        or best[y1, x_low[stop]] != label
                        or best[y0, x1] != label
                        or best[y1, x1] != label
                    ):
                        break
                    stop += 1
                for y in range(top, bottom):
                    mask[y, start:stop] = label
            else:
                _fill_mixed_cell(
                    logits,
                    mask,
                    y_weight,
                    x_weight,
                    (y0, y1, x0, x1),
                    (top, bottom, start, stop),
                    found,
                    left,
                    right,
                )
            start = stop
        top = bottom


def warm_up() -> None:
    """Compile the loops, or load them from the cache."""
    logits: NDArray[np.float32] = np.zeros((2, 2, 2), np.float32)
    logits[0, 0, 1] = 1.0
    low = np.array([0, 0], np.int32)
    weight = np.array([0.25, 0.75], np.float32)
    mask = np.empty((2, 2), np.uint8)
    fill_mask(logits, mask, low, weight, low, weight, np.empty((2, 2), np.uint8))
