"""Which size of a network's input suits a frame: the frame's aspect, the network's long side."""

from __future__ import annotations

import math
from collections.abc import Iterable

Step = tuple[int, int]
"""Step and rest: `k * step + rest` pixels fit."""

_NARROWEST = 4.0
"""Aspect beyond which a frame is padded after all, so that maps do not shrink to a line."""


def input_step(own: int, maps: Iterable[int]) -> Step | None:
    """The step in which one side of an input can change.

    Networks whose maps lie corner on corner take `16 k + 1` pixels, others multiples of their
    output stride.

    Args:
        own: pixels of the model's own input along this side.
        maps: positions along this side of the maps inside.

    Returns:
        None when there is no such step.
    """
    smallest = min((side for side in maps if side > 1), default=0)
    if not smallest:
        return None
    by_corners = (own - 1) // (smallest - 1), 1
    by_pixels = own // smallest, 0
    fits_corners = (own - 1) % (smallest - 1) == 0
    fits_pixels = own % smallest == 0
    if fits_corners and (own % 2 == 1 or not fits_pixels):
        return by_corners
    return by_pixels if fits_pixels else None


def input_size_for(
    frame_size: tuple[int, int],
    own: tuple[int, int],
    steps: tuple[Step, Step],
) -> tuple[int, int]:
    """Height and width for frames of a size; the long side of the model's own input is kept.

    Args:
        frame_size: height and width of the frame.
        own: height and width of the model's own input.
        steps: of height and width, see `input_step`.
    """
    height, width = frame_size
    longest = max(own)
    aspect = min(max(height / width, 1 / _NARROWEST), _NARROWEST)
    wanted = (longest, longest / aspect) if aspect > 1 else (longest * aspect, longest)
    rows, columns = (
        _stepped(pixels, *step, longest) for pixels, step in zip(wanted, steps, strict=True)
    )
    return rows, columns


def _stepped(wanted: float, step: int, rest: int, most: int) -> int:
    """The fewest pixels that fit in steps and take in what is wanted, to half a pixel.

    Fewer would shrink the frame along its long side as well, and a bar that is left over does no
    harm: networks see a little better up to the frame's edge with one.
    """
    steps = max(1, math.ceil((wanted - 0.5 - rest) / step))
    return min(steps * step + rest, most)
