"""How one validation image is painted: photograph, prediction and truth beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from studio.gui.theme import Theme
from studio.gui.training.results.pictures import MaskPicture, PictureStore
from studio.gui.training.results.selection import Selection

GAP = 4


class Part(StrEnum):
    """What a picture shows; the value is its heading."""

    PHOTO = "Image"
    PREDICTION = "Predicted"
    TRUTH = "Truth"


PARTS = tuple(Part)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is there of one image; None where it is not read yet, or missing.

    Attributes:
        name: of the image.
        photo: the image.
        prediction: at the chosen epoch.
        truth: the true mask.
        absent: parts that will not come.
    """

    name: str
    photo: QImage | None
    prediction: MaskPicture | None
    truth: MaskPicture | None
    absent: frozenset[Part] = frozenset()

    def mask(self, part: Part) -> MaskPicture | None:
        """What lies over the photograph in a part."""
        return {Part.PREDICTION: self.prediction, Part.TRUTH: self.truth}.get(part)


class Samples:
    """Gets what there is of each image; keeps the mask before on screen until the next is read.

    Args:
        selection: which epoch.
        store: reads pictures.
    """

    def __init__(self, selection: Selection, store: PictureStore) -> None:
        self._selection = selection
        self._store = store
        self._last: dict[str, MaskPicture] = {}
        selection.run_changed.connect(self._last.clear)

    def get(self, name: str) -> Sample:
        """What is there now; reading the rest begins."""
        path = self._selection.prediction_path(name)
        prediction = self._store.mask(path)
        if prediction is not None:
            self._last[name] = prediction
        elif self._store.is_missing(path):
            self._last.pop(name, None)
        photo, truth = self._selection.photo_path(name), self._selection.truth_path(name)
        paths = {Part.PHOTO: photo, Part.PREDICTION: path, Part.TRUTH: truth}
        return Sample(
            name,
            self._store.photo(photo),
            self._last.get(name),
            self._store.mask(truth),
            frozenset(part for part, found in paths.items() if self._store.is_missing(found)),
        )


def part_rects(area: QRectF) -> dict[Part, QRectF]:
    """Share an area among the pictures, left to right."""
    width = (area.width() - (len(PARTS) - 1) * GAP) / len(PARTS)
    return {
        part: QRectF(area.left() + i * (width + GAP), area.top(), width, area.height())
        for i, part in enumerate(PARTS)
    }


def fitted(size: tuple[float, float], area: QRectF) -> QRectF:
    """The largest rectangle of a picture's shape in the middle of an area.

    Args:
        size: width and height.
        area: room for it.
    """
    scale = min(area.width() / max(1.0, size[0]), area.height() / max(1.0, size[1]))
    fit = QRectF(0, 0, size[0] * scale, size[1] * scale)
    fit.moveCenter(area.center())
    return fit


def picture_rect(sample: Sample, area: QRectF) -> QRectF:
    """Where the pixels of a picture lie in its area."""
    image = sample.photo or next((m.image for m in (sample.truth, sample.prediction) if m), None)
    return area if image is None else fitted((image.width(), image.height()), area)


def paint_part(
    painter: QPainter, sample: Sample, part: Part, area: QRectF, opacity: float, theme: Theme
) -> None:
    """Paint one picture of a sample.

    Args:
        painter: where.
        sample: what there is.
        part: which of its pictures.
        area: room for it.
        opacity: of the mask, 0.0 to 1.0.
        theme: colours of the ground and of words.
    """
    painter.fillRect(area, QColor(theme.stage))
    where = picture_rect(sample, area)
    if sample.photo is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(where, sample.photo)
    mask = sample.mask(part)
    if mask is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setOpacity(opacity)
        painter.drawImage(where, mask.image)
        painter.setOpacity(1.0)
    elif part is not Part.PHOTO or sample.photo is None:
        words = "not kept" if part in sample.absent else "…"
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(words) + 10, metrics.height() + 2
        place = QRectF(0, 0, min(width, area.width()), min(height, area.height()))
        place.moveCenter(area.center())
        painter.fillRect(place, QColor(theme.surface))  # words are read over any photograph
        painter.setPen(QColor(theme.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def class_under(sample: Sample, area: QRectF, at: QPointF) -> tuple[int | None, int | None]:
    """Predicted and true class under the pointer, None where unknown."""
    where = picture_rect(sample, area)
    if not where.isValid():
        return None, None
    x = (at.x() - where.left()) / where.width()
    y = (at.y() - where.top()) / where.height()
    masks = sample.prediction, sample.truth
    predicted, true = (None if mask is None else mask.class_at(x, y) for mask in masks)
    return predicted, true
