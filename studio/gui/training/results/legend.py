"""Which classes the pictures in sight show, in their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.theme import current_theme

_SWATCH = 10
_GAP = 14


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A class.

    Attributes:
        name: in words.
        colour: `#rrggbb`.
        note: behind the name, such as a share; may be empty.
    """

    name: str
    colour: str
    note: str = ""


class ClassLegend(QWidget):
    """Names and colours in lines that break where the room ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setAccessibleName("Classes in view")

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """What is shown."""
        return self._entries

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Show other classes."""
        entries = tuple(entries)
        if entries != self._entries:
            self._entries = entries
            self.setAccessibleDescription(", ".join(entry.name for entry in entries))
            self._fit()
            self.update()

    def _line(self) -> int:
        return QFontMetrics(self.font()).height() + 3

    def _places(self) -> list[tuple[QPoint, LegendEntry]]:
        metrics = QFontMetrics(self.font())
        x, y = 0, 0
        places = []
        for entry in self._entries:
            width = _SWATCH + 5 + metrics.horizontalAdvance(_words(entry))
            if x and x + width > self.width():
                x, y = 0, y + self._line()
            places.append((QPoint(x, y), entry))
            x += width + _GAP
        return places

    def _fit(self) -> None:
        places = self._places()
        self.setFixedHeight((places[-1][0].y() if places else 0) + self._line())

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Swatches and names."""
        theme = current_theme()
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        for at, entry in self._places():
            swatch = QRect(at.x(), at.y() + (self._line() - _SWATCH) // 2, _SWATCH, _SWATCH)
            painter.fillRect(swatch, QColor(entry.colour))
            painter.setPen(QColor(theme.faint))
            painter.drawRect(swatch.adjusted(0, 0, -1, -1))
            painter.setPen(QColor(theme.muted))
            left = at.x() + _SWATCH + 5
            painter.drawText(left, at.y() + 1 + metrics.ascent(), _words(entry))
        painter.end()


def _words(entry: LegendEntry) -> str:
    return f"{entry.name} {entry.note}".rstrip()
