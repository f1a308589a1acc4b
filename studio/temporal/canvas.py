"""Where frames, the canvas and the luma plane lie on each other, along each axis.

Half-pixel centres throughout, as everywhere in the studio: position `i` of `n` lies at
`(i + 0.5) / n` of the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.temporal.step import Placement


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """Bilinear taps of one axis.

    Attributes:
        low: int32 [n], the source position before each target position.
        weight: float32 [n], weight of the next source position; 0 beyond the source's ends.
        nearest: int32 [n], the source position nearest to each target position.
        starts: int32, first target position of each stretch with the same `low`, then n.
    """

    low: NDArray[np.int32]
    weight: NDArray[np.float32]
    nearest: NDArray[np.int32]
    starts: NDArray[np.int32]


def placed(positions: int) -> Placement:
    """Say where the whole frame lies on a grid of so many half-pixel positions."""
    return Placement(scale=float(positions), offset=-0.5)


@lru_cache(maxsize=64)
def taps(count: int, placement: Placement, source: int) -> Taps:
    """Find where positions that divide the frame evenly lie on a grid.

    Args:
        count: of target positions, 1 or more.
        placement: where the frame lies on the grid.
        source: positions of the grid, 1 or more.

    Returns:
        The taps; shared, so not to be written to.
    """
    across = (np.arange(count) + 0.5) / count
    position = placement.scale * across + placement.offset
    nearest = np.clip(np.floor(position + 0.5), 0, source - 1).astype(np.int32)
    position = np.clip(position, 0.0, source - 1.0)
    low = np.floor(position).astype(np.int32)
    changes = np.flatnonzero(np.diff(low)) + 1
    return Taps(
        low=low,
        weight=(position - low).astype(np.float32),
        nearest=nearest,
        starts=np.concatenate(([0], changes, [count])).astype(np.int32),
    )
