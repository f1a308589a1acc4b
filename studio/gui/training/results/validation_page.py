"""Validation images whose predicted masks change epoch by epoch, with the truth beside."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

from studio.classes import VOID_INDEX, voc_palette
from studio.gui.training.results.grid import SampleGrid
from studio.gui.training.results.large_view import LargeView
from studio.gui.training.results.legend import ClassLegend, LegendEntry
from studio.gui.training.results.page import ResultsPage
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.tile import Sample
from studio.gui.training.results.words import class_name
from studio.gui.widgets.elided_label import ElidedLabel


class ValidationPage(ResultsPage):
    """The strip of images under the slider of epochs.

    Args:
        selection: which run and epoch.
        store: reads pictures.
    """

    def __init__(
        self, selection: Selection, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(selection, "validation", parent)
        self._store = store
        self._view: LargeView | None = None
        self.grid = SampleGrid(selection, store)
        self.grid.chosen.connect(self.open_large)
        self.grid.pointed.connect(self._show_pointed)
        self.legend = ClassLegend()
        self._pointed = ElidedLabel(role="muted")
        self._opacity = self._slider("&Masks", "Opacity of the masks", 0, 100, 65)
        self._opacity.valueChanged.connect(lambda value: self.grid.set_opacity(value / 100))
        size = self._slider("&Size", "Width of the pictures", 90, 380, 170)
        size.valueChanged.connect(self.grid.set_picture_width)
        self.tools.addWidget(self._pointed, 1)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.legend)
        column.addWidget(self.grid, 1)
        self._legend_soon = QTimer(self, singleShot=True, interval=120)
        self._legend_soon.timeout.connect(self._show_legend)
        store.loaded.connect(self._on_news)
        self.grid.verticalScrollBar().valueChanged.connect(self._on_news)

    def _slider(self, text: str, tip: str, low: int, high: int, value: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(low, high)
        slider.setValue(value)
        slider.setFixedWidth(110)
        slider.setToolTip(tip)
        slider.setAccessibleName(tip)
        label = QLabel(text)
        label.setBuddy(slider)
        self.tools.addWidget(label)
        self.tools.addWidget(slider)
        return slider

    def show_epoch(self) -> None:
        """Show the images at the chosen epoch."""
        self.grid.show_names(self.selection.samples)
        self._show_pointed("")
        self._on_news()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low page has no height for the legend."""
        super().resizeEvent(event)
        self.legend.setVisible(not self.is_low)

    def open_large(self, name: str) -> None:
        """Show one image large, in a window of its own that follows the epochs."""
        if self._view is None:
            self._view = LargeView(self.selection, self._store, self)
        self._view.show_sample(name, self.grid.opacity)

    def _show_pointed(self, words: str) -> None:
        count = len(self.grid.names)
        images = "1 image" if count == 1 else f"{count} images"
        hint = f"{images} kept as pictures. Point to name a class, click to enlarge."
        if not count:
            hint = "No validation images were kept as pictures."
        self._pointed.setText(words or hint)

    def _on_news(self, _news: object = None) -> None:
        # Not restarted while it waits: pictures that keep coming would put it off for ever.
        if not self._legend_soon.isActive():
            self._legend_soon.start()

    def _show_legend(self) -> None:
        if self.isVisible() and self.selection.folder is not None:
            self.legend.show_entries(legend_of(self.grid.visible_samples(), self.selection.labels))


def legend_of(samples: list[Sample], labels: tuple[str, ...]) -> list[LegendEntry]:
    """The classes of some masks, predicted or true, those with most pixels first; void last."""
    pixels: Counter[int] = Counter()
    palette = voc_palette()
    for sample in samples:
        for mask in (sample.prediction, sample.truth):
            if mask is not None:
                pixels.update(mask.pixels)
                palette = mask.palette
    order = sorted(pixels, key=lambda index: (index == VOID_INDEX, -pixels[index]))
    return [
        LegendEntry(class_name(labels, index), QColor(*map(int, palette[index])).name())
        for index in order
        if index  # the background is not painted
    ]
