"""Pictures to compare networks on when nobody gave any: made here, always the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PATCHES = (64, 16, 4)


def sample_pictures(size: tuple[int, int], count: int = 2) -> list[NDArray[np.float32]]:
    """Random colours at several scales, as photographs have detail at several scales.

    Args:
        size: height and width.
        count: of pictures.

    Returns:
        Float [1, *size, 3] each, in -1 to 1.
    """
    random = np.random.default_rng(0)
    return [_picture(size, random) for _ in range(count)]


def _picture(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    picture = np.zeros((*size, 3))
    for share, patch in enumerate(_PATCHES, start=2):
        rows, columns = -(-size[0] // patch), -(-size[1] // patch)
        values = random.uniform(-1.0, 1.0, (rows, columns, 3)) / share
        picture += values.repeat(patch, 0).repeat(patch, 1)[: size[0], : size[1]]
    return picture.clip(-1.0, 1.0).astype(np.float32)[None]
