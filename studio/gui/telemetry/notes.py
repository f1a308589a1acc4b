"""What makes the numbers untrustworthy, and what is wrong with the connection, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from studio.gui.icons import Tint
from studio.gui.telemetry.chip import Chip
from studio.runs.phone_events import PhoneDoubt

_HEADING = "What makes these numbers untrustworthy:"
_SHORT_HEADING = "Untrustworthy:"
_LINE_PIXELS = 22
_GAP = 6
_LOW_PIXELS = 320

LAB_WORDS = "Emulated phone: speeds mean nothing."


class Notes(QWidget):
    """Trouble first, then each doubt; nothing at all while all is well.

    Where the panel is low they share one line, the longest cut first; else they flow.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[tuple[str, Tint, str], ...] = ()
        self._chips: list[Chip] = []
        self._is_low = False
        self._has_trouble = False
        self._first: Chip | None = None
        self._heading = QLabel(self)
        self._heading.setProperty("role", "muted")
        self._heading.setToolTip(_HEADING)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
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
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(words, colour, sign, self) for words, colour, sign in notes]
        for chip in self._chips:
            chip.show()
        self._has_trouble = bool(trouble)
        # That an emulated phone tells nothing, or that a phone is away, matters most.
        codes = [doubt.code for doubt in doubts]
        first = codes.index("lab") + self._has_trouble if "lab" in codes else 0
        self._first = self._chips[first] if self._chips else None
        self._heading.setVisible(bool(doubts))
        self.setVisible(bool(notes))
        self._arrange()

    def fit(self, panel_height: int) -> None:
        """Take little height where there is little."""
        is_low = panel_height < _LOW_PIXELS
        if is_low != self._is_low:
            self._is_low = is_low
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self._heading.setText(_SHORT_HEADING if self._is_low else _HEADING)
        row: list[QWidget] = list(self._chips)
        if not self._heading.isHidden():
            row.insert(int(self._has_trouble), self._heading)
        widths = [widget.sizeHint().width() for widget in row]
        room = max(self.width(), 1)
        if self._is_low:
            kept = [at for at, widget in enumerate(row) if widget in (self._heading, self._first)]
            widths = shared_widths(widths, room - _GAP * (len(row) - 1), kept)
        x = y = 0
        for widget, wanted in zip(row, widths, strict=True):
            width = min(wanted, room)
            if x and x + width > room and not self._is_low:
                x, y = 0, y + _LINE_PIXELS + 3
            widget.setGeometry(x, y, width, _LINE_PIXELS)
            x += width + _GAP
        self.setFixedHeight(y + _LINE_PIXELS)


def shared_widths(wanted: Sequence[int], room: int, kept: Sequence[int] = ()) -> list[int]:
    """Cut the longest of some widths until all of them fit.

    Args:
        wanted: what each would like.
        room: for all of them.
        kept: positions of those that are served first.

    Returns:
        A width each, none greater than wanted.
    """
    widths = [0] * len(wanted)
    left = max(room, 0)
    # From the shortest on, each gets its wish or an even share of what is left.
    order = sorted(range(len(wanted)), key=lambda at: (at not in kept, wanted[at]))
    for rank, place in enumerate(order):
        share = left if place in kept else left // (len(wanted) - rank)
        widths[place] = min(wanted[place], share)
        left -= widths[place]
    return widths


def doubt_words(doubt: PhoneDoubt) -> str:
    """A doubt in words; that of an emulated phone says what follows from it."""
    if doubt.code != "lab":
        return doubt.message
    return doubt.message if "mean nothing" in doubt.message else LAB_WORDS
