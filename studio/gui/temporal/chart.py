"""The last frames from left to right: milliseconds, key frames, agreement and flicker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.gui.playback.key_marks import TRIGGERS, reason_words, trigger_colour
from studio.gui.telemetry.painting import (
    bars_image,
    nice_ceiling,
    short_number,
    tick_number,
    ticks,
)
from studio.gui.temporal.history import History
from studio.gui.temporal.lanes import Lane, paint_lane
from studio.gui.temporal.words import STAGES
from studio.gui.theme import Theme, current_theme

_LEFT = 30
_RIGHT = 4
_KEYS = 7  # height of the row of key frames
_BAR = 4  # pixels a frame, the gap of one included
_LANES_FROM = 70  # a lower chart has room for bars alone
_LOWEST_TOP_MILLIS = 2.0
_OWN_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TemporalChart(QWidget):
    """Scrolls with playing; the newest frame is at the right.

    Args:
        history: what is drawn.
        parent: owner.
    """

    chosen = Signal(int)  # index of a frame in the video

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._rows: NDArray[np.void] = history.rows
        self._cursor: int | None = None  # position in the drawn rows
        self._empty_words = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Milliseconds a frame, key frames, agreement and flicker")
        self.setAccessibleDescription("Left and Right choose a frame, Enter goes there")

    @property
    def rows(self) -> NDArray[np.void]:
        """The frames that are drawn, oldest first."""
        return self._rows

    def draw(self) -> None:
        """Draw what the history has now."""
        self._rows = self._history.rows[-max(1, self._plot_width() // _BAR) :]
        if self._cursor is not None and self._cursor >= len(self._rows):
            self._cursor = None
        self.update()

    def show_empty_words(self, words: str) -> None:
        """What is said while there is nothing to draw."""
        if words != self._empty_words:
            self._empty_words = words
            self.update()

    def position_at(self, x: float) -> int | None:
        """Position of the row under a horizontal place; None beside all of them."""
        position = int((x - self._first_x()) // _BAR)
        return position if 0 <= position < len(self._rows) else None

    def x_of(self, position: int) -> float:
        """The middle of a row's bar."""
        return self._first_x() + position * _BAR + (_BAR - 1) / 2

    def words_of(self, position: int) -> str:
        """All that is known of a frame."""
        row = self._rows[position]
        lines = [f"Frame {row['index']} · {short_number(float(row['total']))} ms"]
        trigger = TRIGGERS[row["trigger"]]
        if row["is_key"] and trigger != "every":
            reason = reason_words(trigger, float(row["measured"]), float(row["limit"]))
            lines.append(f"Key frame: {reason}")
        if np.isfinite(row["agreement"]):
            told = f"Agreement {100 * row['agreement']:.1f} %"
            if np.isfinite(row["flicker"]):
                told += f" · flicker {100 * row['flicker']:.2f} %"
            lines.append(told)
        if np.isfinite(row["j"]):
            lines.append(f"J {100 * row['j']:.1f} · alone {100 * row['j_alone']:.1f}")
        return "\n".join(lines)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, 150)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which it can be read."""
        return QSize(180, 92)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many frames as there is room for."""
        super().resizeEvent(event)
        self.draw()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.85)))
        painter.setFont(font)
        area = QRect(_LEFT, 0, self._plot_width(), self.height() - 2)
        if not len(self._rows):
            painter.setPen(QColor(theme.muted))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 4, -8, -4), words, self._empty_words)
            painter.end()
            return
        lanes = self._lanes(theme) if area.height() >= _LANES_FROM else []
        each = min(48, area.height() // 4)
        bars = area.adjusted(0, _KEYS + 2, 0, -len(lanes) * (each + 3))
        if bars.height() > 0:
            self._paint_bars(painter, bars, theme)
        self._paint_keys(painter, bars, theme)
        xs = self._first_x() + np.arange(len(self._rows)) * _BAR + (_BAR - 1) / 2
        for number, lane in enumerate(lanes):
            box = QRect(area.left(), bars.bottom() + 4 + number * (each + 3), area.width(), each)
            paint_lane(painter, box, lane, xs, theme)
        self._paint_changes(painter, area, theme)
        if self._cursor is not None:
            painter.setPen(QPen(QColor(theme.accent), 1))
            x = round(self.x_of(self._cursor))
            painter.drawLine(x, area.top(), x, area.bottom())
        painter.end()

    def _lanes(self, theme: Theme) -> list[Lane]:
        rows = self._rows
        agreement = np.asarray(rows["agreement"], np.float64)
        if not np.isfinite(agreement).any():
            return []
        lanes = [Lane("agreement", ((agreement, theme.good, ""),), is_from_top=True)]
        flicker = np.asarray(rows["flicker"], np.float64)
        alone = np.asarray(rows["flicker_alone"], np.float64)
        if np.isfinite(flicker).any():
            curves = ((alone, theme.muted, "alone"), (flicker, theme.accent, "flicker"))
            lanes.append(Lane("flicker", curves))
        return lanes

    def _paint_bars(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        totals = np.asarray(self._rows["total"], np.float64)
        needed = max(1.1 * float(np.percentile(totals, 98)), _LOWEST_TOP_MILLIS)
        top = nice_ceiling(needed)
        top = 0.75 * top if needed <= 0.75 * top else top
        metrics = painter.fontMetrics()
        for value in ticks(top, min(6, max(1, area.height() // 26))):
            y = round(area.bottom() + 1 - value / top * area.height())
            painter.setPen(QColor(theme.border))
            painter.drawLine(area.left(), y, area.right(), y)
            painter.setPen(QColor(theme.muted))
            words = tick_number(value) if value else "ms"
            box = QRect(0, y - metrics.height() // 2, _LEFT - 5, metrics.height())
            box.moveBottom(min(box.bottom(), area.bottom() + 2))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, words)
        stages = np.asarray(self._rows["stages"], np.float64).T
        # What passed beside the stages, such as waiting, is not drawn: bars are work.
        tops = area.height() * (1 - np.cumsum(stages, axis=0) / top)
        left = self._first_x() - area.left() + np.arange(len(self._rows), dtype=np.float64) * _BAR
        colours = theme.series[: len(STAGES)]
        pixels = bars_image(left, left + _BAR - 1, tops, colours, area.width(), area.height())
        height, width = pixels.shape
        picture = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
        painter.drawImage(area.topLeft(), picture)

    def _paint_keys(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        rows = self._rows
        for position in np.flatnonzero(rows["is_key"]):
            trigger = TRIGGERS[rows["trigger"][position]]
            if trigger != "every":
                x = self._first_x() + position * _BAR
                colour = QColor(trigger_colour(trigger, theme))
                painter.fillRect(QRectF(x, 1, _BAR - 1, _KEYS - 1), colour)

    def _paint_changes(self, painter: QPainter, area: QRect, theme: Theme) -> None:
        """A line where the setting was turned: what is right of it was made otherwise."""
        settings = self._rows["setting"]
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
        for position in np.flatnonzero(np.diff(settings)) + 1:
            x = round(self._first_x() + position * _BAR) - 1
            painter.drawLine(x, area.top(), x, area.bottom())

    def _plot_width(self) -> int:
        return max(_BAR, self.width() - _LEFT - _RIGHT)

    def _first_x(self) -> float:
        """Where the oldest bar begins; the newest one ends at the right."""
        return _LEFT + self._plot_width() - _BAR * len(self._rows)

    # -- pointing ------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the frame below the pointer."""
        self._point_at(self.position_at(event.position().x()), event.globalPosition().toPoint())

    def leaveEvent(self, _event: QEvent) -> None:
        """The pointer is gone."""
        self._point_at(None, QPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame."""
        position = self.position_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and position is not None:
            self.chosen.emit(int(self._rows["index"][position]))

    def event(self, event: QEvent) -> bool:
        """Claim the keys that playback's shortcuts would take otherwise, while this has focus."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose a frame by keyboard."""
        key, count = event.key(), len(self._rows)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and count:
            now = count if self._cursor is None else self._cursor
            position = min(max(now + (1 if key == Qt.Key.Key_Right else -1), 0), count - 1)
            self._point_at(position, self.mapToGlobal(QPoint(round(self.x_of(position)), 0)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.chosen.emit(int(self._rows["index"][self._cursor]))
        else:
            super().keyPressEvent(event)

    def _point_at(self, position: int | None, at: QPoint) -> None:
        if position != self._cursor:
            self._cursor = position
            self.update()
        if position is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(at, self.words_of(position), self)
