"""The strips of a phone, below each other, read at one moment."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.gui.telemetry.axis import LEFT, TimeAxis
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.phone_strips import STRIPS, strip_lines, strip_note
from studio.gui.telemetry.records import PhoneRecords
from studio.gui.telemetry.strip import Strip

BESIDE_LEFT = 6
_LEAST_WIDTH = 270


class StripStack(QScrollArea):
    """Strips that scroll where they stand beside the big chart in a low panel."""

    pointed = Signal(object)  # unix time under the pointer, or None
    chosen = Signal(float)  # unix time that was clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(_LEAST_WIDTH)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.strips: dict[str, Strip] = {}
        for key, spec in STRIPS.items():
            strip = Strip(spec, BESIDE_LEFT)
            strip.pointed.connect(self.pointed)
            strip.chosen.connect(self.chosen)
            column.addWidget(strip)
            self.strips[key] = strip
        self.setWidget(inner)
        self._shown: tuple[PhoneSession, PhoneRecords, TimeAxis] | None = None
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def set_below(self, is_below: bool) -> None:
        """Stand below the big chart, with its margins; or beside it."""
        for strip in self.strips.values():
            strip.set_left(LEFT if is_below else BESIDE_LEFT)
        self.setMinimumHeight(self.needed_height if is_below else 0)
        as_needed = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(never if is_below else as_needed)

    @property
    def needed_height(self) -> int:
        """Below it, strips would have to scroll."""
        strips = self.strips.values()
        return sum(strip.minimumHeight() + 2 for strip in strips)

    def show_session(self, session: PhoneSession, records: PhoneRecords, axis: TimeAxis) -> None:
        """Draw all strips.

        Args:
            session: whose samples are drawn.
            records: those of its frames that are in view.
            axis: what the width stands for.
        """
        self._shown = (session, records, axis)
        for key, strip in self.strips.items():
            # A strip that is scrolled out of sight costs nothing until it comes back.
            if self._is_in_sight(strip):
                lines = strip_lines(session, records, key)
                strip.show_lines(lines, axis, strip_note(session, key), session.arrived)

    def _is_in_sight(self, strip: Strip) -> bool:
        top = strip.y() - self.verticalScrollBar().value()
        return top + strip.height() > 0 and top < self.viewport().height()

    def _on_scrolled(self) -> None:
        if self._shown is not None:
            self.show_session(*self._shown)

    def show_cursor(self, seconds: float | None) -> None:
        """Read all strips at a moment; the newest values for None."""
        for strip in self.strips.values():
            strip.show_cursor(seconds)

    def show_mark(self, seconds: float | None, *, is_read: bool) -> None:
        """Mark a moment in all strips, and read it out where there is no cursor."""
        for strip in self.strips.values():
            strip.show_mark(seconds, is_read=is_read)

    def texts(self) -> list[str]:
        """What all strips read out."""
        return [strip.text for strip in self.strips.values()]
