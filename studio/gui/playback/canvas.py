"""The picture: the frame with its mask, the class under the pointer, the statistics."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.playback.compose import Fitting, compose, palette_of, style_of
from studio.gui.playback.shown import FrameRecord, ShownFrame
from studio.gui.playback.statistics import RollingStatistics
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.theme import current_theme
from studio.inference.model import ModelInfo
from studio.video.frame import Image, VideoInfo

_STATISTICS_INTERVAL_MILLIS = 250
_MARGIN = 12.0


class VideoCanvas(QWidget):
    """Shows what the model shows.

    Args:
        model: the playback.
        parent: owner.
    """

    class_hovered = Signal(int)  # class index, or -1
    double_clicked = Signal()

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._view: QImage | None = None
        self._pixels: Image | None = None
        self._fitting: Fitting | None = None
        self._compose_millis = 0.0
        self._reported = True
        self._pointer: QPointF | None = None
        self._hovered_class = -1
        self._statistics = RollingStatistics()
        self._statistics_lines: list[tuple[str, str]] = []
        self.statistics_visible = False
        self.setMouseTracking(True)
        self.setMinimumSize(160, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Video")
        # A click gives it the keyboard, so that keys after it mean the video.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._statistics_timer = QTimer(self, interval=_STATISTICS_INTERVAL_MILLIS)
        self._statistics_timer.timeout.connect(self._refresh_statistics)
        self._careful_timer = QTimer(self, singleShot=True, interval=120)
        self._careful_timer.timeout.connect(lambda: self._compose(careful=True))
        model.frame_shown.connect(self._on_frame)
        model.frame_measured.connect(self._on_measured)
        self._style = style_of(model.overlay, model.model)
        model.overlay_changed.connect(self._restyle)
        model.model_closed.connect(self._restyle)
        model.model_opened.connect(self._on_model)
        model.video_opened.connect(self._on_video)
        model.video_closed.connect(self._on_closed)

    def sizeHint(self) -> QSize:
        """Wide enough to judge a mask."""
        return QSize(960, 540)

    def set_statistics_visible(self, visible: bool) -> None:
        """Show or hide the statistics over the picture."""
        self.statistics_visible = visible
        if visible:
            self._refresh_statistics()
            self._statistics_timer.start()
        else:
            self._statistics_timer.stop()
        self.update()

    def _on_frame(self, _shown: ShownFrame) -> None:
        self._reported = False
        self._compose()
        if not self.isVisible():  # nobody paints it, so it costs nothing to draw
            self._report(0.0)

    def _on_measured(self, record: FrameRecord) -> None:
        self._statistics.add(record)

    def _on_model(self, _info: ModelInfo) -> None:
        self._statistics.reset()
        self._restyle()

    def _restyle(self, *_args: object) -> None:
        self._style = style_of(self._model.overlay, self._model.model)
        self._compose()

    def _on_video(self, _info: VideoInfo) -> None:
        self._statistics.reset()

    def _on_closed(self) -> None:
        self._view = None
        self._pixels = None
        self.update()

    def _compose(self, *, careful: bool = False) -> None:
        shown = self._model.shown
        if shown is None or not self.isVisible():
            return
        started = time.perf_counter()
        height, width = shown.image.shape[:2]
        fitting = Fitting.of(
            (width, height), (self.width(), self.height()), self.devicePixelRatioF()
        )
        has_moved, self._fitting = fitting != self._fitting, fitting
        if has_moved:
            self._model.set_view_size(fitting.width, fitting.height)
        style = self._style if self._model.overlay.visible else None
        # The same memory for each frame: fresh pages would cost as much as the scaling.
        view = compose(
            shown, style, fitting.width, fitting.height, careful=careful, out=self._pixels
        )
        if self._view is None or view is not self._pixels:
            self._pixels = view
            self._view = QImage(
                view.data,
                fitting.width,
                fitting.height,
                view.strides[0],
                QImage.Format.Format_BGR888,
            )
        self._compose_millis = (time.perf_counter() - started) * 1000.0
        if not careful and not self._model.is_playing:
            self._careful_timer.start()
        self._hover()
        if has_moved or self.statistics_visible or self._hovered_class >= 0:
            self.update()
        else:
            self.update(fitting.rectangle.toAlignedRect())

    def _report(self, paint_millis: float) -> None:
        if not self._reported:
            self._reported = True
            self._model.report_draw(self._compose_millis + paint_millis if paint_millis else 0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the composed picture and what lies over it."""
        started = time.perf_counter()
        painter = QPainter(self)
        beside = event.region()
        if self._view is not None and self._fitting is not None:
            beside = beside.subtracted(QRegion(self._fitting.rectangle.toRect()))
        for rect in beside:  # type: ignore[attr-defined]  # iterable, but not in its stubs
            painter.fillRect(rect, QColor(current_theme().stage))
        if self._view is not None and self._fitting is not None:
            painter.drawImage(self._fitting.rectangle, self._view)
            if self.statistics_visible:
                self._paint_statistics(painter)
            if self._hovered_class >= 0 and self._pointer is not None:
                self._paint_class(painter, self._pointer)
        painter.end()
        self._report((time.perf_counter() - started) * 1000.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Compose for the new size."""
        super().resizeEvent(event)
        self._compose()

    def showEvent(self, event: QShowEvent) -> None:
        """Compose what came while it was hidden."""
        super().showEvent(event)
        self._compose()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the class under the pointer."""
        self._pointer = event.position()
        self._hover()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self._pointer = None
        self._hover()
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """As in other players: full screen."""
        self.double_clicked.emit()

    def _hover(self) -> None:
        shown = self._model.shown
        found = -1
        if shown is not None and shown.mask is not None and self._pointer and self._fitting:
            height, width = shown.mask.shape
            pixel = self._fitting.frame_from_widget(self._pointer, (width, height))
            if pixel is not None:
                found = int(shown.mask[pixel[1], pixel[0]])
        if found != self._hovered_class:
            self._hovered_class = found
            self.class_hovered.emit(found)

    def _paint_class(self, painter: QPainter, pointer: QPointF) -> None:
        info = self._model.model
        index = self._hovered_class
        if info is None:
            return
        name = info.labels[index] if index < len(info.labels) else f"class {index}"
        red, green, blue = (int(part) for part in palette_of(info)[index])
        metrics = QFontMetricsF(self.font())
        width = metrics.horizontalAdvance(name) + 34
        box = QRectF(pointer.x() + 14, pointer.y() + 16, width, metrics.height() + 10)
        box.moveRight(min(box.right(), self.width() - 4.0))
        box.moveBottom(min(box.bottom(), self.height() - 4.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(255, 255, 255, 60))
        painter.setBrush(QColor(12, 14, 18, 225))
        painter.drawRoundedRect(box, 5, 5)
        swatch = QRectF(box.left() + 9, box.center().y() - 5, 10, 10)
        painter.setPen(QColor(255, 255, 255, 140))
        painter.setBrush(QColor(red, green, blue))
        painter.drawRoundedRect(swatch, 2, 2)
        painter.setPen(QColor("#f2f4f7"))
        painter.drawText(
            box.adjusted(26, 0, -6, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            name,
        )

    def _refresh_statistics(self) -> None:
        figures = self._statistics.figures(self._model.is_playing)
        info = self._model.model
        lines = [
            ("shown", f"{figures.shown_per_second:5.1f} FPS"),
            ("possible", f"{figures.possible_per_second:5.1f} FPS"),
            *((name, f"{millis:5.2f} ms") for name, millis in figures.stage_millis.items()),
            ("dropped", f"{figures.dropped:5d} frame{'' if figures.dropped == 1 else 's'}"),
        ]
        if info is not None:
            lines += [
                ("model", info.name),
                ("input", f"{info.input_width}×{info.input_height} {info.input_dtype}"),
                ("runtime", f"{info.runtime} {info.runtime_version}, {info.delegate}"),
                ("threads", str(info.threads)),
            ]
        else:
            lines.append(("model", "none"))
        self._statistics_lines = lines
        self.update()

    def _paint_statistics(self, painter: QPainter) -> None:
        font = QFont("monospace")
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(max(self.fontInfo().pixelSize() - 1, 11))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        line_height = metrics.height() + 1.0
        names = max(metrics.horizontalAdvance(name) for name, _value in self._statistics_lines)
        values = max(metrics.horizontalAdvance(value) for _name, value in self._statistics_lines)
        box = QRectF(
            _MARGIN, _MARGIN, names + values + 36, line_height * len(self._statistics_lines) + 16
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(12, 14, 18, 205))
        painter.drawRoundedRect(box, 6, 6)
        y = box.top() + 8
        for name, value in self._statistics_lines:
            row = QRectF(box.left() + 12, y, box.width() - 24, line_height)
            painter.setPen(QColor("#9ba4b0"))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(QColor("#f2f4f7"))
            painter.drawText(row.adjusted(names + 12, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, value)
            y += line_height
        painter.setFont(self.font())
