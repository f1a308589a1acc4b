"""Brings what a session tells to the charts, each event once and in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from studio.gui.phone.session import Session
from studio.runs.events import AnyEvent


class Telemetry(Protocol):
    """The charts, as far as they are fed from here."""

    def begin(
        self, name: str, run_name: str, is_recorded: bool, started_at_seconds: float
    ) -> object:
        """A session begins to be shown; what was shown before goes."""
        ...

    def take(self, events: Sequence[AnyEvent]) -> None:
        """The session's events, in order, none left out."""
        ...

    def end(self) -> None:
        """No more events."""
        ...

    def mark(self, sequence: int) -> None:
        """This frame is shown beside the charts."""
        ...


class TelemetryFeed:
    """One session after the other.

    Args:
        telemetry: the charts.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._has_begun = False
        self._waiting: list[AnyEvent] = []

    def leave(self) -> None:
        """Another session comes: end the one that was fed, if it did not end by itself."""
        self.end()
        self._waiting.clear()

    def take(self, session: Session, events: list[AnyEvent]) -> None:
        """Feed events; the charts hear nothing before it is known which phone it is."""
        self._waiting += events
        found = session.found
        if not self._waiting or found is None:
            return
        if not self._has_begun:
            self._has_begun = True
            self._telemetry.begin(
                found.model,
                session.name,
                not session.is_live,
                self._waiting[0].at_seconds,
            )
        waiting, self._waiting = self._waiting, []
        self._telemetry.take(waiting)

    def end(self) -> None:
        """The session is over."""
        if self._has_begun:
            self._has_begun = False
            self._telemetry.end()

    def mark(self, sequence: int) -> None:
        """This frame is shown."""
        self._telemetry.mark(sequence)
