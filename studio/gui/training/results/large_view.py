"""One validation image, large, with the class of the pixel under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from studio.gui.theme import current_theme
from studio.gui.training.results.epoch_bar import EpochBar
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.tile import (
    Part,
    Sample,
    Samples,
    class_under,
    paint_part,
    part_rects,
    picture_rect,
)
from studio.gui.training.results.words import percent, pixel_words
from studio.gui.widgets.elided_label import ElidedLabel


class _Stage(QWidget):
    """The three pictures, with a cross at the same pixel of each."""

    pointed = Signal(str)

    def __init__(self, selection: Selection, store: PictureStore) -> None:
        super().__init__()
        self._selection = selection
        self._samples = Samples(selection, store)
        self.name = ""
        self.opacity = 0.65
        self._cross: QPointF | None = None  # 0..1 of a picture
        self.setMouseTracking(True)
        self.setMinimumSize(360, 160)

    def sample(self) -> Sample:
        return self._samples.get(self.name)

    def _parts(self) -> dict[Part, QRectF]:
        head = self.fontMetrics().height() + 4
        return part_rects(QRectF(self.rect()).adjusted(0, head, 0, 0))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self.name or self._selection.folder is None:
            return
        theme = current_theme()
        painter = QPainter(self)
        sample = self.sample()
        for part, area in self._parts().items():
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(area.left(), painter.fontMetrics().ascent()), part.value)
            paint_part(painter, sample, part, area, self.opacity, theme)
            if self._cross is not None:
                where = picture_rect(sample, area)
                x = where.left() + self._cross.x() * where.width()
                y = where.top() + self._cross.y() * where.height()
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
                painter.setPen(QColor("white"))
                painter.drawLine(QPointF(x - 9, y), QPointF(x + 9, y))
                painter.drawLine(QPointF(x, y - 9), QPointF(x, y + 9))
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())

    def leaveEvent(self, event: object) -> None:
        self.point_at(QPointF(-1, -1))
        super().leaveEvent(event)  # type: ignore[arg-type]

    def point_at(self, at: QPointF) -> None:
        """Tell what is at a point, and mark it in all pictures."""
        words, self._cross = "", None
        sample = self.sample()
        for area in self._parts().values():
            where = picture_rect(sample, area)
            if where.contains(at):
                words = pixel_words(self._selection.labels, *class_under(sample, area, at))
                x, y = at.x() - where.left(), at.y() - where.top()
                self._cross = QPointF(x / where.width(), y / where.height())
        self.pointed.emit(words)
        self.update()


class LargeView(QDialog):
    """A window that follows the chosen epoch.

    Left and right step through epochs, up and down through images.

    Args:
        selection: which run and epoch.
        store: reads pictures.
    """

    def __init__(
        self, selection: Selection, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(1200, 480)
        self.stage = _Stage(selection, store)
        self.stage.setAccessibleName("Image, prediction and truth")
        self.stage.pointed.connect(self._show_words)
        self._words = ElidedLabel()
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setFixedWidth(110)
        self._opacity.setAccessibleName("Opacity of the masks")
        self._opacity.valueChanged.connect(self._set_opacity)
        label = QLabel("&Masks")
        label.setBuddy(self._opacity)
        foot = QHBoxLayout()
        foot.addWidget(self._words, 1)
        foot.addWidget(label)
        foot.addWidget(self._opacity)
        column = QVBoxLayout(self)
        column.addWidget(EpochBar(selection))
        column.addWidget(self.stage, 1)
        column.addLayout(foot)
        selection.epochs_changed.connect(self._on_change)
        selection.epoch_changed.connect(self._on_change)
        selection.run_changed.connect(self.close)
        store.loaded.connect(self._on_loaded)

    @property
    def words(self) -> str:
        """What is under the pointer, or how the image scores."""
        return self._words.text()

    def show_sample(self, name: str, opacity: float) -> None:
        """Show an image, and come to the front."""
        self.stage.name = name
        self._opacity.setValue(round(100 * opacity))
        self._on_change()
        self.show()
        self.raise_()
        self.activateWindow()
        self.stage.setFocus()

    def _set_opacity(self, value: int) -> None:
        self.stage.opacity = value / 100
        self.stage.update()

    def _on_loaded(self, _path: object) -> None:
        self.stage.update()

    def _on_change(self) -> None:
        self.setWindowTitle(f"{self.stage.name} — validation image")
        self._show_words("")
        self.stage.update()

    def _show_words(self, words: str) -> None:
        self._words.setText(words or self._score_words())

    def _score_words(self) -> str:
        scores = self._selection.scores()
        for image in scores.images if scores else ():
            if image.name == self.stage.name:
                right = percent(image.pixel_accuracy)
                return f"mIoU {percent(image.miou)} · {right} of its pixels are right"
        return "Point to name a pixel's class; arrow keys choose epoch and image."

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, right: epochs; up, down: images."""
        names = self._selection.samples
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        upright = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in sideways:
            self._selection.step(sideways[key])
        elif key in upright and self.stage.name in names:
            at = (names.index(self.stage.name) + upright[key]) % len(names)
            self.stage.name = names[at]
            self._on_change()
        else:
            super().keyPressEvent(event)
