"""A moving average for curves that jump."""

from __future__ import annotations

import functools

import numpy as np

from studio.gui.training.curves import Values

_BLOCK = 128


def smoothed(values: Values, weight: float) -> Values:
    """Exponential moving average without the pull towards zero at its start.

    Computed in blocks, each as a product of matrices: 100,000 values take milliseconds, where a
    loop over them would hold up the window.

    Args:
        values: float64 [N]; NaN stays NaN and is passed over.
        weight: of the past, 0 (as it is) to below 1.

    Returns:
        float64 [N].

    Reference:
        Kingma and Ba, Adam, section 3 (the bias correction); TensorBoard smooths the same way.
    """
    if weight <= 0 or not len(values):
        return values
    finite = np.isfinite(values)
    given = values[finite]
    blocks = -(-len(given) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK)
    padded[: len(given)] = given
    within, carried = _kernel(weight)
    averages = padded.reshape(blocks, _BLOCK) @ within
    before = 0.0
    for block in averages:
        block += before * carried
        before = block[-1]
    correction = 1.0 - weight ** np.arange(1, len(given) + 1, dtype=np.float64)
    result = np.full(len(values), np.nan)
    result[finite] = averages.reshape(-1)[: len(given)] / correction
    return result


@functools.lru_cache(maxsize=4)
def _kernel(weight: float) -> tuple[Values, Values]:
    """What each value of a block adds to those behind it, and what is left of the block before."""
    distance = np.arange(_BLOCK)[None, :] - np.arange(_BLOCK)[:, None]
    within = np.where(distance >= 0, (1.0 - weight) * weight ** np.maximum(distance, 0.0), 0.0)
    return within, weight ** np.arange(1, _BLOCK + 1, dtype=np.float64)
