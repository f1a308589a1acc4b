"""How fast a run goes, and when it will be done."""

from __future__ import annotations

from collections import deque

from studio.runs.events import Progress

_WINDOW_SECONDS = 20.0
_LEAST_SECONDS = 1.0


class Pace:
    """Estimates the time left from the progress of the last seconds.

    Only the recent past counts: jobs warm up, and other programs come and go.
    """

    def __init__(self) -> None:
        self._points: deque[Progress] = deque()

    def add(self, progress: Progress) -> None:
        """Take note of progress; another stage (unit, total or message) begins anew."""
        if self._points:
            last = self._points[-1]
            is_same = (last.unit, last.total, last.message) == (
                progress.unit,
                progress.total,
                progress.message,
            )
            if not is_same or progress.done < last.done:
                self._points.clear()
        self._points.append(progress)
        while progress.at_seconds - self._points[0].at_seconds > _WINDOW_SECONDS:
            self._points.popleft()

    @property
    def per_second(self) -> float | None:
        """Units done in a second; None while too little is known."""
        if not self._points:
            return None
        first, last = self._points[0], self._points[-1]
        seconds = last.at_seconds - first.at_seconds
        if seconds < _LEAST_SECONDS or last.done <= first.done:
            return None
        return (last.done - first.done) / seconds

    def remaining_seconds(self, now_seconds: float) -> float | None:
        """Seconds until all is done; None while nobody can know.

        Args:
            now_seconds: unix time; what has passed since the last progress is taken off.
        """
        per_second = self.per_second
        if per_second is None or self._points[-1].total is None:
            return None
        last = self._points[-1]
        assert last.total is not None
        passed_seconds = max(0.0, now_seconds - last.at_seconds)
        return max(0.0, (last.total - last.done) / per_second - passed_seconds)
