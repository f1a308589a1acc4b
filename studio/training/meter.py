"""What a training reports between two evaluations."""

from __future__ import annotations

import time
from collections.abc import Mapping

import psutil


class LossMeans:
    """Means of the losses since the last report.

    They are a part of a checkpoint: else the first point behind a resume would be the mean over
    fewer steps than the same point of a training that was never interrupted.
    """

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._steps = 0

    @property
    def steps(self) -> int:
        """Steps since the last report."""
        return self._steps

    def add(self, losses: Mapping[str, float]) -> None:
        """Count the losses of one step, by name."""
        for name, loss in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + loss
        self._steps += 1

    def take(self) -> dict[str, float]:
        """The means by name; begins anew."""
        means = {name: total / self._steps for name, total in self._sums.items()}
        self._sums, self._steps = {}, 0
        return means

    def state(self) -> dict[str, float]:
        """What `restore` needs: the sums by name, and the steps under an empty name."""
        return {**self._sums, "": float(self._steps)}

    def restore(self, state: Mapping[str, float]) -> None:
        """Go on from a state; from an empty one as if just reported."""
        self._sums = {name: value for name, value in state.items() if name}
        self._steps = int(state.get("", 0))


class Meter:
    """Speed, waiting and machine load since the last report."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        psutil.cpu_percent()  # the first call only starts the measure
        self.restart()

    @property
    def now(self) -> float:
        """Seconds on a clock that only goes forward."""
        return time.monotonic()

    def step(self, images: int, wait_seconds: float) -> None:
        """Count one optimizer step.

        Args:
            images: in the batch.
            wait_seconds: that it waited for its data.
        """
        self._images += images
        self._wait_seconds += wait_seconds

    def report(self) -> dict[str, float]:
        """The metrics since the last report, which begins anew."""
        elapsed = max(time.monotonic() - self._since, 1e-9)
        metrics = {
            "images_per_second": self._images / elapsed,
            "data_wait_share": min(self._wait_seconds / elapsed, 1.0),
            "cpu_percent": psutil.cpu_percent(),
            "memory_bytes": float(self._process.memory_info().rss),
        }
        self.restart()
        return metrics

    def restart(self) -> float:
        """Begin anew, as after an evaluation; returns `now`."""
        self._since = time.monotonic()
        self._images = 0
        self._wait_seconds = 0.0
        return self._since
