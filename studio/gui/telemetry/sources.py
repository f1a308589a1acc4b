"""Which sources the panel can show, and which it does."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.phone_source import PhoneTelemetry
from studio.gui.telemetry.source import TelemetrySource


class Sources(QObject):
    """This computer, the newest live phone and the newest recorded one.

    Args:
        computer: what playing costs here.
        phone: what phones tell.
    """

    listed = Signal()  # another list
    chosen = Signal(object)  # TelemetrySource

    def __init__(
        self, computer: TelemetrySource, phone: PhoneTelemetry, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._computer = computer
        self._phone = phone
        self._current = phone.current or computer
        phone.begun.connect(self._on_begun)

    @property
    def current(self) -> TelemetrySource:
        """That is shown."""
        return self._current

    @property
    def all(self) -> list[TelemetrySource]:
        """That can be shown."""
        phones = [self._phone.live, self._phone.recorded]
        return [self._computer, *(session for session in phones if session is not None)]

    def choose(self, source: TelemetrySource) -> None:
        """Show a source."""
        if source is not self._current:
            # The settings of the panel are the same for each.
            source.budget_millis = self._current.budget_millis
            self._current = source
            self.chosen.emit(source)

    def _on_begun(self, session: PhoneSession) -> None:
        self.choose(session)
        self.listed.emit()
