"""The layer table: model, filter, and the bar behind a size."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.gui.quantization.words import (
    bits_of,
    bytes_words,
    number,
    parameters_of,
    quantization_words,
    shape_words,
    short_name,
)
from studio.gui.theme import current_theme
from studio.inference.model import TensorInfo

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
SHARE_ROLE = SORT_ROLE + 1
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        heading: of the table.
        key: of the CSV.
        explanation: of the heading, as a tool tip.
        is_number: whether it is set to the right.
    """

    heading: str
    key: str
    explanation: str
    is_number: bool = True


COLUMNS = (
    Column("Name", "name", "As stored in the file.", is_number=False),
    Column("Size", "size_bytes", "What the tensor takes in the file; the bar: against the largest"),
    Column("Type", "dtype", "Of one stored number", is_number=False),
    Column("Bits", "bits", "Width of one stored number"),
    Column("Shape", "shape", "Sides of the tensor", is_number=False),
    Column("Scales", "scales", "0: not quantized. 1: per tensor. More: one for each channel"),
    Column("Smallest", "scale_min", "Smallest scale: value = scale × (q − zero point)"),
    Column("Largest", "scale_max", "Largest scale"),
    Column("Zero", "zero_point", "Zero point of the first scale: the q that means 0"),
    Column("Role", "role", "Input, output, weights (stored), or activation (flows)", False),
)
SIZE = 1


def cell(tensor: TensorInfo, key: str) -> str | int | float:
    """The value of a column, as it sorts and as the CSV has it."""
    if key == "bits":
        return bits_of(tensor) or 0
    if key == "shape":
        return shape_words(tensor.shape)
    value: str | int | float = getattr(tensor, key)
    return value


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class TensorTable(QAbstractTableModel):
    """A row a tensor."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tensors: tuple[TensorInfo, ...] = ()
        self._largest_bytes = 1

    def set_tensors(self, tensors: Sequence[TensorInfo]) -> None:
        """Show other tensors."""
        self.beginResetModel()
        self._tensors = tuple(tensors)
        self._largest_bytes = max((tensor.size_bytes for tensor in tensors), default=1) or 1
        self.endResetModel()

    def tensor(self, row: int) -> TensorInfo:
        """The one in a row."""
        return self._tensors[row]

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Tensors; they have no children."""
        return 0 if parent.isValid() else len(self._tensors)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Of the table."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        """Headings and what they mean."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].heading
            if role == Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section].explanation
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """What is shown, sorted by, and drawn as a bar."""
        tensor = self._tensors[index.row()]
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(tensor, column)
        if role == SORT_ROLE:
            return parameters_of(tensor) if column.key == "shape" else cell(tensor, column.key)
        if role == SHARE_ROLE and column.key == "size_bytes":
            return tensor.size_bytes / self._largest_bytes
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{tensor.name}\n{shape_words(tensor.shape)}\n{quantization_words(tensor)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    @staticmethod
    def _text(tensor: TensorInfo, column: Column) -> str:
        value = cell(tensor, column.key)
        if column.key == "name":
            return short_name(tensor.name)
        if column.key == "size_bytes":
            return bytes_words(tensor.size_bytes) if tensor.size_bytes else "–"
        if column.key in ("scale_min", "scale_max", "zero_point"):
            if not tensor.scales:
                return "–"
            return number(value) if isinstance(value, float) else str(value)
        if column.key == "bits":
            return str(value) if value else "–"
        return str(value)


class TensorFilter(QSortFilterProxyModel):
    """Sorts by value, and keeps the rows whose words and role are asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._role = ""
        self.setSortRole(SORT_ROLE)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def set_words(self, text: str) -> None:
        """Keep rows that have all these words in name, type or shape."""
        self._words = text.casefold().split()
        self.invalidate()

    def set_role(self, role: str) -> None:
        """Keep rows of this role; all for an empty one."""
        self._role = role
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, _parent: Index) -> bool:
        """Whether a row is kept."""
        source = self.sourceModel()
        assert isinstance(source, TensorTable)
        tensor = source.tensor(source_row)
        if self._role and tensor.role != self._role:
            return False
        text = f"{tensor.name} {tensor.dtype} {shape_words(tensor.shape)}".casefold()
        return all(word in text for word in self._words)

    def shown(self) -> list[TensorInfo]:
        """The kept tensors in their present order."""
        source = self.sourceModel()
        assert isinstance(source, TensorTable)
        return [
            source.tensor(self.mapToSource(self.index(row, 0)).row())
            for row in range(self.rowCount())
        ]


class SizeBar(QStyledItemDelegate):
    """Draws a size over a bar of its share of the largest."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        share = index.data(SHARE_ROLE)
        if share:
            rect: QRect = option.rect
            colour = QColor(current_theme().accent)
            colour.setAlpha(70)
            width = max(2, round((rect.width() - 4) * float(share)))
            painter.fillRect(
                rect.right() - 1 - width, rect.top() + 3, width, rect.height() - 6, colour
            )
        super().paint(painter, option, index)


def csv_text(tensors: Sequence[TensorInfo]) -> str:
    """Tensors as a table with a heading line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in COLUMNS])
    for tensor in tensors:
        writer.writerow([cell(tensor, column.key) for column in COLUMNS])
    return out.getvalue()
