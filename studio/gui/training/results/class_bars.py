"""A bar a class: its IoU, and a thin mark where it was before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from studio.classes import voc_palette
from studio.gui.theme import Theme, current_theme
from studio.gui.training.results.class_rows import ClassRow
from studio.gui.training.results.words import change, count, percent

_MOST_LINE_PIXELS = 34
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


class ClassBars(QWidget):
    """Paints the rows that it is given, at their own height; it lies in a scroll area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ClassRow, ...] = ()
        self._mean: float | None = None
        self._reference = ""
        self._palette = voc_palette()
        self.setAccessibleName("IoU by class")

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        """What is shown, top to bottom."""
        return self._rows

    def show_rows(
        self,
        rows: Sequence[ClassRow],
        mean: float,
        reference: str,
        palette: NDArray[np.uint8],
    ) -> None:
        """Show other rows.

        Args:
            rows: top to bottom.
            mean: IoU over classes, 0.0 to 1.0.
            reference: what the marks stand for, in words; empty for no marks.
            palette: uint8 [256, 3] RGB.
        """
        self._rows, self._mean = tuple(rows), mean
        self._reference, self._palette = reference, palette
        self.setAccessibleDescription("; ".join(_row_words(row, reference) for row in rows))
        self.setMinimumSize(280, self._least_line() * (len(self._rows) + 1) + 6)
        self.update()

    def _least_line(self) -> int:
        return QFontMetrics(self.font()).height() + 5

    def _line(self) -> int:
        """Height of a row: what there is room for, within reason."""
        fair = (self.height() - 6) // (len(self._rows) + 1)
        return max(self._least_line(), min(fair, _MOST_LINE_PIXELS))

    def _track(self) -> QRectF:
        """Where bars lie: right of the names, left of the values."""
        metrics = QFontMetrics(self.font())
        names = max((metrics.horizontalAdvance(row.name) for row in self._rows), default=0)
        names = min(names, self.width() // 3)
        values = metrics.horizontalAdvance("100.0 %  +100.0 ") + 8
        left = names + 12
        return QRectF(left, self._line(), max(20, self.width() - left - values), 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Axis, bars, mean."""
        theme = current_theme()
        painter = QPainter(self)
        track = self._track()
        line = self._line()
        bottom = line * (len(self._rows) + 1)
        metrics = painter.fontMetrics()
        for tick in _TICKS:
            x = round(track.left() + tick * track.width())
            painter.setPen(QColor(theme.border))
            painter.drawLine(x, line - 2, x, bottom)
            painter.setPen(QColor(theme.muted))
            words = f"{100 * tick:.0f} %"
            painter.drawText(x - metrics.horizontalAdvance(words) // 2, metrics.ascent(), words)
        for position, row in enumerate(self._rows):
            top = line * (position + 1)
            self._paint_row(painter, row, QRectF(0, top, self.width(), line), track, theme)
        if self._mean is not None and self._rows:
            mean = track.left() + self._mean * track.width()
            painter.setPen(QPen(QColor(theme.accent), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(mean, line - 2), QPointF(mean, bottom))
        painter.end()

    def _paint_row(
        self, painter: QPainter, row: ClassRow, area: QRectF, track: QRectF, theme: Theme
    ) -> None:
        metrics = painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        name_area = QRectF(0, area.top(), track.left() - 10, area.height())
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(name_area.width()))
        painter.setPen(QColor(theme.muted if row.iou is None else theme.text))
        painter.drawText(name_area, middle | Qt.AlignmentFlag.AlignRight, name)
        words = QRectF(track.right() + 8, area.top(), self.width(), area.height())
        if row.iou is None:
            painter.drawText(
                QRectF(track.left() + 4, area.top(), track.width(), area.height()),
                middle,
                "does not occur",
            )
            painter.drawText(words, middle, "–")
            return
        bar = QRectF(track.left(), area.top() + 4, row.iou * track.width(), area.height() - 8)
        colour = QColor(*(int(value) for value in self._palette[row.index]))
        painter.fillRect(bar, colour)
        painter.setPen(QColor(theme.faint))  # black is background's colour, and dark's ground
        painter.drawRect(bar)
        painter.setPen(QColor(theme.text))
        value = percent(row.iou)
        painter.drawText(words, middle, value)
        if row.change is not None and row.reference is not None:
            at = track.left() + row.reference * track.width()
            painter.fillRect(QRectF(at - 1, area.top() + 1, 3, area.height() - 2), theme.surface)
            painter.fillRect(QRectF(at, area.top() + 1, 1.5, area.height() - 2), theme.text)
            is_same = round(100 * row.change, 1) == 0
            tint = theme.muted if is_same else theme.good if row.change > 0 else theme.bad
            painter.setPen(QColor(tint))
            left = words.left() + metrics.horizontalAdvance("100.0 %  ")
            painter.drawText(
                QRectF(left, area.top(), 200, area.height()), middle, change(row.change)
            )

    def event(self, event: QEvent) -> bool:
        """A row in words, as a tool tip."""
        if isinstance(event, QHelpEvent):
            position = event.pos().y() // self._line() - 1
            known = 0 <= position < len(self._rows)
            words = _row_words(self._rows[position], self._reference) if known else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)


def _row_words(row: ClassRow, reference: str) -> str:
    if row.iou is None:
        return f"{row.name}: occurs neither in the truth nor in the predictions"
    words = f"{row.name}: IoU {percent(row.iou)}, {count(row.pixels)} true pixels"
    if row.change is None or row.reference is None:
        return words
    return f"{words}; {change(row.change)} points against {percent(row.reference)} {reference}"
