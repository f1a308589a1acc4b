"""The strip under the video: what each frame cost, marks, the loop, and the position to drag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.gui.playback.format import clock_text
from studio.gui.playback.key_marks import TRIGGERS, KeyMarks, trigger_colour
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.theme import current_theme, theme_changed

_TRACK = 14.0  # height of the row with handle and marks
_SIDE = 8.0
_REFRESH_MILLIS = 250
_HANDLE = 7.0  # half the width of what marks the position
_KEYS = 4.0  # height of the row below the bars, where key frames are marked


def columns_of(values: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """The largest value behind each pixel column, so that no spike is lost.

    Args:
        values: float32 [frames], NaN where unknown.
        columns: pixels to spread them over.

    Returns:
        float32 [columns]; NaN where nothing behind the column is known.
    """
    if not len(values) or columns < 1:
        return np.full(max(columns, 0), np.nan, np.float32)
    starts = (np.arange(columns) * len(values)) // columns
    if len(values) <= columns:
        picked: NDArray[np.float32] = values[starts]
        return picked
    largest: NDArray[np.float32] = np.fmax.reduceat(values, starts)
    return largest


def key_columns(codes: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """The trigger to draw in each pixel column, so that no key frame is lost.

    Args:
        codes: uint8 [frames], position in `TRIGGERS`; 0 for no key frame.
        columns: pixels to spread them over.

    Returns:
        uint8 [columns]; a frame wider than a column is marked in its middle.
    """
    marks = np.zeros(max(columns, 0), np.uint8)
    indices = np.flatnonzero(codes)
    if columns >= 1 and len(indices):
        places = ((2 * indices + 1) * columns) // (2 * len(codes))
        np.maximum.at(marks, np.minimum(places, columns - 1), codes[indices])
    return marks


class TimelineStrip(QWidget):
    """Latency per frame over the whole video; click or drag to go to a frame.

    Below the bars, the frames on which the temporal engine ran the network are marked.

    Args:
        model: the playback.
        parent: owner.
    """

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.key_marks = KeyMarks(model, self)
        self._still: QPixmap | None = None  # all but the position, which moves with each frame
        self._position = 0
        self._top_millis = 1.0
        self._dragging = False
        self.setMouseTracking(True)
        self.setFixedHeight(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Timeline: milliseconds per frame, and key frames")
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MILLIS)
        self._timer.timeout.connect(self._redraw)
        model.position_changed.connect(self._move)
        model.frame_measured.connect(lambda _record: self._redraw_soon())
        model.video_opened.connect(lambda _info: self._redraw())
        model.video_closed.connect(self._redraw)
        model.model_opened.connect(lambda _info: self._redraw())
        model.loop_changed.connect(lambda _loop: self._redraw())
        model.marks_changed.connect(self._redraw)
        self.key_marks.changed.connect(self._redraw)
        theme_changed.connect(self._redraw)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(600, 64)

    def index_at(self, x: float) -> int:
        """The frame under a horizontal position."""
        count = len(self._model.times_seconds)
        share = (x - _SIDE) / max(self.width() - 2 * _SIDE, 1.0)
        return min(max(int(share * count), 0), max(count - 1, 0))

    def x_of(self, index: int) -> float:
        """The middle of a frame's column."""
        count = max(len(self._model.times_seconds), 1)
        return _SIDE + (index + 0.5) / count * (self.width() - 2 * _SIDE)

    def _redraw_soon(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()

    def _redraw(self) -> None:
        self._still = None
        self.update()

    def _move(self, index: int) -> None:
        for place in (self._position, index):
            self.update(QRectF(self.x_of(place) - _HANDLE, 0, 2 * _HANDLE, 64).toAlignedRect())
        self._position = index

    def _budget_millis(self) -> float:
        info = self._model.video
        return 1000.0 / info.frames_per_second if info and info.frames_per_second > 0 else 0.0

    def _draw_bars(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        width = max(int((self.width() - 2 * _SIDE) * ratio), 1)
        height = max(int((self.height() - _TRACK - 4) * ratio), 1)
        columns = columns_of(self._model.work_millis, width)
        known = columns[~np.isnan(columns)]
        budget = self._budget_millis()
        top = float(np.percentile(known, 98)) * 1.25 if known.size else 1.0
        self._top_millis = max(top, budget * 1.15, 1.0)
        theme = current_theme()
        lengths = np.nan_to_num(np.clip(columns / self._top_millis, 0.02, 1.0)) * height
        from_bottom = np.arange(height, 0, -1)[:, None]
        over = np.nan_to_num(columns) > budget if budget else np.zeros(width, bool)
        colours = np.where(over, QColor(theme.warn).rgba(), QColor(theme.accent).rgba())
        pixels = np.where(
            from_bottom <= np.ceil(lengths)[None, :], colours[None, :], QColor(theme.raised).rgba()
        ).astype(np.uint32)
        # The pixmap is a copy, so `pixels` may go.
        pixmap = QPixmap.fromImage(
            QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32)
        )
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what stands still from its picture, and the position over it."""
        if self._still is None:
            self._still = QPixmap(self.size() * self.devicePixelRatioF())
            self._still.setDevicePixelRatio(self.devicePixelRatioF())
            self._still.fill(QColor(current_theme().surface))
            self._paint_still(self._still)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        if not len(self._model.times_seconds):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().text))
        x = self.x_of(self._model.position)
        painter.drawRect(QRectF(x - 1, 4, 2, self.height() - 6))
        painter.drawEllipse(QPointF(x, 7.0), 5.0, 5.0)

    def _paint_still(self, picture: QPixmap) -> None:
        """Paint bars, budget, loop and marks."""
        painter = QPainter(picture)
        painter.setFont(self.font())
        theme = current_theme()
        bars = QRectF(_SIDE, _TRACK, self.width() - 2 * _SIDE, self.height() - _TRACK - 4)
        info = self._model.video
        if info is None or info.kind == "camera":
            painter.fillRect(bars, QColor(theme.raised))
            painter.setPen(QColor(theme.muted))
            text = "Live camera" if info is not None else "No video"
            painter.drawText(bars, Qt.AlignmentFlag.AlignCenter, text)
            painter.end()
            return
        painter.drawPixmap(bars.topLeft(), self._draw_bars())
        self._paint_keys(painter, bars)
        self._paint_budget(painter, bars)
        self._paint_loop(painter, bars)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.good))
        for index in self._model.marks:
            x = self.x_of(index)
            painter.drawPolygon(QPolygonF([QPointF(x - 4, 1), QPointF(x + 4, 1), QPointF(x, 9)]))
        painter.end()

    def _paint_budget(self, painter: QPainter, bars: QRectF) -> None:
        budget = self._budget_millis()
        if not 0 < budget < self._top_millis:
            return
        theme = current_theme()
        y = bars.bottom() - budget / self._top_millis * bars.height()
        painter.setPen(QColor(theme.muted))
        painter.drawLine(QPointF(bars.left(), y), QPointF(bars.right(), y))
        label = f"{budget:.1f} ms per frame at full pace"
        metrics = painter.fontMetrics()
        plate = QRectF(0, 0, metrics.horizontalAdvance(label) + 10, metrics.height() + 1)
        plate.moveTopRight(QPointF(bars.right(), y + 1))
        if plate.bottom() > bars.bottom():
            plate.moveBottom(y - 1)
        ground = QColor(theme.raised)
        ground.setAlpha(215)
        painter.fillRect(plate, ground)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, label)

    def _paint_keys(self, painter: QPainter, bars: QRectF) -> None:
        ratio = self.devicePixelRatioF()
        marks = key_columns(self.key_marks.codes, max(int(bars.width() * ratio), 1))
        theme = current_theme()
        for column in np.flatnonzero(marks):
            colour = QColor(trigger_colour(TRIGGERS[marks[column]], theme))
            x = bars.left() + float(column) / ratio
            painter.fillRect(QRectF(x - 0.5, bars.bottom(), 2, _KEYS), colour)

    def _paint_loop(self, painter: QPainter, bars: QRectF) -> None:
        loop = self._model.loop
        if loop is None or (loop.start, loop.end) == (0, self._model.last_index):
            return  # to shade all of it would say nothing
        theme = current_theme()
        accent = QColor(theme.accent)
        left = self.x_of(loop.start)
        right = bars.right() if loop.end is None else self.x_of(loop.end)
        shade = QColor(accent)
        shade.setAlpha(45)
        painter.fillRect(QRectF(left, 2, right - left, self.height() - 4), shade)
        painter.setPen(accent)
        ends = [(left, "A")] if loop.end is None else [(left, "A"), (right, "B")]
        for x, letter in ends:
            painter.drawLine(QPointF(x, 2), QPointF(x, bars.bottom()))
            painter.drawText(QPointF(x + 3, 12), letter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame and hold playing."""
        if event.button() == Qt.MouseButton.LeftButton and len(self._model.times_seconds):
            self._dragging = True
            self._model.begin_scrub()
            self._model.seek(self.index_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while dragging; name the frame below it."""
        if not len(self._model.times_seconds):
            return
        index = self.index_at(event.position().x())
        if self._dragging and index != self._model.position:
            self._model.seek(index)
        millis = self._model.work_millis[index]
        cost = "not measured yet" if np.isnan(millis) else f"{millis:.2f} ms"
        seconds = float(self._model.times_seconds[index])
        lines = [f"Frame {index} · {clock_text(seconds)} · {cost}", self.key_marks.words(index)]
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join(filter(None, lines)), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go on as before."""
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self._model.end_scrub()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the bars for the new width."""
        super().resizeEvent(event)
        self._redraw()
