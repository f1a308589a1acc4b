"""The curves of one run: metrics over epochs and steps, and how they are smoothed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.runs.events import EpochMetrics

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""x and y, float64 [N] each; y is NaN where the metric was not finite."""

VALIDATION = "val_"
"""Metrics of this prefix are drawn in the chart of the metric without it."""


def base_metric(name: str) -> str:
    """The chart that a metric belongs to: `loss` for `val_loss`."""
    return name.removeprefix(VALIDATION)


class RunCurves:
    """Grows by events; a step that is reported again (after a resume) replaces what it said."""

    def __init__(self) -> None:
        self._points: dict[str, dict[int, tuple[int, float]]] = {}
        self._last_epoch = -1

    @property
    def metrics(self) -> list[str]:
        """Names, in the order in which they first came."""
        return list(self._points)

    @property
    def last_epoch(self) -> int:
        """The highest epoch reported; -1 before the first."""
        return self._last_epoch

    def add(self, event: EpochMetrics) -> None:
        """Take in what an epoch reported."""
        self._last_epoch = max(self._last_epoch, event.epoch)
        for name, value in event.metrics.items():
            point = (event.epoch, float("nan") if value is None else float(value))
            self._points.setdefault(name, {})[event.step] = point

    def curve(self, metric: str, *, by_step: bool) -> Curve:
        """One metric in order of its steps.

        Args:
            metric: one of `metrics`; an unknown one gives an empty curve.
            by_step: x is optimizer steps, not epochs (counted from 1).
        """
        points = sorted(self._points.get(metric, {}).items())
        x = [float(step if by_step else epoch + 1) for step, (epoch, _) in points]
        return np.array(x, np.float64), np.array([value for _, (_, value) in points], np.float64)


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average without the pull towards zero at its start.

    Args:
        values: float64 [N]; NaN stays NaN and is passed over.
        weight: of the past, 0 (as it is) to below 1.

    Returns:
        float64 [N].

    Reference:
        Kingma and Ba, Adam, section 3 (the bias correction); TensorBoard smooths the same way.
    """
    if weight <= 0:
        return values
    result = np.full(len(values), np.nan)
    average, correction = 0.0, 1.0
    for at, value in enumerate(values.tolist()):
        if np.isfinite(value):
            average = weight * average + (1 - weight) * value
            correction *= weight
            result[at] = average / (1 - correction)
    return result
