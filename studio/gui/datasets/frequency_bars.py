"""Two bars a class: its share of the pixels, and how many images show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from studio.gui.datasets.frequencies import Frequency, Scale, scale_of
from studio.gui.theme import Theme, current_theme
from studio.gui.training.results.words import count

_MOST_LINE_PIXELS = 34
_GAP = 24


def share_words(share: float) -> str:
    """A share with two significant digits at least: `0.043 %`."""
    return f"{100 * share:.3g} %" if share < 0.01 else f"{100 * share:.1f} %"


class FrequencyBars(QWidget):
    """Paints rows at the height that there is; it lies in a scroll area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Frequency, ...] = ()
        self._colours: tuple[QColor, ...] = ()
        self._shares = self._images = Scale(0.0, 1.0, is_log=False)
        self.setAccessibleName("Pixels and images by class")

    @property
    def rows(self) -> tuple[Frequency, ...]:
        """What is shown, top to bottom."""
        return self._rows

    def colour(self, row: Frequency) -> QColor:
        """Of a class's bar."""
        known = row.index < len(self._colours)
        return self._colours[row.index] if known else QColor(current_theme().accent)

    def show_rows(
        self, rows: Sequence[Frequency], palette: Sequence[tuple[int, int, int]], *, is_log: bool
    ) -> None:
        """Show other classes.

        Args:
            rows: top to bottom.
            palette: red, green and blue by index of the class.
            is_log: whether both scales are logarithmic.
        """
        self._rows = tuple(rows)
        self._colours = tuple(QColor(*colour) for colour in palette)
        self._shares = scale_of([row.share for row in rows], is_log)
        self._images = scale_of([float(row.images) for row in rows], is_log)
        self.setMinimumSize(420, self._least_line() * (len(rows) + 2) + 6)
        self.setAccessibleDescription("; ".join(_row_words(row) for row in rows))
        self.update()

    def _least_line(self) -> int:
        return QFontMetrics(self.font()).height() + 5

    def _line(self) -> int:
        fair = (self.height() - 6) // (len(self._rows) + 2)
        return max(self._least_line(), min(fair, _MOST_LINE_PIXELS))

    def _columns(self) -> tuple[float, QRectF, QRectF]:
        """Width of the names, and where the bars of both columns lie (height 0)."""
        metrics = QFontMetrics(self.font())
        names = max((metrics.horizontalAdvance(row.name) for row in self._rows), default=0)
        names = min(names, self.width() // 4)
        values = metrics.horizontalAdvance("0.0000 %") + 8
        room = max(40.0, (self.width() - names - 10 - 2 * values - _GAP) / 2)
        top = 2.0 * self._line()
        first = QRectF(names + 10, top, room, 0)
        return names, first, QRectF(first.right() + values + _GAP, top, room, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Headings, axes, bars."""
        theme = current_theme()
        painter = QPainter(self)
        line = self._line()
        names, first, second = self._columns()
        self._paint_axis(painter, first, self._shares, "Share of pixels", share_words, theme)
        self._paint_axis(painter, second, self._images, "Images", lambda n: count(round(n)), theme)
        for position, row in enumerate(self._rows):
            area = QRectF(0, line * (position + 2), self.width(), line)
            place = QRectF(0, area.top(), names, line)
            painter.setPen(QColor(theme.text if row.images else theme.muted))
            words = painter.fontMetrics().elidedText(
                row.name, Qt.TextElideMode.ElideRight, int(names)
            )
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, right, words)
            shares, images = self._shares.position(row.share), self._images.position(row.images)
            self._paint_bar(painter, area, first, shares, self.colour(row), theme)
            self._paint_words(painter, area, first, share_words(row.share) if row.images else "–")
            self._paint_bar(painter, area, second, images, QColor(theme.faint), theme)
            self._paint_words(painter, area, second, count(row.images) if row.images else "none")
        painter.end()

    def _paint_axis(
        self,
        painter: QPainter,
        column: QRectF,
        scale: Scale,
        heading: str,
        words: Callable[[float], str],
        theme: Theme,
    ) -> None:
        line = self._line()
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(column.left(), 0, column.width(), line), heading)
        bottom = line * (len(self._rows) + 2)
        free_from = 0.0
        for tick in scale.ticks():
            x = column.left() + scale.position(tick) * column.width()
            painter.setPen(QColor(theme.border))
            painter.drawLine(int(x), 2 * line - 2, int(x), bottom)
            text = words(tick)
            width = metrics.horizontalAdvance(text)
            left = x - width / 2
            if left >= free_from:  # ticks of a narrow axis would lie over each other
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(left, line, width + 2, line), text)
                free_from = left + width + 6

    def _paint_bar(
        self,
        painter: QPainter,
        area: QRectF,
        column: QRectF,
        position: float,
        colour: QColor,
        theme: Theme,
    ) -> None:
        width = max(1.0, position * column.width()) if position > 0 else 0.0
        if width:
            bar = QRectF(column.left(), area.top() + 4, width, area.height() - 8)
            painter.fillRect(bar, colour)
            painter.setPen(QColor(theme.faint))
            painter.drawRect(bar)

    def _paint_words(self, painter: QPainter, area: QRectF, column: QRectF, words: str) -> None:
        theme = current_theme()
        is_absent = words in ("–", "none")
        painter.setPen(QColor(theme.muted if is_absent else theme.text))
        place = QRectF(column.right() + 8, area.top(), 200, area.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)

    def event(self, event: QEvent) -> bool:
        """A row in words, as a tool tip."""
        if isinstance(event, QHelpEvent):
            position = event.pos().y() // self._line() - 2
            known = 0 <= position < len(self._rows)
            QToolTip.showText(
                event.globalPos(), _row_words(self._rows[position]) if known else "", self
            )
            return True
        return super().event(event)


def _row_words(row: Frequency) -> str:
    if not row.images:
        return f"{row.name}: does not occur"
    images = "1 image" if row.images == 1 else f"{count(row.images)} images"
    return f"{row.name}: {count(row.pixels)} pixels ({share_words(row.share)}) in {images}"
