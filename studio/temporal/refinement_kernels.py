"""Compiled inner loops that bend class scores to the edges of the picture.

Every value is float32 and every formula is evaluated in the order in which it is written, so that
another implementation can give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.compiled import njit


@njit(nogil=True, cache=True)
def box(source: Any, radius: int, part: Any, means: Any) -> None:
    """Mean over the (2 radius + 1)^2 pixels around each, borders continued.

    First down, from the topmost row to the lowest, then across, from the left to the right; the
    sum is multiplied by `part`.

    Args:
        source: float32 [h, w].
        radius: 1 or more.
        part: float32, one part of so many pixels.
        means: float32 [h, w], written.
    """
    height, width = source.shape
    columns = np.empty(width + 2 * radius, np.float32)
    total = np.empty(width, np.float32)
    for y in range(height):
        total[:] = np.float32(0.0)
        for dy in range(2 * radius + 1):
            row = source[min(max(y + dy - radius, 0), height - 1)]
            for x in range(width):
                total[x] += row[x]
        for x in range(radius):
            columns[x] = total[0]
            columns[width + radius + x] = total[width - 1]
        columns[radius : radius + width] = total
        total[:] = np.float32(0.0)
        for dx in range(2 * radius + 1):
            shifted = columns[dx : dx + width]
            for x in range(width):
                total[x] += shifted[x]
        target = means[y]
        for x in range(width):
            target[x] = total[x] * part


@njit(nogil=True, cache=True)
def refine(scores: Any, guide: Any, radius: int, part: Any, softness: Any, gain: Any) -> None:
    """Add to each class what the guide tells of its outline; see `refinement.refined`.

    Args:
        scores: float32 [K, h, w], changed in place; the first class is what the others are
            measured against.
        guide: uint8 [h, w].
        radius: of the windows.
        part: float32, one part of the pixels of a window.
        softness: float32, added to the variance of the guide.
        gain: float32.
    """
    count, height, width = scores.shape
    picture = np.empty((height, width), np.float32)
    mean = np.empty((height, width), np.float32)
    inverse = np.empty((height, width), np.float32)
    lead = np.empty((height, width), np.float32)
    product = np.empty((height, width), np.float32)
    lead_mean = np.empty((height, width), np.float32)
    slope = np.empty((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            value = np.float32(guide[y, x])
            picture[y, x] = value
            product[y, x] = value * value
    box(picture, radius, part, mean)
    box(product, radius, part, inverse)
    for y in range(height):
        for x in range(width):
            variance = inverse[y, x] - mean[y, x] * mean[y, x]
            inverse[y, x] = np.float32(1.0) / (max(variance, np.float32(0.0)) + softness)
    base = scores[0]
    for k in range(1, count):
        layer = scores[k]
        for y in range(height):
            for x in range(width):
                ahead = layer[y, x] - base[y, x]
                lead[y, x] = ahead
                product[y, x] = ahead * picture[y, x]
        box(lead, radius, part, lead_mean)
        box(product, radius, part, slope)
        for y in range(height):
            for x in range(width):
                steep = (slope[y, x] - mean[y, x] * lead_mean[y, x]) * inverse[y, x]
                slope[y, x] = steep
                product[y, x] = steep * mean[y, x]
        box(slope, radius, part, lead_mean)
        box(product, radius, part, slope)
        for y in range(height):
            for x in range(width):
                bend = lead_mean[y, x] * picture[y, x] - slope[y, x]
                layer[y, x] = base[y, x] + (lead[y, x] + gain * bend)
