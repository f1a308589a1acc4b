"""When charts and numbers are drawn: soon after something came, and no more often than it helps."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal


class Pace(QObject):
    """Asks for drawing while something is new, and sleeps otherwise.

    Attributes:
        chart_seconds: least time between two drawings of the charts.
        numbers_seconds: least time between two drawings of the numbers.
    """

    chart_due = Signal()
    numbers_due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chart_seconds = 0.2
        self.numbers_seconds = 0.5
        self._last_chart = self._last_numbers = -math.inf
        self._chart_asked = self._numbers_asked = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)

    def ask(self) -> None:
        """Tell that something is new."""
        self._chart_asked = self._numbers_asked = True
        self._schedule()

    def stop(self) -> None:
        """Forget what was asked."""
        self._chart_asked = self._numbers_asked = False
        self._timer.stop()

    def _schedule(self) -> None:
        due = [math.inf]
        if self._chart_asked:
            due.append(self._last_chart + self.chart_seconds)
        if self._numbers_asked:
            due.append(self._last_numbers + self.numbers_seconds)
        if math.isfinite(min(due)) or self._chart_asked or self._numbers_asked:
            wait = max(0.0, min(due) - time.monotonic())
            self._timer.start(math.ceil(wait * 1000))

    def _on_time(self) -> None:
        now = time.monotonic()
        if self._numbers_asked and now >= self._last_numbers + self.numbers_seconds:
            self._numbers_asked = False
            self.numbers_due.emit()
            self._last_numbers = time.monotonic()
        if self._chart_asked and now >= self._last_chart + self.chart_seconds:
            self._chart_asked = False
            self._last_chart = now
            self.chart_due.emit()
            # However slow a computer draws, half of its time is left for other things.
            self._last_chart = max(now, 2 * time.monotonic() - now - self.chart_seconds)
        self._schedule()
