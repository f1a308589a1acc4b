"""What a training reports between two evaluations."""

from __future__ import annotations

import time
from collections.abc import Mapping

import psutil


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

    @property
    def images(self) -> int:
        """Since the last report."""
        return self._images

    def step(self, images: int, wait_seconds: float) -> None:
        """Count one optimizer step.

        Args:
            images: in the batch.
            wait_seconds: that it waited for its data.
        """
        self._images += images
        self._wait_seconds += wait_seconds

    def report(self, losses: Mapping[str, float], learning_rate: float) -> dict[str, float]:
        """The metrics since the last report, which begins anew.

        Args:
            losses: by name.
            learning_rate: of the last step.
        """
        elapsed = max(time.monotonic() - self._since, 1e-9)
        metrics = {
            **losses,
            "learning_rate": learning_rate,
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
