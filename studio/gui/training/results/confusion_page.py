"""The confusion matrix, and its largest confusions as a list."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.gui.training.results.confusions import (
    Share,
    cell_words,
    counts_of,
    csv_text,
    top_confusions,
)
from studio.gui.training.results.matrix import Cell, ConfusionMatrix
from studio.gui.training.results.page import ResultsPage
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.words import count, percent
from studio.gui.widgets.elided_label import ElidedLabel

_MOST_LISTED = 40
_HINT = "Point to a cell to read it; click to keep it marked."


class ConfusionPage(ResultsPage):
    """Which classes are taken for which.

    Args:
        selection: which run and epoch.
    """

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(selection, "confusion", parent)
        self._labels: tuple[str, ...] = ()
        self._counts = counts_of(())
        self.matrix = ConfusionMatrix()
        self.matrix.pointed.connect(self._show_cell)
        self.matrix.picked.connect(self._on_picked)
        self._share = QComboBox()
        self._share.addItems([share.value for share in Share])
        self._share.setAccessibleName("Values of the cells")
        self._share.setToolTip("What the values of the cells are a share of.")
        self._share.currentIndexChanged.connect(self.redraw)
        label = QLabel("&Cells")
        label.setBuddy(self._share)
        self._words = ElidedLabel(_HINT)
        save = QPushButton(icons.icon("table"), "CSV…")
        save.setToolTip("Save the pixels of all cells as a table")
        save.clicked.connect(self._ask_csv)
        self.tools.addWidget(label)
        self.tools.addWidget(self._share)
        self.tools.addWidget(self._words, 1)
        self.tools.addWidget(save)
        self._list = QListWidget()
        self._list.setAccessibleName("Largest confusions")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.currentItemChanged.connect(self._on_row)
        heading = QLabel("Largest confusions")
        heading.setProperty("role", "heading")
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(heading)
        side.addWidget(self._list, 1)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.matrix, 3)
        row.addLayout(side, 2)

    @property
    def words(self) -> str:
        """The cell that is pointed to or marked, in words."""
        return self._words.text()

    @property
    def listed(self) -> list[str]:
        """The largest confusions, in words."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def set_share(self, share: Share) -> None:
        """Show cells as shares of something else."""
        self._share.setCurrentText(share.value)

    def show_epoch(self) -> None:
        """Show the chosen evaluation."""
        scores = self.selection.scores()
        counts = counts_of(scores.confusion if scores else ())
        is_whole = scores is not None and len(scores.labels) == len(counts) > 0
        self._labels = scores.labels if scores is not None and is_whole else ()
        self._counts = counts if is_whole else counts_of(())
        share = Share(self._share.currentText())
        self.matrix.show_counts(self._labels, self._counts, share)
        self._fill_list(share)
        self._show_cell(None)

    def redraw(self, _choice: object = None) -> None:
        """Show the chosen evaluation by the present choices."""
        if self.selection.epoch is not None:
            self.show_epoch()

    def _fill_list(self, share: Share) -> None:
        picked = self.matrix.picked_cell
        with QSignalBlocker(self._list):
            self._list.clear()
            for found in top_confusions(self._counts, share, _MOST_LISTED):
                true, called = self._labels[found.truth], self._labels[found.prediction]
                value = (
                    count(found.pixels)
                    if share is Share.PIXELS
                    else percent(found.pixels / max(1, int(self._total(found.prediction))))
                    if share is Share.PREDICTION
                    else percent(found.ratio)
                )
                item = QListWidgetItem(f"{value}  {true} → {called}")
                cell = found.truth, found.prediction
                item.setData(Qt.ItemDataRole.UserRole, cell)
                item.setToolTip(cell_words(self._labels, self._counts, *cell))
                self._list.addItem(item)
                if cell == picked:
                    self._list.setCurrentItem(item)

    def _total(self, prediction: int) -> int:
        return int(self._counts[:, prediction].sum())

    def _on_row(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self.matrix.pick(tuple(item.data(Qt.ItemDataRole.UserRole)))

    def _on_picked(self, cell: Cell | None) -> None:
        with QSignalBlocker(self._list):
            rows = [
                row
                for row in range(self._list.count())
                if cell is not None
                and tuple(self._list.item(row).data(Qt.ItemDataRole.UserRole)) == cell
            ]
            self._list.setCurrentRow(rows[0] if rows else -1)
        self._show_cell(None)

    def _show_cell(self, cell: Cell | None) -> None:
        cell = cell or self.matrix.picked_cell
        if not self._labels:
            self._words.setText("The scores of this epoch cannot be read.")
        elif cell is None:
            self._words.setText(_HINT)
        else:
            self._words.setText(cell_words(self._labels, self._counts, *cell))

    def csv_bytes(self) -> bytes:
        """The table that CSV export writes."""
        return csv_text(self._labels, self._counts).encode()

    def _ask_csv(self) -> None:
        path = self.ask_path(".csv", "Tables (*.csv)")
        if path is not None:
            data = self.csv_bytes()
            self.write_beside(path, lambda: data)
