"""Where the phone panel brings what phones tell, for the telemetry panel to show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_session import PhoneSession
from studio.runs.events import AnyEvent


class PhoneTelemetry(QObject):
    """The newest live session and the newest recorded one; each keeps its own records.

    All of it belongs to the GUI thread.
    """

    begun = Signal(object)  # PhoneSession, whose records are empty
    frame_chosen = Signal(int)  # sequence, in the session that was begun last

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: PhoneSession | None = None
        self._live: PhoneSession | None = None
        self._recorded: PhoneSession | None = None

    @property
    def current(self) -> PhoneSession | None:
        """That was begun last: it takes what comes."""
        return self._current

    @property
    def live(self) -> PhoneSession | None:
        """The newest session with a phone on its cable."""
        return self._live

    @property
    def recorded(self) -> PhoneSession | None:
        """The newest session that was replayed."""
        return self._recorded

    def begin(
        self, name: str, run_name: str, is_recorded: bool, started_at_seconds: float
    ) -> PhoneSession:
        """Begin a session; it takes the place of the one before of its kind.

        Args:
            name: of the phone, as the user knows it.
            run_name: of the run that keeps the session.
            is_recorded: whether a recording is shown.
            started_at_seconds: unix time of the session's begin.

        Returns:
            The session; events may also be brought to it directly, when several are open.
        """
        begun = PhoneConditions(name, run_name, is_recorded, started_at_seconds)
        session = PhoneSession(begun, parent=self)
        session.frame_chosen.connect(self._on_chosen)
        before = self._recorded if is_recorded else self._live
        if is_recorded:
            self._recorded = session
        else:
            self._live = session
        self._current = session
        self.begun.emit(session)
        if before is not None:
            before.deleteLater()
        return session

    def take(self, events: Sequence[AnyEvent]) -> None:
        """Take in events of the session that was begun last, in their order.

        Args:
            events: any; those that are none of a phone's are passed over.
        """
        if self._current is not None:
            self._current.take(events)

    def end(self) -> None:
        """Nothing more will come for the session that was begun last; its records stay."""
        if self._current is not None:
            self._current.end()

    def mark(self, sequence: int | None) -> None:
        """Mark the frame that is shown elsewhere in the charts; None takes the mark away."""
        if self._current is not None:
            self._current.mark(sequence)

    @property
    def shown_latency_millis(self) -> list[float]:
        """From the event of each live frame to its place on the chart; the newest 36,000."""
        return [] if self._live is None else self._live.shown_latency_millis

    def _on_chosen(self, sequence: int) -> None:
        if self.sender() is self._current:
            self.frame_chosen.emit(sequence)
