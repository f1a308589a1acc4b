"""Compiled inner loops of drawing; importing this loads numba, so the window must not."""

from __future__ import annotations

from typing import Any

from studio.compiled import njit


@njit(nogil=True, cache=True)
def interleave(planes: Any, pixels: Any) -> None:
    """Put the scores of each position beside each other.

    Args:
        planes: float32 [K, h, w].
        pixels: float32 [h, w, K], written.
    """
    for y in range(planes.shape[1]):
        for k in range(planes.shape[0]):
            for x in range(planes.shape[2]):
                pixels[y, x, k] = planes[k, y, x]
