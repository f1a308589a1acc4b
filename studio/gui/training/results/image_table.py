"""The scored images as a table: model, and what is kept of it by a filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor

from studio.gui.theme import current_theme
from studio.gui.training.results.words import change, percent

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
NAME_ROLE = SORT_ROLE + 1
THUMBNAIL_COLUMN = 0
HEADINGS = ("", "Image", "mIoU", "Change", "Right pixels", "Classes")
TIPS = (
    "Prediction and truth, where the image is kept as a picture",
    "Its name in the dataset",
    "Mean IoU over the classes in its truth",
    "Of mIoU against the evaluation before, in points",
    "Share of labelled pixels that are right",
    "In its truth; known where the image is kept as a picture",
)
_ROOT = QModelIndex()
THUMBNAIL = QSize(200, 56)


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One scored image.

    Attributes:
        name: of the image.
        miou: 0.0 to 1.0.
        pixel_accuracy: 0.0 to 1.0.
        before: mIoU at the evaluation before; None where unknown.
        is_kept: whether there are pictures of it.
    """

    name: str
    miou: float
    pixel_accuracy: float
    before: float | None
    is_kept: bool

    @property
    def change(self) -> float | None:
        """Of mIoU."""
        return None if self.before is None else self.miou - self.before


class ImageTable(QAbstractTableModel):
    """A row an image."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ImageRow] = []
        self._classes: Mapping[str, tuple[str, ...]] = {}

    def set_rows(self, rows: list[ImageRow]) -> None:
        """Show other images."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_classes(self, classes: Mapping[str, tuple[str, ...]]) -> None:
        """Tell which classes the truth of images has, by name of the image."""
        self._classes = dict(classes)
        if self._rows:
            column = HEADINGS.index("Classes")
            self.dataChanged.emit(self.index(0, column), self.index(len(self._rows) - 1, column))

    def classes(self, name: str) -> tuple[str, ...]:
        """Of an image's truth; empty where unknown."""
        return self._classes.get(name, ())

    def row(self, position: int) -> ImageRow:
        """The one in a row."""
        return self._rows[position]

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Images; they have no children."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Of the table."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Headings and what they mean."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                # Room for the mark of the order, which Qt draws over a heading set to the right.
                return HEADINGS[section] + "\u2003" * (2 <= section <= 4)
            if role == Qt.ItemDataRole.ToolTipRole:
                return TIPS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is shown and sorted by."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == SORT_ROLE:
            return self._value(row, index.column())
        if role == NAME_ROLE:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                f"{row.name}: double click to enlarge"
                if row.is_kept
                else f"{row.name}: its predicted mask was not kept, only its score"
            )
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and HEADINGS[index.column()] == "Change":
            return _change_colour(row.change)
        return None

    def _text(self, row: ImageRow, column: int) -> str:
        return (
            "",
            row.name,
            percent(row.miou),
            "–" if row.change is None else change(row.change),
            percent(row.pixel_accuracy),
            "\u2003" + ", ".join(self.classes(row.name)),  # apart from the numbers
        )[column]

    def _value(self, row: ImageRow, column: int) -> Any:
        return (
            not row.is_kept,
            row.name.casefold(),
            row.miou,
            -9.0 if row.change is None else row.change,
            row.pixel_accuracy,
            ", ".join(self.classes(row.name)),
        )[column]


def _change_colour(ratio: float | None) -> QColor:
    theme = current_theme()
    if ratio is None or round(100 * ratio, 1) == 0:
        return QColor(theme.muted)
    return QColor(theme.good if ratio > 0 else theme.bad)


def _alignment(column: int) -> Qt.AlignmentFlag:
    is_number = 2 <= column <= 4
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
