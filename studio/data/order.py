"""Which sample comes when: a pure function of seed and position, so that a resume needs no state.

Position p is the number of samples drawn before since the start of the training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Order:
    """Epochs of samples, each shuffled anew.

    Attributes:
        seed: of the shuffling.
        repeats: how often each sample comes in an epoch, 1 or more.
    """

    seed: int
    repeats: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.repeats or min(self.repeats) < 1:
            raise ValueError("Each sample must come at least once, and there must be one.")

    @property
    def epoch_samples(self) -> int:
        """Samples drawn in an epoch."""
        return sum(self.repeats)

    def epoch(self, position: int) -> int:
        """The epoch that a position lies in, from 0."""
        return position // self.epoch_samples

    def sample(self, position: int) -> int:
        """Index of the sample drawn at a position."""
        epoch, place = divmod(position, self.epoch_samples)
        return int(_permutation(self.seed, epoch, self.repeats)[place])


def repeats_of_rare(
    present: NDArray[np.bool_], most: int, counted: NDArray[np.bool_] | None = None
) -> tuple[int, ...]:
    """How often each sample is to be drawn so that rare classes are seen more often.

    A class in the share f of the samples asks for sqrt(mean f / f) draws, the mean being that of
    all classes that occur; a sample gets what its rarest class asks for. Classes more frequent
    than the mean, as cats and dogs often are, are not repeated.

    Args:
        present: [samples, classes], whether a sample shows a class; without the background.
        most: the largest number of draws.
        counted: [samples], which samples have a mask; the others are drawn once. All when None.

    Returns:
        For each sample, 1 to `most`.

    Reference: Gupta et al. 2019, "LVIS", section 4.2 (repeat factor sampling).
    """
    has_mask = np.ones(len(present), bool) if counted is None else counted
    frequency = present[has_mask].mean(axis=0) if has_mask.any() else np.zeros(present.shape[1])
    occurs = frequency > 0
    if most <= 1 or not occurs.any():
        return (1,) * len(present)
    wanted = np.ones_like(frequency)
    wanted[occurs] = np.sqrt(frequency[occurs].mean() / frequency[occurs])
    draws = np.where(present, wanted, 1.0).max(axis=1)
    return tuple(int(n) for n in np.where(has_mask, draws.round().clip(1, most), 1))


@lru_cache(maxsize=4)
def _permutation(seed: int, epoch: int, repeats: tuple[int, ...]) -> NDArray[np.int32]:
    samples = np.repeat(np.arange(len(repeats), dtype=np.int32), repeats)
    return np.random.default_rng((seed, epoch)).permutation(samples)
