"""All scored images, the worst ones first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QRectF, QSize, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.gui.theme import current_theme
from studio.gui.training.results.image_table import (
    HEADINGS,
    NAME_ROLE,
    SORT_ROLE,
    THUMBNAIL,
    THUMBNAIL_COLUMN,
    ImageRow,
    ImageTable,
    Index,
)
from studio.gui.training.results.large_view import LargeView
from studio.gui.training.results.page import ResultsPage
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.tile import Samples, paint_part, part_rects
from studio.gui.training.results.words import class_name, count

_ALL, _KEPT = "all scored images", "those kept as pictures"


class ImageFilter(QSortFilterProxyModel):
    """Sorts by value; keeps the images that are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._only = _ALL
        self.setSortRole(SORT_ROLE)

    def set_words(self, text: str) -> None:
        """Keep images whose names have all these words."""
        self._words = text.casefold().split()
        self.invalidate()

    def set_only(self, only: str) -> None:
        """Keep all, the kept ones, or those whose truth has a class."""
        self._only = only
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, _parent: Index) -> bool:
        """Whether an image is kept."""
        table = self.sourceModel()
        assert isinstance(table, ImageTable)
        row = table.row(source_row)
        if self._only == _KEPT and not row.is_kept:
            return False
        if self._only not in (_ALL, _KEPT) and self._only not in table.classes(row.name):
            return False
        return all(word in row.name.casefold() for word in self._words)


class _Thumbnails(QStyledItemDelegate):
    """Paints the three pictures of an image; only cells in sight are asked for."""

    def __init__(self, samples: Samples, selection: Selection, parent: QWidget) -> None:
        super().__init__(parent)
        self._samples, self._selection = samples, selection

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return THUMBNAIL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        name = index.data(NAME_ROLE)
        theme = current_theme()
        area: QRect = option.rect.adjusted(3, 3, -3, -3)
        if self._selection.photo_path(name) is None:
            painter.setPen(QColor(theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "–")
            return
        painter.save()
        sample = self._samples.get(name)
        for part, place in part_rects(QRectF(area)).items():
            paint_part(painter, sample, part, place, 0.65, theme)
        painter.restore()


class WorstPage(ResultsPage):
    """A table of images; double click shows one large.

    Args:
        selection: which run and epoch.
        store: reads pictures.
    """

    def __init__(
        self, selection: Selection, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(selection, "images", parent)
        self._store = store
        self._view: LargeView | None = None
        self.table = ImageTable(self)
        self.filter = ImageFilter()
        self.filter.setParent(self)
        self.filter.setSourceModel(self.table)
        self.view = self._build_table()
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find an image by name")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Find an image by name")
        self._search.textChanged.connect(self.filter.set_words)
        self._search.textChanged.connect(self._show_count)
        self._only = QComboBox()
        self._only.setAccessibleName("Which images")
        self._only.setToolTip(
            "Classes of an image are known where it is kept as a picture, so a class keeps "
            "only some of those."
        )
        self._only.addItems([_ALL, _KEPT])
        self._only.currentTextChanged.connect(self._on_only)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        label = QLabel("&Show")
        label.setBuddy(self._only)
        self.tools.addWidget(label)
        self.tools.addWidget(self._only)
        self.tools.addWidget(self._search, 1)
        self.tools.addWidget(self._count)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._classes_soon = QTimer(self, singleShot=True, interval=150)
        self._classes_soon.timeout.connect(self._learn_classes)
        store.loaded.connect(self._on_loaded)
        selection.dataset.found.connect(self._on_loaded)

    def _build_table(self) -> QTableView:
        view = QTableView()
        view.setModel(self.filter)
        view.setAccessibleName("Images by score")
        view.setItemDelegateForColumn(
            THUMBNAIL_COLUMN,
            _Thumbnails(Samples(self.selection, self._store), self.selection, view),
        )
        view.setSortingEnabled(True)
        view.sortByColumn(HEADINGS.index("mIoU"), Qt.SortOrder.AscendingOrder)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(THUMBNAIL.height())
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((THUMBNAIL.width(), 190, 90, 90, 120)):
            view.setColumnWidth(column, width)
        view.doubleClicked.connect(self._open)
        view.activated.connect(self._open)
        return view

    @property
    def shown(self) -> list[str]:
        """Names of the images in their present order."""
        rows = range(self.filter.rowCount())
        return [str(self.filter.index(row, 0).data(NAME_ROLE)) for row in rows]

    def set_only(self, only: str) -> None:
        """Keep images whose truth has a class."""
        self._only.setCurrentText(only)

    def show_epoch(self) -> None:
        """Show the chosen evaluation."""
        selection = self.selection
        scores = selection.scores()
        earlier = None if selection.epoch is None else selection.before(selection.epoch)
        previous = None if earlier is None else selection.scores(earlier)
        old = {image.name: image.miou for image in previous.images} if previous else {}
        selection.dataset.look(selection.folder)
        kept = set(selection.samples)
        self.table.set_rows(
            [
                ImageRow(
                    image.name,
                    image.miou,
                    image.pixel_accuracy,
                    old.get(image.name),
                    image.name in kept,
                )
                for image in (scores.images if scores else ())
            ]
        )
        self._learn_classes()
        self._show_count()

    def _learn_classes(self) -> None:
        """Take the classes of each kept image from its truth, as far as that has been read."""
        if self.selection.folder is None:
            return
        labels = self.selection.labels
        known: dict[str, tuple[str, ...]] = {}
        for name in self.selection.samples:
            mask = self._store.mask(self.selection.truth_path(name))
            if mask is not None:
                order = sorted(mask.pixels, key=lambda index: -mask.pixels[index])
                known[name] = tuple(class_name(labels, i) for i in order if 0 < i < 255)
        self.table.set_classes(known)
        wanted = [_ALL, _KEPT, *sorted({name for names in known.values() for name in names})]
        if wanted != [self._only.itemText(i) for i in range(self._only.count())]:
            chosen = self._only.currentText()
            self._only.blockSignals(True)
            self._only.clear()
            self._only.addItems(wanted)
            self._only.setCurrentText(chosen if chosen in wanted else _ALL)
            self._only.blockSignals(False)
            self._on_only(self._only.currentText())

    def _on_only(self, only: str) -> None:
        self.filter.set_only(only)
        self._show_count()

    def _show_count(self, _text: object = None) -> None:
        shown, total = self.filter.rowCount(), self.table.rowCount()
        words = f"{count(total)} images" if shown == total else f"{count(shown)} of {count(total)}"
        self._count.setText(words if total else "The scores of this epoch cannot be read.")

    def _on_loaded(self, _path: object = None) -> None:
        if self.isVisible():
            self.view.viewport().update()
            if not self._classes_soon.isActive():
                self._classes_soon.start()

    def _open(self, index: QModelIndex) -> None:
        name = index.data(NAME_ROLE)
        if self.selection.photo_path(name) is not None:
            if self._view is None:
                self._view = LargeView(self.selection, self._store, self)
            self._view.show_sample(name, 0.65)
