"""IoU of each class at the chosen epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QComboBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.classes import voc_palette
from studio.gui.training.results.class_bars import ClassBars
from studio.gui.training.results.class_rows import ClassRow, Order, class_rows
from studio.gui.training.results.page import ResultsPage
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.widgets.elided_label import ElidedLabel

_REFERENCES = ("previous", "first", "nothing")


class ClassesPage(ResultsPage):
    """Bars, sorted by choice, against an earlier evaluation.

    Args:
        selection: which run and epoch.
        store: reads pictures; masks bring the dataset's colours.
    """

    def __init__(
        self, selection: Selection, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(selection, "classes", parent)
        self._store = store
        self.bars = ClassBars()
        self._order = self._choice("&Sort by", [order.value for order in Order])
        self._reference = self._choice("&Compare with", list(_REFERENCES))
        self._words = ElidedLabel(role="muted")
        self.tools.addWidget(self._words, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.bars)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        store.loaded.connect(self._on_loaded)

    def _choice(self, text: str, values: list[str]) -> QComboBox:
        box = QComboBox()
        box.addItems(values)
        box.setAccessibleName(text.replace("&", ""))
        box.currentIndexChanged.connect(self.redraw)
        label = QLabel(text)
        label.setBuddy(box)
        self.tools.addWidget(label)
        self.tools.addWidget(box)
        return box

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        """What is shown, top to bottom."""
        return self.bars.rows

    def set_order(self, order: Order) -> None:
        """Sort otherwise."""
        self._order.setCurrentText(order.value)

    def set_reference(self, name: str) -> None:
        """Compare with `previous`, `first` or `none`."""
        self._reference.setCurrentIndex(("previous", "first", "none").index(name))

    def show_epoch(self) -> None:
        """Show the chosen evaluation."""
        selection = self.selection
        scores = selection.scores()
        epoch = selection.epoch
        if scores is None or epoch is None:
            self.bars.show_rows((), 0.0, "", voc_palette())
            self._words.setText("The scores of this epoch cannot be read.")
            return
        other = (selection.before(epoch), selection.epochs[0], None)[self._reference.currentIndex()]
        reference = None if other is None or other == epoch else selection.scores(other)
        words = "" if reference is None else f"after epoch {other}"
        rows = class_rows(scores, reference, Order(self._order.currentText()))
        self.bars.show_rows(rows, scores.miou, words, self._palette())
        occurring = sum(row.iou is not None for row in rows)
        mark = f"; the thin mark: {words}" if words else ""
        self._words.setText(f"{occurring} of {len(rows)} classes occur. Dashed: their mean{mark}.")

    def redraw(self, _choice: object = None) -> None:
        """Show the chosen evaluation by the present choices."""
        if self.selection.epoch is not None:
            self.show_epoch()

    def _palette(self) -> NDArray[np.uint8]:
        """The dataset's colours, which any of its masks brings."""
        for name in self.selection.samples[:1]:
            mask = self._store.mask(self.selection.truth_path(name))
            if mask is not None:
                return mask.palette
        return voc_palette()

    def _on_loaded(self, path: object) -> None:
        names = self.selection.samples[:1]
        if self.isVisible() and names and path == self.selection.truth_path(names[0]):
            self.redraw()
