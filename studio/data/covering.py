"""Draws of samples that show every class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def covering_draw(present: NDArray[np.bool_], count: int, seed: int) -> tuple[int, ...]:
    """Draw samples so that each class that occurs is shown; chance fills the rest.

    The rarest classes choose first, as far as the count goes; a class that a chosen sample already
    shows takes no other. The same arguments always give the same draw.

    Args:
        present: [samples, classes], whether a sample shows a class.
        count: samples wanted; all when there are no more.
        seed: of the draw.

    Returns:
        Indices of samples, each once, in random order.
    """
    shuffled = np.random.default_rng((seed, 2)).permutation(len(present))
    mixed = present[shuffled]
    images = present.sum(axis=0)
    chosen = np.zeros(len(present), bool)  # in the shuffled order
    for label in np.argsort(images, kind="stable"):
        if chosen.sum() < count and images[label] and not mixed[chosen, label].any():
            chosen[mixed[:, label].argmax()] = True
    rest = np.flatnonzero(~chosen)
    chosen[rest[: max(0, count - int(chosen.sum()))]] = True
    return tuple(int(index) for index in shuffled[chosen])
