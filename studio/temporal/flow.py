"""Dense optical flow by inverse search, in integers.

Reference: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016, sections 2.1
to 2.3, without the variational refinement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.temporal.density_kernels import densify
from studio.temporal.flow_kernels import STRIDE, search_level, start_from
from studio.temporal.patch_lanes import PATCH
from studio.temporal.plane import Plane
from studio.temporal.pyramid_kernels import MARGIN, differentiate, halve, pad
from studio.temporal.warp_kernels import blurred_difference, warp

Flow = NDArray[np.int16]

UNIT = 16
"""Displacements per pixel of the plane."""


def _halvings(size: tuple[int, int]) -> int:
    """How often a plane is halved: while the shorter side has room for two patches."""
    count, shorter = 0, min(size)
    while shorter >= 2 * PATCH:
        shorter //= 2
        count += 1
    return count


def _patches(length: int) -> int:
    return 1 + max(0, -((PATCH - length) // STRIDE))


def _pyramid(plane: Plane, halvings: int) -> list[Plane]:
    levels = [np.ascontiguousarray(plane)]
    for _ in range(halvings):
        height, width = levels[-1].shape
        half: Plane = np.empty((height // 2, width // 2), np.uint8)
        halve(levels[-1], half)
        levels.append(half)
    padded: list[Plane] = []
    for level in levels:
        height, width = level.shape
        padded.append(np.empty((height + 2 * MARGIN, width + 2 * MARGIN), np.uint8))
        pad(level, padded[-1])
    return padded


def dense_flow(current: Plane, previous: Plane, iterations: int, guess: Flow | None = None) -> Flow:
    """Where each pixel of a plane was in the one before.

    Args:
        current: uint8 [h, w], at most 2,000 pixels a side.
        previous: uint8 [h, w].
        iterations: most steps of each patch on each level.
        guess: int16 [h, w, 2], flow of the frame before; tried as another start.

    Returns:
        int16 [h, w, 2], (x, y) in 1/16 pixel: what is at p now was at p + flow / 16.
    """
    height, width = current.shape
    halvings = _halvings((height, width))
    currents, previouses = _pyramid(current, halvings), _pyramid(previous, halvings)
    tried: Flow = np.empty((0, 0, 2), np.int16) if guess is None else guess
    flow: Flow | None = None
    for level in range(halvings, -1, -1):
        size = (height >> level, width >> level)
        grid = (_patches(size[0]), _patches(size[1]))
        found = np.zeros((*grid, 2), np.int32)
        errors = np.empty(grid, np.int64)
        fine = np.empty((3, currents[level].size), np.int16)
        differentiate(currents[level], fine)
        if flow is not None:
            start_from(flow, size, found)
        flow = np.empty((*size, 2), np.int16)
        search_level(fine, previouses[level], size, tried, level, iterations, found, errors)
        densify(fine, previouses[level], size, found, flow)
    assert flow is not None
    return flow


def warp_plane(previous: Plane, flow: Flow) -> Plane:
    """The previous plane carried along the flow, bilinear, borders continued outwards.

    Args:
        previous: uint8 [h, w].
        flow: int16 [h, w, 2], see `dense_flow`.

    Returns:
        uint8 [h, w].
    """
    warped: Plane = np.empty(previous.shape, np.uint8)
    warp(previous, flow, warped)
    return warped


def residual(current: Plane, previous: Plane, flow: Flow) -> Plane:
    """What the flow does not explain: absolute difference after the warp, 3 x 3 box-blurred.

    Args:
        current: uint8 [h, w].
        previous: uint8 [h, w].
        flow: int16 [h, w, 2], see `dense_flow`.

    Returns:
        uint8 [h, w], grey levels; the mean of nine is rounded half up, borders continue outwards.
    """
    blurred: Plane = np.empty(current.shape, np.uint8)
    blurred_difference(current, warp_plane(previous, flow), blurred)
    return blurred
