"""Compiled inner loops of dense optical flow; importing this loads numba, so the window must not.

Displacements are in 1/16 pixel, so that bilinear weights have 4 bits each and a sample of 8 bits
fits 16-bit lanes; samples are kept in 1/16 grey level.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit

PATCH = 8
STRIDE = 4
MARGIN = PATCH + 2
_UNIT = 16
_PIXELS = PATCH * PATCH
_NOISE = _PIXELS * 64  # sum of squares in 1/256: half a grey level per pixel
_NEAR = 4  # candidates nearer than this, in 1/16 pixel, are one
_DAMPING = 64.0 * 64.0

_Index = np.uintp


@njit(nogil=True, cache=True)
def pad(plane: Any, padded: Any) -> None:
    """Copy a plane into the middle of a larger one and continue its borders outwards."""
    height, width = plane.shape
    for y in range(height + 2 * MARGIN):
        from_row = min(max(y - MARGIN, 0), height - 1)
        for x in range(width):
            padded[y, MARGIN + x] = plane[from_row, x]
        for x in range(MARGIN):
            padded[y, x] = plane[from_row, 0]
            padded[y, MARGIN + width + x] = plane[from_row, width - 1]


@njit(nogil=True, cache=True)
def halve(plane: Any, half: Any) -> None:
    """Means of 2 x 2 pixels, rounded half up; an odd last row or column is left out."""
    for y in range(half.shape[0]):
        for x in range(half.shape[1]):
            total = (
                np.uint16(plane[2 * y, 2 * x])
                + np.uint16(plane[2 * y, 2 * x + 1])
                + np.uint16(plane[2 * y + 1, 2 * x])
                + np.uint16(plane[2 * y + 1, 2 * x + 1])
            )
            half[y, x] = np.uint8((total + 2) >> 2)


@njit(nogil=True, cache=True)
def _load_patch(current: Any, start: int, stride: int, patch: Any) -> None:
    """A patch of the present plane, in 1/16 grey level, and its gradients per two pixels."""
    i = 0
    for y in range(PATCH):
        for x in range(PATCH):
            at = start + y * stride + x
            patch[0, i] = np.int16(current[at]) << 4
            patch[1, i] = np.int16(current[at + 1]) - np.int16(current[at - 1])
            patch[2, i] = np.int16(current[at + stride]) - np.int16(current[at - stride])
            i += 1


@njit(nogil=True, cache=True)
def _compare(previous: Any, start: int, stride: int, x: int, y: int, patch: Any) -> Any:
    """Compare a patch with the previous plane at a displacement.

    Returns:
        Sums over the patch of the difference, its square, and its products with the gradients.
    """
    right, down = x & 15, y & 15
    w11 = np.uint16(right * down)
    w10 = np.uint16((16 - right) * down)
    w01 = np.uint16(right * (16 - down))
    w00 = np.uint16((16 - right) * (16 - down))
    step = _Index(stride)
    one = _Index(1)
    top = _Index(start + (y >> 4) * stride + (x >> 4))
    total = np.int32(0)
    squares = np.int32(0)
    along_x = np.int32(0)
    along_y = np.int32(0)
    at = _Index(0)
    for _ in range(PATCH):
        below = top + step
        for i in range(_Index(PATCH)):
            sample = np.uint16(
                np.uint16(previous[top + i] * w00)
                + np.uint16(previous[top + i + one] * w01)
                + np.uint16(previous[below + i] * w10)
                + np.uint16(previous[below + i + one] * w11)
            )
            difference = np.int32(np.int32(sample >> np.uint16(4)) - np.int32(patch[0, at + i]))
            total = np.int32(total + difference)
            squares = np.int32(squares + np.int32(difference * difference))
            along_x = np.int32(along_x + np.int32(difference * patch[1, at + i]))
            along_y = np.int32(along_y + np.int32(difference * patch[2, at + i]))
        top = below
        at += _Index(PATCH)
    return np.int64(total), np.int64(squares), np.int64(along_x), np.int64(along_y)


@njit(nogil=True, cache=True)
def _error(sums: Any) -> int:
    """Sum of squared differences from their mean."""
    return sums[1] - ((sums[0] * sums[0]) >> 6)


@njit(nogil=True, cache=True)
def _rounded(value: float) -> int:
    """Half away from zero, within +-64 pixels, which no sensible step exceeds."""
    value = min(max(value, -1024.0), 1024.0)
    return int(value + 0.5) if value >= 0.0 else -int(0.5 - value)


@njit(nogil=True, cache=True)
def _search(
    previous: Any,
    at: Any,
    size: Any,
    stride: int,
    patch: Any,
    start: Any,
    sums: Any,
    iterations: int,
) -> Any:
    """Gauss-Newton steps of one patch with the Hessian of the present plane (inverse search).

    The mean of the difference is taken out of all sums, which are exact; float64 only holds the
    solution of two equations.

    Returns:
        The displacement and its error.
    """
    left, top = at
    height, width = size
    origin = (top + MARGIN) * stride + left + MARGIN
    sum_x = np.int64(0)
    sum_y = np.int64(0)
    sum_xx = np.int64(0)
    sum_xy = np.int64(0)
    sum_yy = np.int64(0)
    for i in range(_PIXELS):
        along_x, along_y = np.int64(patch[1, i]), np.int64(patch[2, i])
        sum_x += along_x
        sum_y += along_y
        sum_xx += along_x * along_x
        sum_xy += along_x * along_y
        sum_yy += along_y * along_y
    xx = float(_PIXELS * sum_xx - sum_x * sum_x) + _DAMPING
    xy = float(_PIXELS * sum_xy - sum_x * sum_y)
    yy = float(_PIXELS * sum_yy - sum_y * sum_y) + _DAMPING
    determinant = xx * yy - xy * xy
    x, y = start
    best = _error(sums)
    for _ in range(iterations):
        right = float(_PIXELS * sums[2] - sum_x * sums[0])
        down = float(_PIXELS * sums[3] - sum_y * sums[0])
        step_x = _rounded(2.0 * ((yy * right - xy * down) / determinant))
        step_y = _rounded(2.0 * ((xx * down - xy * right) / determinant))
        next_x = min(max(x - step_x, -(left + PATCH) * _UNIT), (width - left) * _UNIT)
        next_y = min(max(y - step_y, -(top + PATCH) * _UNIT), (height - top) * _UNIT)
        if next_x == x and next_y == y:
            break
        sums = _compare(previous, origin, stride, next_x, next_y, patch)
        error = _error(sums)
        if error >= best:
            break
        x, y, best = next_x, next_y, error
        if best <= _NOISE:
            break
    return x, y, best


@njit(nogil=True, cache=True)
def patch_origin(index: int, length: int) -> int:
    """Where a patch begins along a side; the last one ends with the side where that is longer."""
    return max(0, min(index * STRIDE, length - PATCH))


@njit(nogil=True, cache=True)
def search_level(
    current: Any,
    previous: Any,
    size: Any,
    guess: Any,
    has_guess: bool,
    guess_shift: int,
    iterations: int,
    found: Any,
    errors: Any,
) -> None:
    """Displacement of each patch of a level.

    Args:
        current: uint8, padded plane.
        previous: uint8, likewise.
        size: height and width of the level.
        guess: int16 [h, w, 2], flow of the whole plane to try.
        has_guess: whether to try it.
        guess_shift: the level: how often the plane was halved.
        iterations: most steps of a patch.
        found: int32 [rows, columns, 2], where to start; replaced by what was found.
        errors: int64 [rows, columns], written.
    """
    height, width = size
    rows, columns = errors.shape
    stride = current.shape[1]
    flat_current = current.reshape(-1)
    flat_previous = previous.reshape(-1)
    patch = np.empty((3, _PIXELS), np.int16)
    for backwards in range(2):
        for step in range(rows * columns):
            index = rows * columns - 1 - step if backwards else step
            row, column = index // columns, index % columns
            top, left = patch_origin(row, height), patch_origin(column, width)
            origin = (top + MARGIN) * stride + left + MARGIN
            x, y = np.int64(found[row, column, 0]), np.int64(found[row, column, 1])
            x = min(max(x, -(left + PATCH) * _UNIT), (width - left) * _UNIT)
            y = min(max(y, -(top + PATCH) * _UNIT), (height - top) * _UNIT)
            first_x, first_y = x, y
            is_new = not backwards
            if backwards and errors[row, column] <= _NOISE:
                continue
            _load_patch(flat_current, origin, stride, patch)
            sums = _compare(flat_previous, origin, stride, x, y, patch)
            best = _error(sums)
            for candidate in range(3):
                if best <= _NOISE:
                    break
                if candidate == 0:
                    other = column + 1 if backwards else column - 1
                    if other < 0 or other >= columns:
                        continue
                    at_x, at_y = np.int64(found[row, other, 0]), np.int64(found[row, other, 1])
                elif candidate == 1:
                    other = row + 1 if backwards else row - 1
                    if other < 0 or other >= rows:
                        continue
                    at_x = np.int64(found[other, column, 0])
                    at_y = np.int64(found[other, column, 1])
                else:
                    if backwards or not has_guess:
                        continue
                    half = PATCH // 2
                    from_y = min((top + half) << guess_shift, guess.shape[0] - 1)
                    from_x = min((left + half) << guess_shift, guess.shape[1] - 1)
                    at_x = np.int64(guess[from_y, from_x, 0]) >> guess_shift
                    at_y = np.int64(guess[from_y, from_x, 1]) >> guess_shift
                at_x = min(max(at_x, -(left + PATCH) * _UNIT), (width - left) * _UNIT)
                at_y = min(max(at_y, -(top + PATCH) * _UNIT), (height - top) * _UNIT)
                if abs(at_x - x) < _NEAR and abs(at_y - y) < _NEAR:
                    continue
                other_sums = _compare(flat_previous, origin, stride, at_x, at_y, patch)
                error = _error(other_sums)
                if error < best:
                    x, y, best, sums = at_x, at_y, error, other_sums
                    is_new = True
            if is_new and best > _NOISE:
                x, y, best = _search(
                    flat_previous,
                    (left, top),
                    size,
                    stride,
                    patch,
                    (x, y),
                    sums,
                    iterations,
                )
            found[row, column, 0] = x
            found[row, column, 1] = y
            errors[row, column] = best


@njit(nogil=True, cache=True)
def densify(current: Any, previous: Any, size: Any, found: Any, flow: Any) -> None:
    """Flow of each pixel from the patches over it, weighted by how well each explains it.

    Args:
        current: uint8, padded plane.
        previous: uint8, likewise.
        size: height and width of the level.
        found: int32 [rows, columns, 2], displacement of each patch.
        flow: int16 [h, w, 2], written.
    """
    height, width = size
    rows, columns = found.shape[0], found.shape[1]
    stride = current.shape[1]
    flat_current = current.reshape(-1)
    flat_previous = previous.reshape(-1)
    totals = np.zeros((3, height, width), np.int32)
    for row in range(rows):
        top = patch_origin(row, height)
        for column in range(columns):
            left = patch_origin(column, width)
            x, y = np.int64(found[row, column, 0]), np.int64(found[row, column, 1])
            right, down = x & 15, y & 15
            for j in range(min(PATCH, height)):
                at = (top + j + MARGIN) * stride + left + MARGIN
                start = at + (y >> 4) * stride + (x >> 4)
                for i in range(min(PATCH, width)):
                    sample = (
                        (
                            flat_previous[start + i] * (16 - right)
                            + flat_previous[start + i + 1] * right
                        )
                        * (16 - down)
                        + (
                            flat_previous[start + stride + i] * (16 - right)
                            + flat_previous[start + stride + i + 1] * right
                        )
                        * down
                    ) >> 4
                    difference = abs(sample - (np.int64(flat_current[at + i]) << 4))
                    weight = int(np.float32(16384.0) / np.float32(max(difference, 16)))
                    totals[0, top + j, left + i] += weight
                    totals[1, top + j, left + i] += weight * x
                    totals[2, top + j, left + i] += weight * y
    for j in range(height):
        for i in range(width):
            weight = np.float32(totals[0, j, i])
            for axis in range(2):
                mean = np.float32(totals[1 + axis, j, i]) / weight
                flow[j, i, axis] = (
                    int(mean + np.float32(0.5))
                    if mean >= np.float32(0.0)
                    else -int(np.float32(0.5) - mean)
                )


@njit(nogil=True, cache=True)
def start_from(flow: Any, size: Any, found: Any) -> None:
    """Starts of a level's patches: twice the flow of the coarser level at their middles."""
    height, width = size
    for row in range(found.shape[0]):
        y = min((patch_origin(row, height) + PATCH // 2) >> 1, flow.shape[0] - 1)
        for column in range(found.shape[1]):
            x = min((patch_origin(column, width) + PATCH // 2) >> 1, flow.shape[1] - 1)
            found[row, column, 0] = np.int32(flow[y, x, 0]) * 2
            found[row, column, 1] = np.int32(flow[y, x, 1]) * 2
