"""Whether one model is better than another, or only luckier with these images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluation.bootstrap import FEWEST_UNITS, Interval, interval


@dataclass(frozen=True, slots=True)
class Difference:
    """A model against the first one, on the same images.

    Attributes:
        baseline: name of the first model.
        model: name of the other.
        value: the other's score minus the first one's.
        interval: of that, 95 %; None where there are too few images to say.
        share_above_zero: of the resamples.
        verdict: the same in plain words.
    """

    baseline: str
    model: str
    value: float
    interval: Interval | None
    share_above_zero: float
    verdict: str


def distinct_names(names: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """Names that tell models apart: those that occur twice are followed by their file."""
    return tuple(
        f"{name} ({path})" if names.count(name) > 1 else name
        for name, path in zip(names, paths, strict=True)
    )


def compare(
    names: Sequence[str],
    values: Sequence[float],
    resampled: NDArray[np.float64],
    units: int,
    unit: str = "images",
) -> tuple[Difference, ...]:
    """Compare each model with the first.

    Args:
        names: of the models.
        values: their scores, 0 to 1.
        resampled: float64 [models, resamples], paired.
        units: how many images (or videos) were scored.
        unit: what they are, in the plural.
    """
    differences = []
    for index in range(1, len(names)):
        moved = resampled[index] - resampled[0]
        value = values[index] - values[0]
        bounds = interval(moved) if units >= FEWEST_UNITS else None
        differences.append(
            Difference(
                baseline=names[0],
                model=names[index],
                value=value,
                interval=bounds,
                share_above_zero=float((moved > 0).mean()),
                verdict=_verdict(names[0], names[index], value, bounds, units, unit),
            )
        )
    return tuple(differences)


def _verdict(
    baseline: str, model: str, value: float, bounds: Interval | None, units: int, unit: str
) -> str:
    if bounds is None:
        return f"{units} {unit} are too few to tell {model} from {baseline}."
    if bounds.low > 0:
        return f"{model} is better than {baseline} by {_points(value, bounds.low, bounds.high)}."
    if bounds.high < 0:
        return f"{model} is worse than {baseline} by {_points(-value, -bounds.high, -bounds.low)}."
    return (
        f"There is no difference between {model} and {baseline} that {units} {unit} could show:"
        f" {100 * value:+.1f} points ({100 * bounds.low:+.1f} to {100 * bounds.high:+.1f})."
    )


def _points(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} points ({100 * low:.1f} to {100 * high:.1f})"
