"""Compiled inner loops of dense optical flow; importing this loads numba, so the window must not.

Displacements are in 1/16 pixel, so that bilinear weights have 4 bits each and a sample of 8 bits
fits 16-bit lanes; samples are kept in 1/16 grey level.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit
from studio.temporal.patch_lanes import PATCH, copy_patch, sample_patch
from studio.temporal.pyramid_kernels import MARGIN

STRIDE = 4
_UNIT = 16
_PIXELS = PATCH * PATCH
_NOISE = _PIXELS * 64  # sum of squares in 1/256: half a grey level per pixel
_NEAR = 2  # candidates nearer than this, in 1/16 pixel, are one
# Of the Hessian, so that patches with little texture go by small steps and those without stay.
_DAMPING = 64.0 * 1024.0
# In 1/16 pixel of a level: farther than half a patch a descent is lost, and a candidate that
# differs by more than a patch from what the coarser level says is of another object.
_LONGEST_DESCENT = PATCH * _UNIT // 2
_FARTHEST = PATCH * _UNIT
_GUESS = 3  # the last candidate, after two neighbours and no motion


@njit(nogil=True, cache=True)
def patch_origin(index: int, length: int) -> int:
    """Where a patch begins along a side; the last one ends with the side where that is longer."""
    return max(0, min(index * STRIDE, length - PATCH))


@njit(nogil=True, cache=True)
def _clamped(value: int, origin: int, length: int) -> int:
    """A displacement that leaves the patch at least beside the plane."""
    return min(max(value, -(origin + PATCH) * _UNIT), (length - origin) * _UNIT)


@njit(nogil=True, cache=True)
def _sample(previous: Any, at: int, stride: int, x: int, y: int, samples: Any) -> None:
    """Samples of the previous plane for a patch at a displacement."""
    start = at + (y >> 4) * stride + (x >> 4)
    sample_patch(previous, start, stride, x & 15, y & 15, samples, 0, PATCH)


@njit(nogil=True, cache=True)
def _error(patch: Any, samples: Any) -> Any:
    """Sum of squared differences from their mean."""
    total = np.int32(0)
    squares = np.int32(0)
    for i in range(_PIXELS):
        difference = np.int32(np.int32(samples[i]) - np.int32(patch[i]))
        total = np.int32(total + difference)
        squares = np.int32(squares + np.int32(difference * difference))
    return np.int64(squares) - ((np.int64(total) * np.int64(total)) >> 6)


@njit(nogil=True, cache=True)
def _correlations(patch: Any, samples: Any, along_x: Any, along_y: Any) -> Any:
    """Sums over a patch of the difference and of its products with the gradients."""
    total = np.int32(0)
    sum_x = np.int32(0)
    sum_y = np.int32(0)
    for i in range(_PIXELS):
        difference = np.int32(np.int32(samples[i]) - np.int32(patch[i]))
        total = np.int32(total + difference)
        sum_x = np.int32(sum_x + np.int32(difference * np.int32(along_x[i])))
        sum_y = np.int32(sum_y + np.int32(difference * np.int32(along_y[i])))
    return np.int64(total), np.int64(sum_x), np.int64(sum_y)


@njit(nogil=True, cache=True)
def _structure(along_x: Any, along_y: Any) -> Any:
    """Sums over a patch of the gradients and of their products."""
    sum_x = np.int32(0)
    sum_y = np.int32(0)
    sum_xx = np.int32(0)
    sum_xy = np.int32(0)
    sum_yy = np.int32(0)
    for i in range(_PIXELS):
        x, y = np.int32(along_x[i]), np.int32(along_y[i])
        sum_x = np.int32(sum_x + x)
        sum_y = np.int32(sum_y + y)
        sum_xx = np.int32(sum_xx + np.int32(x * x))
        sum_xy = np.int32(sum_xy + np.int32(x * y))
        sum_yy = np.int32(sum_yy + np.int32(y * y))
    return np.int64(sum_x), np.int64(sum_y), np.int64(sum_xx), np.int64(sum_xy), np.int64(sum_yy)


@njit(nogil=True, cache=True)
def _rounded(value: float) -> int:
    """Half away from zero, within +-64 pixels, which no sensible step exceeds."""
    value = min(max(value, -1024.0), 1024.0)
    return int(value + 0.5) if value >= 0.0 else -int(0.5 - value)


@njit(nogil=True, cache=True)
def _descend(
    previous: Any,
    place: tuple[int, int, int, int],
    size: tuple[int, int],
    patches: tuple[Any, Any, Any, Any],
    start: tuple[int, int, int],
    iterations: int,
) -> tuple[int, int, int]:
    """Gauss-Newton steps of a patch with the Hessian of the present frame (inverse search).

    The mean of the difference is taken out of all sums, which are exact; float64 only serves to
    solve two equations.

    Args:
        previous: uint8, flat.
        place: the patch's origin (x, y) in the level, its index in `previous`, the stride.
        size: height and width of the level.
        patches: int16 [64] each: values, gradients along x and y, and samples at the start.
        start: displacement (x, y) and its error.
        iterations: most steps.

    Returns:
        Displacement and error.
    """
    left, top, at, stride = place
    patch, along_x, along_y, samples = patches
    sum_x, sum_y, sum_xx, sum_xy, sum_yy = _structure(along_x, along_y)
    xx = float(_PIXELS * sum_xx - sum_x * sum_x) + _DAMPING
    xy = float(_PIXELS * sum_xy - sum_x * sum_y)
    yy = float(_PIXELS * sum_yy - sum_y * sum_y) + _DAMPING
    determinant = xx * yy - xy * xy
    x, y, best = start
    for _ in range(iterations):
        total, by_x, by_y = _correlations(patch, samples, along_x, along_y)
        right = float(_PIXELS * by_x - sum_x * total)
        down = float(_PIXELS * by_y - sum_y * total)
        step_x = _rounded(2.0 * ((yy * right - xy * down) / determinant))
        step_y = _rounded(2.0 * ((xx * down - xy * right) / determinant))
        next_x = _clamped(x - step_x, left, size[1])
        next_y = _clamped(y - step_y, top, size[0])
        if next_x == x and next_y == y:
            break
        _sample(previous, at, stride, next_x, next_y, samples)
        error = _error(patch, samples)
        if error >= best:
            break
        x, y, best = next_x, next_y, error
        if best <= _NOISE:
            break
    if abs(x - start[0]) > _LONGEST_DESCENT or abs(y - start[1]) > _LONGEST_DESCENT:
        return start
    return x, y, best


@njit(nogil=True, cache=True)
def search_level(
    fine: Any,
    previous: Any,
    size: tuple[int, int],
    guess: Any,
    halvings: int,
    iterations: int,
    found: Any,
    errors: Any,
) -> None:
    """Displacement of each patch of a level; there and back, so that good ones spread.

    Args:
        fine: int16 [3, pixels], see `pyramid_kernels.differentiate`.
        previous: uint8, padded plane.
        size: height and width of the level.
        guess: int16 [h, w, 2], flow of the whole plane to try; of size 0 where there is none.
        halvings: how often the whole plane was halved.
        iterations: most steps of a patch each time.
        found: int32 [rows, columns, 2], where to start; replaced by what was found.
        errors: int64 [rows, columns], written.
    """
    height, width = size
    rows, columns = errors.shape
    stride = previous.shape[1]
    flat = previous.reshape(-1)
    patch = np.empty(_PIXELS, np.int16)
    along_x = np.empty(_PIXELS, np.int16)
    along_y = np.empty(_PIXELS, np.int16)
    samples = np.empty(_PIXELS, np.int16)
    tried = np.empty(_PIXELS, np.int16)
    values, gradients_x, gradients_y = fine[0], fine[1], fine[2]
    for backwards in range(2):
        toward = 1 if backwards else -1
        for step in range(rows * columns):
            index = rows * columns - 1 - step if backwards else step
            row, column = index // columns, index % columns
            if backwards and errors[row, column] <= _NOISE:
                continue
            top, left = patch_origin(row, height), patch_origin(column, width)
            at = (top + MARGIN) * stride + left + MARGIN
            x = _clamped(np.int64(found[row, column, 0]), left, width)
            y = _clamped(np.int64(found[row, column, 1]), top, height)
            copy_patch(values, at, stride, patch, 0)
            best = np.int64(0)
            if backwards:
                best = errors[row, column]
            else:
                _sample(flat, at, stride, x, y, samples)
                best = _error(patch, samples)
            first_x, first_y = x, y
            is_new = not backwards
            for candidate in range(_GUESS + 1):
                if best <= _NOISE:
                    break
                at_x, at_y = x, y
                if candidate == 0:
                    if 0 <= column + toward < columns:
                        at_x = np.int64(found[row, column + toward, 0])
                        at_y = np.int64(found[row, column + toward, 1])
                elif candidate == 1:
                    if 0 <= row + toward < rows:
                        at_x = np.int64(found[row + toward, column, 0])
                        at_y = np.int64(found[row + toward, column, 1])
                elif backwards:
                    continue
                elif candidate == 2:
                    at_x, at_y = np.int64(0), np.int64(0)
                elif guess.size > 0:
                    from_y = min((top + PATCH // 2) << halvings, guess.shape[0] - 1)
                    from_x = min((left + PATCH // 2) << halvings, guess.shape[1] - 1)
                    at_x = np.int64(guess[from_y, from_x, 0]) >> halvings
                    at_y = np.int64(guess[from_y, from_x, 1]) >> halvings
                at_x = _clamped(at_x, left, width)
                at_y = _clamped(at_y, top, height)
                if abs(at_x - x) < _NEAR and abs(at_y - y) < _NEAR:
                    continue
                is_far = abs(at_x - first_x) > _FARTHEST or abs(at_y - first_y) > _FARTHEST
                if is_far and candidate != _GUESS:
                    continue
                _sample(flat, at, stride, at_x, at_y, tried)
                error = _error(patch, tried)
                if error < best:
                    x, y, best = at_x, at_y, error
                    samples, tried = tried, samples
                    is_new = True
            if is_new and best > _NOISE:
                copy_patch(gradients_x, at, stride, along_x, 0)
                copy_patch(gradients_y, at, stride, along_y, 0)
                x, y, best = _descend(
                    flat,
                    (left, top, at, stride),
                    size,
                    (patch, along_x, along_y, samples),
                    (x, y, best),
                    iterations,
                )
            found[row, column, 0] = x
            found[row, column, 1] = y
            errors[row, column] = best


@njit(nogil=True, cache=True)
def start_from(flow: Any, size: tuple[int, int], found: Any) -> None:
    """Starts of a level's patches: twice the flow of the coarser level at their middles.

    Args:
        flow: int16 [h // 2, w // 2, 2].
        size: h and w.
        found: int32 [rows, columns, 2], written.
    """
    height, width = size
    for row in range(found.shape[0]):
        y = min((patch_origin(row, height) + PATCH // 2) >> 1, flow.shape[0] - 1)
        for column in range(found.shape[1]):
            x = min((patch_origin(column, width) + PATCH // 2) >> 1, flow.shape[1] - 1)
            found[row, column, 0] = np.int32(flow[y, x, 0]) * 2
            found[row, column, 1] = np.int32(flow[y, x, 1]) * 2
