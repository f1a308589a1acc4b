"""A small chart of some curves, on the time axis of the big one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.axis import RIGHT, TimeAxis
from studio.gui.telemetry.lines import Line, LineColumns, line_columns
from studio.gui.telemetry.span import TimeSpan
from studio.gui.telemetry.strip_picture import curves_picture
from studio.gui.theme import Theme, current_theme

_LEAST_STEP_SECONDS = 0.125
"""Eight times a second is enough for curves that hardly move, and there are many of them."""


@dataclass(frozen=True, slots=True)
class StripSpec:
    """What a strip is about.

    Attributes:
        title: in a word or two.
        unit: of its values.
        explanation: shown as a tool tip.
        write: a value in words, without its unit.
        least_range: the height stands for at least so much, or noise would look like a storm.
        from_zero: whether the height begins at zero.
        most: no value can be greater.
        colour: of the first line, in the theme's series.
        gap_seconds: points farther apart are not joined.
    """

    title: str
    unit: str
    explanation: str
    write: Callable[[float], str]
    least_range: float
    from_zero: bool = False
    most: float = math.inf
    colour: int = 0
    gap_seconds: float = 5.0


class Strip(QWidget):
    """Curves with their values at the cursor, or the newest.

    Args:
        spec: what it is about.
        left: pixels before the plot.
    """

    pointed = Signal(object)  # unix time under the pointer, or None
    chosen = Signal(float)  # unix time that was clicked

    def __init__(self, spec: StripSpec, left: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._left = left
        self._axis = TimeAxis(TimeSpan(-60.0, 0.0))
        self._lines: Sequence[Line] = ()
        self._columns: list[LineColumns] = []
        self._cursor_seconds: float | None = None
        self._mark_seconds: float | None = None
        self._reads_mark = False
        self._drawn: tuple[object, ...] = ()
        self._note = ""
        self._version = 0
        self._picture = QPixmap()
        self._picture_key: tuple[object, ...] = ()
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(38)
        self.setMaximumHeight(84)
        self.setAccessibleName(spec.title)
        self.setToolTip(spec.explanation)

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(240, 44)

    def set_left(self, left: int) -> None:
        """Begin the plot elsewhere."""
        self._left = left
        self._drawn = ()

    @property
    def plot_width(self) -> int:
        """In pixels, 1 or more."""
        return max(1, self.width() - self._left - RIGHT)

    @property
    def text(self) -> str:
        """What it reads out."""
        parts = [f"{name} {value}".strip() for name, value in self._readings()]
        return f"{self.spec.title}: {' · '.join(parts)} {self.spec.unit} {self._note}".strip()

    def show_lines(
        self, lines: Sequence[Line], axis: TimeAxis, note: str = "", version: int = 0
    ) -> None:
        """Draw curves; while they follow, no more often than it helps.

        Args:
            lines: in the order of their colours.
            axis: what the width stands for.
            note: words after the values.
            version: another one draws them anew where they do not follow.
        """
        step_seconds = max(axis.span.seconds / self.plot_width, _LEAST_STEP_SECONDS)
        drawn = (
            self.width(),
            round(axis.span.seconds, 3),
            axis.is_following,
            axis.span.end_seconds // step_seconds if axis.is_following else axis.span,
            0 if axis.is_following else version,
            note,
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._version += 1
        self._axis = axis
        self._lines = lines
        self._note = note
        self._columns = [
            line_columns(line, axis.span, self.plot_width, self.spec.gap_seconds) for line in lines
        ]
        self.update()

    def show_cursor(self, seconds: float | None) -> None:
        """Read out the values of a moment; for None those of the mark, else the newest."""
        if seconds != self._cursor_seconds:
            self._cursor_seconds = seconds
            self.update()

    def show_mark(self, seconds: float | None, *, is_read: bool) -> None:
        """Mark the moment of the frame that is shown elsewhere.

        Args:
            seconds: None for none.
            is_read: whether its values are read out while there is no cursor.
        """
        if (seconds, is_read) != (self._mark_seconds, self._reads_mark):
            self._mark_seconds = seconds
            self._reads_mark = is_read
            self.update()

    def _readings(self) -> list[tuple[str, str]]:
        marked = self._mark_seconds if self._reads_mark else None
        known = (self._cursor_seconds, marked, self._axis.span.end_seconds)
        moment = next(seconds for seconds in known if seconds is not None)
        values = [line.value_at(moment, self.spec.gap_seconds) for line in self._lines]
        return [
            (line.name, self.spec.write(value) if math.isfinite(value) else "–")
            for line, value in zip(self._lines, values, strict=True)
        ]

    def _limits(self) -> tuple[float, float] | None:
        shown = [columns for columns in self._columns if len(columns)]
        if not shown:
            return None
        low = min(float(columns.low.min()) for columns in shown)
        high = max(float(columns.high.max()) for columns in shown)
        if self.spec.from_zero:
            return 0.0, min(max(high * 1.05, self.spec.least_range), self.spec.most)
        room = max(0.0, self.spec.least_range - (high - low)) / 2 + 0.05 * (high - low)
        top = min(high + room, self.spec.most)
        return min(low - room, top - self.spec.least_range), top

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        small = QFont(self.font())
        small.setPixelSize(max(10, round(self.fontInfo().pixelSize() * 0.88)))
        painter.setFont(small)
        metrics = QFontMetrics(small)
        area = QRect(
            self._left,
            metrics.height() + 2,
            self.plot_width,
            max(4, self.height() - metrics.height() - 5),
        )
        limits = self._limits()
        self._paint_curves(painter, area, limits, theme)
        self._paint_heading(painter, metrics, limits, theme)
        for seconds, colour in (
            (self._mark_seconds, theme.text),
            (self._cursor_seconds, theme.accent),
        ):
            share = -1.0 if seconds is None else self._axis.span.share_of(seconds)
            if 0 <= share <= 1:
                x = area.left() + share * area.width()
                painter.setPen(QPen(QColor(colour), 1))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.end()

    def _paint_curves(
        self, painter: QPainter, area: QRect, limits: tuple[float, float] | None, theme: Theme
    ) -> None:
        """Paint the curves from a picture: cursor and mark move far more often than they do."""
        ratio = self.devicePixelRatioF()
        key = (self._version, area.width(), area.height(), theme.name, ratio)
        if key != self._picture_key:
            colours = [self._colour(row, theme) for row in range(len(self._columns))]
            curves = list(zip(self._columns, colours, strict=True)) if limits else []
            ground = QColor(theme.raised)
            self._picture = curves_picture(curves, limits or (0, 1), area.size(), ground, ratio)
            self._picture_key = key
        painter.drawPixmap(area.topLeft(), self._picture)

    def _colour(self, row: int, theme: Theme) -> QColor:
        return QColor(theme.series[(self.spec.colour + row) % len(theme.series)])

    def _paint_heading(
        self,
        painter: QPainter,
        metrics: QFontMetrics,
        limits: tuple[float, float] | None,
        theme: Theme,
    ) -> None:
        baseline = metrics.ascent() + 1
        x = self._left
        end = self.width() - RIGHT
        if limits is not None and limits[0] < limits[1]:
            write = self.spec.write
            words = f"{write(limits[0])}–{write(limits[1])}"
            width = metrics.horizontalAdvance(words)
            if x + metrics.horizontalAdvance(self.text) + 24 + width < end:
                painter.setPen(QColor(theme.faint))
                painter.drawText(end - width, baseline, words)
        pieces: list[tuple[str, QColor]] = [(self.spec.title, QColor(theme.muted))]
        for row, (name, value) in enumerate(self._readings()):
            if name:
                pieces.append((name, self._colour(row, theme)))
            pieces.append((value, QColor(theme.text)))
        pieces.append((self.spec.unit, QColor(theme.muted)))
        if self._note:
            pieces.append((self._note, QColor(theme.muted)))
        for words, colour in pieces:
            width = metrics.horizontalAdvance(words)
            if x + width > end:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0, end - x))
            painter.setPen(colour)
            painter.drawText(x, baseline, words)
            x += width + 6

    # -- events --------------------------------------------------------------------------------

    def _seconds_at(self, x: float) -> float:
        share = min(max((x - self._left) / self.plot_width, 0.0), 1.0)
        return self._axis.span.at(share)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self.pointed.emit(self._seconds_at(event.position().x()))

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self.pointed.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame of this moment."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._seconds_at(event.position().x()))
