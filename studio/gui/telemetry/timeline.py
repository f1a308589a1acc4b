"""The stacked milliseconds of each frame over time, against a budget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.painting import age_words, argb, bars_image, nice_ceiling, tick_number
from studio.gui.telemetry.painting import ticks as tick_values
from studio.gui.telemetry.records import STAGES, Records
from studio.gui.telemetry.statistics import Columns, pixel_columns
from studio.gui.theme import Theme, current_theme

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 8, 22
_DROP_PIXELS = 4
_OWN_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Timeline(QWidget):
    """Bars of frames, newest at the right edge; a bar is a pixel column wide or wider.

    It paints a picture of at most one bar a pixel, which stays under a few milliseconds at an
    hour of records, where a general plotting widget draws every point and lays out its axes anew.
    """

    hovered = Signal(object)  # position in the shown records, or None
    chosen = Signal(int)  # position in the shown records

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: Columns | None = None
        self._records: Records | None = None
        self._seconds = 60.0
        self._budget_millis = 1000.0 / 24.0
        self._top_millis = 50.0
        self._cursor: int | None = None
        self._version = 0
        self._picture_key: tuple[int, int, int, str] | None = None
        self._pixels: NDArray[np.uint32] = np.zeros((1, 1), np.uint32)
        self.setMouseTracking(True)
        self.setMinimumSize(220, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # By Tab only: after a click the arrows still belong to playback.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Milliseconds by stage over time")
        self.setToolTip(
            "One bar a frame, stacked by stage; where a pixel stands for several frames, their "
            "mean, and in grey the slowest of them. Red below the axis: frames were dropped. Red "
            "at the top: beyond the scale.\n"
            "Click a bar (or Tab here, then Left, Right and Enter) to go to its frame."
        )

    @property
    def plot_width(self) -> int:
        """Of the area inside the axes, in pixels, 1 or more."""
        return max(1, self.width() - _LEFT - _RIGHT)

    @property
    def columns(self) -> Columns | None:
        """What is drawn."""
        return self._columns

    @property
    def cursor_column(self) -> int | None:
        """The column under the cursor."""
        return self._cursor

    def show_records(self, records: Records, seconds: float, budget_millis: float) -> None:
        """Draw some records.

        Args:
            records: oldest first, at most `seconds` old; must stay unchanged until the next call
                or be a view of a ring.
            seconds: what the width stands for.
            budget_millis: where the budget line lies.
        """
        self._records = records
        self._seconds = seconds
        self._budget_millis = budget_millis
        self._columns = pixel_columns(records, seconds, self.plot_width)
        self._top_millis = self._choose_top(self._columns)
        self._version += 1
        if self._cursor is not None and self._cursor >= len(self._columns):
            self._cursor = None
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
        return QRect(_LEFT, _TOP, self.plot_width, max(1, self.height() - _TOP - _BOTTOM))

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        area = self._area()
        self._paint_grid(painter, area, theme)
        if self._columns is not None and len(self._columns):
            self._paint_columns(painter, area, self._columns, theme)
            self._paint_budget(painter, area, theme)
            self._paint_cursor(painter, area, self._columns, theme)
        else:
            self._paint_budget(painter, area, theme)
        painter.end()

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
            box = QRect(0, y - metrics.height() // 2, _LEFT - 6, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, label)
        painter.save()
        painter.translate(metrics.ascent(), area.center().y())
        painter.rotate(-90)
        painter.drawText(QRect(-30, -metrics.ascent(), 60, 14), Qt.AlignmentFlag.AlignCenter, "ms")
        painter.restore()
        labels = 5 if area.width() > 500 else 2
        for part in range(labels + 1):
            age = self._seconds * (labels - part) / labels
            x = area.left() + round(area.width() * part / labels)
            words = age_words(age)
            width = metrics.horizontalAdvance(words) + 2
            left = min(max(x - width // 2, area.left()), area.right() - width)
            box = QRect(left, area.bottom() + 5, width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_columns(
        self, painter: QPainter, area: QRect, columns: Columns, theme: Theme
    ) -> None:
        """Paint the bars as one picture; it reaches a little below the axis, for the drops."""
        key = (self._version, area.width(), area.height(), theme.name)
        if self._picture_key != key:
            self._pixels = self._draw_pixels(area, columns, theme)
            self._picture_key = key
        height, width = self._pixels.shape
        picture = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
        painter.drawImage(area.topLeft(), picture)

    def _draw_pixels(self, area: QRect, columns: Columns, theme: Theme) -> NDArray[np.uint32]:
        assert self._records is not None
        width, height = area.width(), area.height()
        scale = height / self._top_millis
        peaks = columns.peak_millis.astype(np.float64)
        tops = height - np.vstack((np.cumsum(columns.stage_millis, axis=0), peaks)) * scale
        colours = (*theme.series[: len(STAGES)], theme.faint)
        pixels = np.zeros((height + _DROP_PIXELS, width), np.uint32)
        pixels[:height] = bars_image(columns.left, columns.right, tops, colours, width, height)
        first = columns.left.astype(np.int64)
        for at in first[self._records.is_warmup[columns.first]]:
            rest = pixels[:height, at : at + 2]
            rest[rest == 0] = argb(theme.hover)
        for shift in (0, 1):  # two pixels wide, to be seen
            cut = np.minimum(first[peaks > self._top_millis] + shift, width - 1)
            pixels[:3, cut] = argb(theme.bad)
            drops = np.minimum(first[columns.dropped > 0] + shift, width - 1)
            pixels[height:, drops] = argb(theme.bad)
        return pixels

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

    def _paint_cursor(self, painter: QPainter, area: QRect, columns: Columns, theme: Theme) -> None:
        if self._cursor is None:
            return
        centre = (columns.left[self._cursor] + columns.right[self._cursor]) / 2
        x = area.left() + float(centre)
        painter.setPen(QPen(QColor(theme.accent), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sort the records into the new width's columns before they are painted."""
        super().resizeEvent(event)
        if self._records is not None:
            self.show_records(self._records, self._seconds, self._budget_millis)

    # -- pointer and keys ----------------------------------------------------------------------

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
        inside = x - _LEFT
        after = int(np.searchsorted(self._columns.left, inside, side="right"))
        before = max(after - 1, 0)
        if after < len(self._columns) and inside > self._columns.right[before]:
            to_next = self._columns.left[after] - inside
            if to_next < inside - self._columns.right[before]:
                return after
        return before

    def _set_cursor(self, column: int | None) -> None:
        self._cursor = column
        self.hovered.emit(None if column is None else self.record_of_column(column))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._set_cursor(self.column_at(event.position().x()))

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self._set_cursor(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """React to a press."""
        if event.button() == Qt.MouseButton.LeftButton:
            column = self.column_at(event.position().x())
            if column is not None:
                self._set_cursor(column)
                self.chosen.emit(self.record_of_column(column))
        else:
            super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that playback's shortcuts would take otherwise, while this has focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """React to a key."""
        count = 0 if self._columns is None else len(self._columns)
        key = event.key()
        if count and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            start = count if self._cursor is None else self._cursor
            self._set_cursor(min(max(start + step, 0), count - 1))
        elif count and self._cursor is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.record_of_column(self._cursor))
        else:
            super().keyPressEvent(event)
