"""The curves of one run: metrics over steps, epochs and hours of work."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.runs.events import EpochMetrics

Values = NDArray[np.float64]
"""float64 [N]."""

Curve = tuple[Values, Values]
"""x, ascending, and y, float64 [N] each; y is NaN where the metric was not finite."""

XAxis = Literal["step", "epoch", "time"]
"""Optimizer steps, epochs done (with fractions), or hours at work: pauses are left out."""

VALIDATION = "val/"
_PREFIXES = (VALIDATION, "val_")  # the second is what Keras' own loop reports


def base_metric(name: str) -> str:
    """The chart that a metric belongs to: `loss` for `val/loss`."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def is_validation(name: str) -> bool:
    """Whether a metric was taken on images that are not trained on."""
    return name.startswith(_PREFIXES)


@dataclass(frozen=True, slots=True)
class Table:
    """All reports of a run, one a row.

    Attributes:
        steps: float64 [N], optimizer steps done.
        epochs: float64 [N], 0 for the first.
        worked_seconds: float64 [N], since the start, without pauses.
        metrics: float64 [N] by name; NaN in the rows that do not report it.
    """

    steps: Values
    epochs: Values
    worked_seconds: Values
    metrics: dict[str, Values]


class RunCurves:
    """Grows by events and is read as arrays; 100,000 points of ten metrics take 20 MB."""

    def __init__(self) -> None:
        self._steps = array("q")
        self._epochs = array("q")
        self._seconds = array("d")
        self._rows: dict[str, array[int]] = {}
        self._values: dict[str, array[float]] = {}
        self._began_seconds: float | None = None
        self._steps_per_epoch: float | None = None
        self._first_epoch = 0
        self._version = 0
        self._arrays: dict[tuple[str, str], Curve] = {}
        self._places: dict[str, Values] = {}

    @property
    def metrics(self) -> list[str]:
        """Names, in the order in which they first came."""
        return list(self._rows)

    @property
    def version(self) -> int:
        """Another one after every change."""
        return self._version

    @property
    def epochs_begun(self) -> int:
        """How many epochs have reported something."""
        if not self._epochs:
            return 0
        if self._steps_per_epoch is not None:
            return max(1, math.ceil(self._steps[-1] / self._steps_per_epoch))
        return self._epochs[-1] + 1 - min(1, self._first_epoch)

    @property
    def last_step(self) -> int:
        """The step reported last; -1 before the first."""
        return max(self._steps[-1:], default=-1)

    @property
    def worked_seconds(self) -> float:
        """From the start to the last report, without pauses."""
        return self._seconds[-1] if self._seconds else 0.0

    def begin(self, at_seconds: float) -> None:
        """A worker takes up the run, for the first time or again.

        Args:
            at_seconds: unix time; hours of work go on from there.
        """
        self._began_seconds = at_seconds - self.worked_seconds

    def expect_steps_per_epoch(self, steps: float) -> None:
        """Take note of how long an epoch is; else it is guessed from what is reported."""
        if steps > 0 and steps != self._steps_per_epoch:
            self._steps_per_epoch = steps
            self._changed()

    def add(self, event: EpochMetrics) -> None:
        """Take in a report."""
        if self._began_seconds is None:
            self._began_seconds = event.at_seconds
        if not self._steps:
            self._first_epoch = event.epoch
        row = len(self._steps)
        self._steps.append(event.step)
        self._epochs.append(event.epoch)
        self._seconds.append(max(self.worked_seconds, event.at_seconds - self._began_seconds))
        for name, value in event.metrics.items():
            if name not in self._rows:
                self._rows[name], self._values[name] = array("q"), array("d")
            self._rows[name].append(row)
            self._values[name].append(float("nan") if value is None else value)
        self._changed()

    def supersede(self, step: int, at_seconds: float) -> None:
        """Forget what was reported of later steps: the run was resumed at an earlier one.

        Args:
            step: the last that counts.
            at_seconds: unix time of the resumption.
        """
        steps = np.array(self._steps, np.int64)
        kept = steps <= step
        if not kept.all():
            number = np.cumsum(kept) - 1
            for name, rows in self._rows.items():
                of_metric = np.array(rows, np.int64)
                stays = kept[of_metric]
                self._rows[name] = array("q", number[of_metric[stays]].tolist())
                values = np.array(self._values[name], np.float64)
                self._values[name] = array("d", values[stays].tolist())
            self._steps = array("q", steps[kept].tolist())
            self._epochs = array("q", np.array(self._epochs, np.int64)[kept].tolist())
            self._seconds = array("d", np.array(self._seconds, np.float64)[kept].tolist())
        self.begin(at_seconds)
        self._changed()

    def curve(self, metric: str, x_axis: XAxis = "step") -> Curve:
        """One metric in order of its steps; of a step that was reported again, the last value.

        Args:
            metric: one of `metrics`; an unknown one gives an empty curve.
            x_axis: what x is.
        """
        if metric not in self._rows:
            return np.empty(0), np.empty(0)
        key = metric, x_axis
        if key not in self._arrays:
            rows = np.array(self._rows[metric], np.int64)
            x, steps = self._x(x_axis)[rows], np.array(self._steps, np.int64)[rows]
            y = np.array(self._values[metric], np.float64)
            if len(x) > 1 and not (np.diff(steps) > 0).all():
                order = np.argsort(steps, kind="stable")
                x, y, steps = x[order], y[order], steps[order]
                is_last = np.append(np.diff(steps) > 0, True)
                x, y = np.maximum.accumulate(x[is_last]), y[is_last]
            self._arrays[key] = x, y
        return self._arrays[key]

    def latest(self, metric: str) -> float | None:
        """The finite value reported last."""
        values = self._values.get(metric, array("d"))
        return next((value for value in reversed(values) if np.isfinite(value)), None)

    def best(self, metric: str, x_axis: XAxis = "step") -> tuple[float, float] | None:
        """Where a metric was highest: x and y; None while it has no finite value."""
        x, y = self.curve(metric, x_axis)
        if not np.isfinite(y).any():
            return None
        at = int(np.nanargmax(y))
        return float(x[at]), float(y[at])

    def table(self) -> Table:
        """All reports, in arrays that later reports do not change."""
        columns = {}
        for name, rows in self._rows.items():
            column = np.full(len(self._steps), np.nan)
            column[np.array(rows, np.int64)] = self._values[name]
            columns[name] = column
        return Table(
            steps=np.array(self._steps, np.float64),
            epochs=np.array(self._epochs, np.float64),
            worked_seconds=np.array(self._seconds, np.float64),
            metrics=columns,
        )

    def _changed(self) -> None:
        self._version += 1
        self._arrays.clear()
        self._places.clear()

    def _x(self, x_axis: XAxis) -> Values:
        """The place of every row; worked out once for all metrics."""
        if x_axis not in self._places:
            self._places[x_axis] = self._compute_x(x_axis)
        return self._places[x_axis]

    def _compute_x(self, x_axis: XAxis) -> Values:
        if x_axis == "time":
            return np.array(self._seconds, np.float64) / 3600.0
        steps = np.array(self._steps, np.float64)
        if x_axis == "step":
            return steps
        epochs = np.array(self._epochs, np.float64)
        return epochs_done(steps, epochs, self._steps_per_epoch)


def epochs_done(steps: Values, epochs: Values, steps_per_epoch: float | None = None) -> Values:
    """Place reports within their epochs.

    Args:
        steps: float64 [N], optimizer steps done at each report.
        epochs: float64 [N], the epoch of each; the first is 0, or 1 where none is 0.
        steps_per_epoch: if it is known; else it is the length that fits all reports.

    Returns:
        float64 [N]: epochs done, with fractions; whole ones where each epoch reports only once.
    """
    if not len(steps):
        return steps
    epochs = epochs - min(1.0, float(epochs.min()))
    if steps_per_epoch is None:
        if len(np.unique(steps)) == len(np.unique(epochs)):
            return epochs + 1.0
        # Epoch e holds steps of e * n to (e + 1) * n.
        least = float(np.max(steps / (epochs + 1.0)))
        later = epochs > 0
        most = float(np.min(steps[later] / epochs[later])) if later.any() else least
        steps_per_epoch = max(1.0, round((least + max(least, most)) / 2))
    return steps / steps_per_epoch
