"""The stacked milliseconds of each frame over time, against a budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.gui.telemetry.axis import LEFT, TimeAxis
from studio.gui.telemetry.painting import nice_ceiling, tick_number
from studio.gui.telemetry.painting import ticks as tick_values
from studio.gui.telemetry.pointed import PointedChart
from studio.gui.telemetry.records import Records
from studio.gui.telemetry.span import TimeSpan
from studio.gui.telemetry.statistics import Columns, pixel_columns
from studio.gui.telemetry.timeline_picture import KEY_PIXELS, bars_pixels
from studio.gui.theme import Theme, current_theme

_TOP, _BOTTOM = 8, 22


class Timeline(PointedChart):
    """Bars of frames; a bar is a pixel column wide or wider.

    It paints a picture of at most one bar a pixel, which stays under a few milliseconds at an
    hour of records, where a general plotting widget draws every point and lays out its axes anew.
    """

    hovered = Signal(object)  # position in the shown records, or None
    chosen = Signal(int)  # position in the shown records
    painted = Signal()  # a new picture is on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: Columns | None = None
        self._records: Records | None = None
        self._away: Sequence[TimeSpan] = ()
        self._mark_seconds: float | None = None
        self._budget_millis = 1000.0 / 24.0
        self._top_millis = 50.0
        self._version = 0
        self._is_new = False
        self._picture_key: tuple[int, int, int, str] | None = None
        self._pixels: NDArray[np.uint32] = np.zeros((1, 1), np.uint32)
        self.setMinimumSize(220, 90)
        self.setAccessibleName("Milliseconds by stage over time")
        self.setToolTip(
            "One bar a frame, stacked by stage; where a pixel stands for several frames, their "
            "mean, and in grey the slowest of them. Red below the axis: frames were dropped. Red "
            "at the top: beyond the scale. Marks above: key frames.\n"
            "Click a bar (or Tab here, then Left, Right and Enter) to go to its frame.\n"
            "Drag, or turn the wheel, to zoom; with Shift the wheel moves. Double-click (or Home) "
            "to follow again."
        )

    @property
    def columns(self) -> Columns | None:
        """What is drawn."""
        return self._columns

    @property
    def cursor_column(self) -> int | None:
        """The column under the cursor."""
        return None if self.cursor_x is None else self.column_at(self.cursor_x)

    def show_records(
        self,
        records: Records,
        axis: TimeAxis,
        budget_millis: float,
        away: Sequence[TimeSpan] = (),
    ) -> None:
        """Draw some records.

        Args:
            records: oldest first, within the axis; must stay unchanged until the next call or be
                a view of a ring.
            axis: what the width stands for.
            budget_millis: where the budget line lies.
            away: when nothing could come, because the phone was gone.
        """
        self._records = records
        self.axis = axis
        self._budget_millis = budget_millis
        self._away = away
        span = axis.span
        self._columns = pixel_columns(records, span.seconds, self.plot_width, span.end_seconds)
        self._top_millis = self._choose_top(self._columns)
        self._version += 1
        self._is_new = True
        if self.cursor_x is not None:
            self._tell_cursor()  # another record has come under the pointer
        self.update()

    def show_mark(self, seconds: float | None) -> None:
        """Mark the moment of the frame that is shown elsewhere."""
        if seconds != self._mark_seconds:
            self._mark_seconds = seconds
            self.update()

    def _choose_top(self, columns: Columns) -> float:
        """Hold nearly all columns and the budget; lone spikes are cut, and marked as cut."""
        needed = self._budget_millis * 1.15
        if len(columns):
            peaks = columns.peak_millis
            needed = max(needed, 1.1 * float(np.percentile(peaks, 98)))
            if float(peaks.max()) <= 1.5 * needed:
                needed = max(needed, 1.02 * float(peaks.max()))
        ceiling = nice_ceiling(needed)
        # A round top may leave half of the height empty; three quarters of it is round as well.
        return 0.75 * ceiling if needed <= 0.75 * ceiling else ceiling

    def _area(self) -> QRect:
        return QRect(LEFT, _TOP, self.plot_width, max(1, self.height() - _TOP - _BOTTOM))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sort the records into the new width's columns before they are painted."""
        super().resizeEvent(event)
        if self._records is not None:
            self.show_records(self._records, self.axis, self._budget_millis, self._away)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        area = self._area()
        self._paint_grid(painter, area, theme)
        self._paint_away(painter, area, theme)
        if self._columns is not None and len(self._columns):
            self._paint_columns(painter, area, self._columns, theme)
        self._paint_budget(painter, area, theme)
        self._paint_mark(painter, area, theme)
        self.paint_pointer(painter, area, self._cursor_centre())
        painter.end()
        if self._is_new:
            self._is_new = False
            self.painted.emit()

    def _paint_grid(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        grid = QColor(theme.border)
        text = QColor(theme.muted)
        metrics = painter.fontMetrics()
        for value in tick_values(self._top_millis, min(8, max(2, area.height() // 34))):
            y = round(area.bottom() + 1 - value / self._top_millis * area.height())
            painter.setPen(grid)
            painter.drawLine(area.left(), y, area.right(), y)
            painter.setPen(text)
            label = tick_number(value)
            box = QRect(0, y - metrics.height() // 2, LEFT - 6, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, label)
        painter.save()
        painter.translate(metrics.ascent(), area.center().y())
        painter.rotate(-90)
        painter.drawText(QRect(-30, -metrics.ascent(), 60, 14), Qt.AlignmentFlag.AlignCenter, "ms")
        painter.restore()
        for share, words in self.axis.labels(area.width()):
            x = area.left() + round(area.width() * share)
            width = metrics.horizontalAdvance(words) + 2
            left = min(max(x - width // 2, area.left()), area.right() - width)
            box = QRect(left, area.bottom() + 5, width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_away(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        colour = QColor(theme.bad)
        for gap in self._away:
            left = max(0.0, self.axis.span.share_of(gap.start_seconds)) * area.width()
            right = min(1.0, self.axis.span.share_of(gap.end_seconds)) * area.width()
            if right > left:
                colour.setAlpha(28)
                box = QRectF(area.left() + left, area.top(), max(1.0, right - left), area.height())
                painter.fillRect(box, colour)
                words = "disconnected"
                if box.width() > painter.fontMetrics().horizontalAdvance(words) + 8:
                    painter.setPen(QColor(theme.bad))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_columns(
        self, painter: QPainter, area: QRect, columns: Columns, theme: Theme
    ) -> None:
        """Paint the bars as one picture; it reaches beyond the axes, for the marks."""
        assert self._records is not None
        size = (area.width(), area.height())
        key = (self._version, *size, theme.name)
        if self._picture_key != key:
            self._pixels = bars_pixels(self._records, columns, self._top_millis, size, theme)
            self._picture_key = key
        height, width = self._pixels.shape
        picture = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
        painter.drawImage(area.left(), area.top() - KEY_PIXELS, picture)

    def _paint_budget(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        y = round(area.bottom() + 1 - self._budget_millis / self._top_millis * area.height())
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.left(), y, area.right(), y)
        words = f"budget {self._budget_millis:.1f} ms"
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(words) + 8
        above = y - metrics.height() - 1
        box = QRect(area.left() + 4, above if above >= area.top() else y + 1, width, 0)
        box.setHeight(metrics.height())
        ground = QColor(theme.surface)
        ground.setAlpha(190)
        painter.fillRect(box, ground)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_mark(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        if self._mark_seconds is None:
            return
        share = self.axis.span.share_of(self._mark_seconds)
        if 0 <= share <= 1:
            x = area.left() + share * area.width()
            painter.setPen(QPen(QColor(theme.text), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setBrush(QColor(theme.text))
            top = float(area.top())
            corners = [QPointF(x - 5, top - 6), QPointF(x + 5, top - 6), QPointF(x, top + 2)]
            painter.drawPolygon(QPolygonF(corners))

    def _cursor_centre(self) -> float | None:
        column = self.cursor_column
        if column is None or self._columns is None:
            return None
        return LEFT + float(self._columns.left[column] + self._columns.right[column]) / 2

    # -- what is under the pointer -------------------------------------------------------------

    def record_of_column(self, column: int) -> int:
        """The slowest record of a column: that is the one a user looks for."""
        assert self._columns is not None
        assert self._records is not None
        first = int(self._columns.first[column])
        last = int(self._columns.last[column])
        return first + int(np.argmax(self._records.work_millis[first : last + 1]))

    def column_at(self, x: float) -> int | None:
        """The column nearest to a position on the widget; None when there is none."""
        if self._columns is None or not len(self._columns):
            return None
        inside = x - LEFT
        after = int(np.searchsorted(self._columns.left, inside, side="right"))
        before = max(after - 1, 0)
        if after < len(self._columns) and inside > self._columns.right[before]:
            to_next = self._columns.left[after] - inside
            if to_next < inside - self._columns.right[before]:
                return after
        return before

    def _tell_cursor(self) -> None:
        column = self.cursor_column
        self.hovered.emit(None if column is None else self.record_of_column(column))

    def _choose_at(self, x: float) -> None:
        column = self.column_at(x)
        if column is not None:
            self.chosen.emit(self.record_of_column(column))

    def _step_cursor(self, step: int) -> None:
        count = 0 if self._columns is None else len(self._columns)
        if count and self._columns is not None:
            current = self.cursor_column
            start = count if current is None else current
            column = min(max(start + step, 0), count - 1)
            self.point_at(LEFT + float(self._columns.left[column]))
