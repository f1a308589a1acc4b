"""What makes the numbers untrustworthy, and what is wrong with the connection, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from studio.gui.icons import Tint
from studio.gui.telemetry.chip import Chip
from studio.gui.training.flow_layout import FlowLayout
from studio.runs.phone_events import PhoneDoubt

LAB_WORDS = "Emulated phone: speeds mean nothing."


class Notes(QWidget):
    """Trouble first, then each doubt; nothing at all while all is well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[tuple[str, Tint, str], ...] = ()
        self._chips: list[Chip] = []
        self._flow = FlowLayout(self, 6)
        self._heading = QLabel("What makes these numbers untrustworthy:", self)
        self._heading.setProperty("role", "muted")
        self._flow.addWidget(self._heading)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def words(self) -> list[str]:
        """What it says, in its order."""
        return [chip.words for chip in self._chips]

    def show_notes(self, trouble: str, tint: Tint, doubts: Sequence[PhoneDoubt]) -> None:
        """Say it.

        Args:
            trouble: reason and remedy of the state; empty where all is well.
            tint: colour of the trouble.
            doubts: in the order in which they came up.
        """
        notes: list[tuple[str, Tint, str]] = [(trouble, tint, "info")] if trouble else []
        for doubt in doubts:
            notes.append((doubt_words(doubt), "warn", "warning"))
        if tuple(notes) == self._shown:
            return
        self._shown = tuple(notes)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._flow.removeWidget(self._heading)
        self._chips = [Chip(words, colour, sign, self) for words, colour, sign in notes]
        self._heading.setVisible(bool(doubts))
        for position, chip in enumerate(self._chips):
            if position == bool(trouble):
                self._flow.addWidget(self._heading)
            self._flow.addWidget(chip)
            chip.show()
        self.setVisible(bool(notes))
        self.updateGeometry()


def doubt_words(doubt: PhoneDoubt) -> str:
    """A doubt in words; that of an emulated phone says what follows from it."""
    if doubt.code != "lab":
        return doubt.message
    return doubt.message if "mean nothing" in doubt.message else LAB_WORDS
