"""How sure a score is: draw the images anew, with replacement, and see how far it moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_UNITS = 5
"""With fewer images (or videos) than this, resampling says nothing."""

_CONFIDENCE = 0.95
_WEIGHTS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a value lies with 95 % confidence.

    Attributes:
        low: a fortieth of the resamples lies below.
        high: a fortieth of the resamples lies above.
    """

    low: float
    high: float


def resampled_miou(
    tallies: Sequence[NDArray[np.int64]], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Mean IoU of each model on resampled images, the same draws for all of them.

    What is summed over images before any division is linear in how often each was drawn, so all
    resamples of a model are one product of matrices.

    Args:
        tallies: a model each, int64 [images, 3, classes]: intersection, union, and pixels in the
            truth.
        resamples: how many.
        seed: of the draws.

    Returns:
        Float64 [models, resamples]; the mean over the classes that occur in the resample.

    Reference: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 6 and 13.
    """
    images, _, classes = tallies[0].shape
    flat = [tally.reshape(images, -1).astype(np.float64) for tally in tallies]
    result = np.empty((len(tallies), resamples))
    for chosen, weights in _draws(images, resamples, seed):
        for model, values in enumerate(flat):
            sums = (weights @ values).reshape(-1, 3, classes)
            both, either, occurring = sums[:, 0], sums[:, 1], sums[:, 2] > 0
            iou = np.divide(both, either, out=np.zeros_like(both), where=occurring)
            result[model, chosen] = iou.sum(axis=1) / np.maximum(occurring.sum(axis=1), 1)
    return result


def resampled_mean(
    values: Sequence[NDArray[np.float64]], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Mean of one value a unit on resampled units, the same draws for all models.

    Args:
        values: a model each, float64 [units].
        resamples: how many.
        seed: of the draws.

    Returns:
        Float64 [models, resamples].
    """
    units = len(values[0])
    result = np.empty((len(values), resamples))
    for chosen, weights in _draws(units, resamples, seed):
        result[:, chosen] = (weights @ np.stack(values, axis=1)).T / units
    return result


def interval(resampled: NDArray[np.float64]) -> Interval:
    """The middle 95 % of the resamples."""
    tail = 100 * (1 - _CONFIDENCE) / 2
    low, high = np.percentile(resampled, (tail, 100 - tail))
    return Interval(low=float(low), high=float(high))


def _draws(units: int, resamples: int, seed: int) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """How often each unit is drawn in each resample, some resamples at a time."""
    generator = np.random.default_rng(seed)
    step = max(1, _WEIGHTS_AT_ONCE // units)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        weights = generator.multinomial(units, np.full(units, 1 / units), size=count)
        yield slice(start, start + count), weights.astype(np.float64)
