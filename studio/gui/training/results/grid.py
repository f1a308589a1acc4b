"""The validation images in rows, as many abreast as there is room for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from studio.gui.theme import current_theme
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.tile import (
    GAP,
    PARTS,
    Sample,
    Samples,
    class_under,
    paint_part,
    part_rects,
)
from studio.gui.training.results.words import percent, pixel_words

_MARGIN = 10
_ASPECT = 0.75
_LEAST_WIDTH = 80.0
_LEAST_HEIGHT = 60.0


class SampleGrid(QAbstractScrollArea):
    """Paints, and asks to be read, only what is in sight.

    Args:
        selection: which run and epoch.
        store: reads pictures.
    """

    chosen = Signal(str)  # name of the image that was clicked
    pointed = Signal(str)  # what is under the pointer, in words

    def __init__(
        self, selection: Selection, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self._store = store
        self._samples = Samples(selection, store)
        self._names: tuple[str, ...] = ()
        self._opacity = 0.65
        self._picture_width = 170
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Validation images")
        self.viewport().setMouseTracking(True)
        # Pictures come one by one, faster than anybody sees: one repaint for a handful.
        self._repaint_soon = QTimer(self, singleShot=True, interval=30)
        self._repaint_soon.timeout.connect(self.viewport().update)
        store.loaded.connect(self._repaint_soon.start)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The images, in order."""
        return self._names

    @property
    def opacity(self) -> float:
        """Of the masks."""
        return self._opacity

    def show_names(self, names: Sequence[str]) -> None:
        """Show some images, at the chosen epoch."""
        self._names = tuple(names)
        self._measure()
        self.viewport().update()

    def set_opacity(self, opacity: float) -> None:
        """Of the masks, 0.0 to 1.0."""
        self._opacity = opacity
        self.viewport().update()

    def set_picture_width(self, width: int) -> None:
        """Of one picture at least, in pixels."""
        self._picture_width = width
        self._measure()
        self.viewport().update()

    def visible_samples(self) -> list[Sample]:
        """What there is of the images in sight."""
        return [self._samples.get(self._names[i]) for i in self._visible()]

    # -- layout --------------------------------------------------------------------------------

    def _columns(self) -> int:
        # In a low panel pictures are smaller rather than cut.
        width = max(_LEAST_WIDTH, min(self._picture_width, self._most_picture_height() / _ASPECT))
        wanted = int(len(PARTS) * (width + GAP) + _MARGIN)
        return max(1, min(len(self._names) or 1, self.viewport().width() // wanted))

    def _tile_size(self) -> tuple[float, float]:
        """Width and height, margins included."""
        columns = self._columns()
        width = (self.viewport().width() - (columns - 1) * _MARGIN) / columns
        picture = (width - (len(PARTS) - 1) * GAP) / len(PARTS)
        height = min(picture * _ASPECT, self._most_picture_height())
        return width, self._head() + height + _MARGIN

    def _most_picture_height(self) -> float:
        return max(_LEAST_HEIGHT, self.viewport().height() - self._head())

    def _head(self) -> int:
        return QFontMetrics(self.font()).height() + 4

    def _tile(self, position: int) -> QRectF:
        columns = self._columns()
        width, height = self._tile_size()
        row, column = divmod(position, columns)
        top = row * height - self.verticalScrollBar().value()
        return QRectF(column * (width + _MARGIN), top, width, height - _MARGIN)

    def _pictures(self, position: int) -> QRectF:
        return self._tile(position).adjusted(0, self._head(), 0, 0)

    def _visible(self) -> range:
        columns = self._columns()
        _, height = self._tile_size()
        top = self.verticalScrollBar().value()
        first = int(top / height) * columns
        last = math.ceil((top + self.viewport().height()) / height) * columns
        return range(first, min(last, len(self._names)))

    def _measure(self) -> None:
        rows = math.ceil(len(self._names) / self._columns())
        _, height = self._tile_size()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, math.ceil(rows * height) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(10, int(height / 4)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the tiles anew."""
        super().resizeEvent(event)
        self._measure()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tiles in sight."""
        painter = QPainter(self.viewport())
        scores = self._selection.scores()
        by_name = {image.name: image.miou for image in scores.images} if scores else {}
        for position in self._visible():
            self._paint_tile(painter, position, by_name)
        painter.end()

    def _paint_tile(self, painter: QPainter, position: int, mious: dict[str, float]) -> None:
        theme = current_theme()
        sample = self._samples.get(self._names[position])
        tile = self._tile(position)
        miou = mious.get(sample.name)
        parts = part_rects(self._pictures(position))
        metrics = painter.fontMetrics()
        for part, area in parts.items():
            heading = {
                PARTS[0]: sample.name,
                PARTS[1]: part.value if miou is None else f"{part.value} · mIoU {percent(miou)}",
            }.get(part, part.value)
            painter.setPen(QColor(theme.text if part is PARTS[0] else theme.muted))
            line = QRectF(area.left(), tile.top(), area.width(), self._head() - 2)
            words = metrics.elidedText(heading, Qt.TextElideMode.ElideMiddle, int(area.width()))
            painter.drawText(
                line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words
            )
            paint_part(painter, sample, part, area, self._opacity, theme)

    # -- pointer -------------------------------------------------------------------------------

    def _position_at(self, at: QPointF) -> int | None:
        return next((i for i in self._visible() if self._tile(i).contains(at)), None)

    def words_at(self, at: QPointF) -> str:
        """What is at a point of the viewport; empty between the pictures."""
        position = self._position_at(at)
        if position is None:
            return ""
        sample = self._samples.get(self._names[position])
        for area in part_rects(self._pictures(position)).values():
            if area.contains(at):
                return pixel_words(self._selection.labels, *class_under(sample, area, at))
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the pointer."""
        at = event.position()
        on_tile = self._position_at(at) is not None
        shape = Qt.CursorShape.PointingHandCursor if on_tile else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        self.pointed.emit(self.words_at(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Enlarge the image that is clicked."""
        position = self._position_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and position is not None:
            self.chosen.emit(self._names[position])

    def viewportEvent(self, event: QEvent) -> bool:
        """The class under the pointer, as a tool tip."""
        if isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos() + QPoint(0, 4), words, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit("")
        return super().viewportEvent(event)

    def keyPressEvent(self, event: object) -> None:
        """Left and right belong to the epochs, which the page moves; the rest scrolls."""
        key = event.key()  # type: ignore[attr-defined]
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # type: ignore[attr-defined]
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]
