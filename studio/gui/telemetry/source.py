"""What every source of telemetry has: kept records, a view of them, numbers over the view."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from studio.gui.telemetry.records import Records
from studio.gui.telemetry.ring import ColumnRing
from studio.gui.telemetry.span import TimeSpan
from studio.gui.telemetry.statistics import Summary, summarize

DEFAULT_BUDGET_FPS = 24.0
"""The rate at which a film looks fluent; its frame time is the default budget."""

ALL_SECONDS = math.inf
"""The window that reaches back to the oldest record."""

WINDOWS_SECONDS: tuple[tuple[str, float], ...] = (
    ("10 s", 10.0),
    ("30 s", 30.0),
    ("1 min", 60.0),
    ("5 min", 300.0),
    ("15 min", 900.0),
    ("1 h", 3600.0),
    ("All", ALL_SECONDS),
)
"""The stretches of time that the charts can show."""

DEFAULT_WINDOW_SECONDS = 60.0
_LATE_SECONDS = 5.0


class AnyConditions(Protocol):
    """Under which something was measured."""

    @property
    def words(self) -> str:
        """One line for the panel."""
        ...

    @property
    def details(self) -> str:
        """Lines for a tool tip."""
        ...

    def as_plain(self) -> dict[str, Any]:
        """For a file."""
        ...


class TelemetrySource(QObject):
    """The newest hour of frame records, and the questions that the panel asks about it.

    Attributes:
        budget_millis: what one frame may take.
        window_seconds: how far back the view reaches while it follows.
        zoom: the stretch of time that the view is held at; None while it follows.

    Args:
        ring: where the records are kept.
    """

    arrived_more = Signal()  # something new is to be drawn
    conditions_changed = Signal()
    cleared = Signal()

    def __init__(self, ring: ColumnRing[Records], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = ring
        self._frozen: Records | None = None
        self._frozen_end = 0.0
        self._arrived = 0
        self.budget_millis = 1000.0 / DEFAULT_BUDGET_FPS
        self.window_seconds = DEFAULT_WINDOW_SECONDS
        self.zoom: TimeSpan | None = None

    # -- what each source says in its own way --------------------------------------------------

    @property
    def title(self) -> str:
        """Its name in the list of sources."""
        raise NotImplementedError

    @property
    def origin_seconds(self) -> float:
        """Where its time begins, on the clock of its records."""
        return self.limits().start_seconds

    @property
    def least_chart_seconds(self) -> float:
        """Drawn more often than this, its charts would take too much of a computer."""
        return 0.2

    @property
    def empty_words(self) -> str:
        """What to say while there are no frames."""
        raise NotImplementedError

    def describe(self, records: Records, position: int) -> str:
        """What is special about a record; begins with a separator where there is anything."""
        words = " · warm-up, not counted" if records.is_warmup[position] else ""
        if records.dropped[position]:
            words += f" · {records.dropped[position]} dropped before"
        return words

    @property
    def is_live(self) -> bool:
        """Whether frames come in at this moment, so that `now` means something."""
        raise NotImplementedError

    @property
    def conditions(self) -> AnyConditions:
        """Under which the newest records were measured."""
        raise NotImplementedError

    @property
    def all_conditions(self) -> Mapping[int, AnyConditions]:
        """By segment, for those segments that records are left of, and the present one."""
        raise NotImplementedError

    def choose(self, record: Records, position: int) -> None:
        """Go to the frame of a record that the user picked."""
        raise NotImplementedError

    def _newest_seconds(self) -> float | None:
        """When the newest of anything came; None before that."""
        records = self._kept.records()
        return float(records.shown_at_seconds[-1]) if len(records) else None

    def _oldest_seconds(self) -> float | None:
        """When the oldest of anything came; None before that."""
        records = self._kept.records()
        return float(records.shown_at_seconds[0]) if len(records) else None

    # -- the view ------------------------------------------------------------------------------

    @property
    def arrived(self) -> int:
        """Records taken in so far; a change means that there is something new to draw."""
        return self._arrived

    @property
    def is_paused(self) -> bool:
        """Whether the view stands still; records are taken in all the same."""
        return self._frozen is not None

    @property
    def is_following(self) -> bool:
        """Whether the newest record is always in sight."""
        return self._frozen is None and self.zoom is None

    @property
    def changes_view(self) -> bool:
        """Whether what comes in now can change what is shown."""
        if self._frozen is not None:
            return False
        if self.zoom is None:
            return True
        # Masks are compared some time after their frames came.
        return (self._newest_seconds() or 0.0) < self.zoom.end_seconds + _LATE_SECONDS

    def set_paused(self, paused: bool) -> None:
        """Freeze the view at this moment, or let it follow again."""
        if paused != self.is_paused:
            self._frozen_end = self._newest_seconds() or 0.0
            self._frozen = self._kept.records().copy() if paused else None

    def clear(self) -> None:
        """Forget every record, and let the view follow again."""
        self._kept.clear()
        self._frozen = None
        self.zoom = None
        self._arrived += 1
        self.cleared.emit()

    def limits(self) -> TimeSpan:
        """From the oldest to the newest of what the view can show; a second at least."""
        if self._frozen is not None:
            end = self._frozen_end
            start = float(self._frozen.shown_at_seconds[0]) if len(self._frozen) else end
            start = min(start, self._oldest_seconds() or start)
        else:
            end = self._newest_seconds() or 0.0
            start = self._oldest_seconds() or 0.0
        return TimeSpan(min(start, end - 1.0), end)

    def span(self, seconds: float | None = None) -> TimeSpan:
        """The stretch of time in view.

        Args:
            seconds: how far back from the newest unless it is zoomed; everything for None.
        """
        if self.zoom is not None:
            return self.zoom
        limits = self.limits()
        if seconds is None or math.isinf(seconds):
            return limits
        return TimeSpan(limits.end_seconds - seconds, limits.end_seconds)

    def zoom_to(self, wanted: TimeSpan | None) -> None:
        """Hold the view at a stretch of time; the newest window of it, and None, follow again."""
        if wanted is None:
            self.zoom = None
            return
        following = self.limits()
        if self.window_seconds > following.seconds and math.isfinite(self.window_seconds):
            end = following.end_seconds
            following = TimeSpan(end - self.window_seconds, end)
        span = wanted.within(following)
        reaches_end = span.end_seconds >= following.end_seconds - 0.01 * span.seconds
        is_as_long = span.seconds >= 0.999 * min(self.window_seconds, following.seconds)
        self.zoom = None if reaches_end and is_as_long else span

    def records(self, seconds: float | None = None) -> Records:
        """What the view shows, oldest first; `seconds` as for `span`."""
        records = self._kept.records() if self._frozen is None else self._frozen
        if seconds is None and self.zoom is None:
            return records
        span = self.span(seconds)
        return records.between(span.start_seconds, span.end_seconds)

    def kept_records(self) -> Records:
        """Every record that is kept, whether the view follows or not."""
        return self._kept.records()

    def statistics_records(self, seconds: float | None = None) -> Records:
        """Those of `records` that were measured under the newest of their conditions."""
        records = self.records(seconds)
        if not len(records):
            return records
        # Segments only grow, so the newest is the tail.
        start = int(records.segment.searchsorted(records.segment[-1]))
        return records.sliced(start, len(records))

    def summary(self, seconds: float | None) -> Summary:
        """The numbers over `statistics_records`.

        `now` is unknown while nothing comes in, unless the view is held at such a moment.
        """
        result = summarize(self.statistics_records(seconds), self.budget_millis)
        if self._frozen is None and not self.is_live:
            return replace(result, shown_now=float("nan"), possible_now=float("nan"))
        return result
