"""The rows of the jobs list, for Qt's views."""

from __future__ import annotations

import bisect
import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from studio.gui.jobs.row import JobRow

ROW_ROLE = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class JobListModel(QAbstractListModel):
    """Runs, newest first; the view keeps its selection while runs come and go."""

    renamed = Signal(object, str)  # JobRow, new title

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[JobRow] = []

    @property
    def rows(self) -> Sequence[JobRow]:
        """Newest first."""
        return self._rows

    def row_named(self, name: str) -> JobRow | None:
        """The row of a run folder."""
        return next((row for row in self._rows if row.name == name), None)

    def index_of(self, row: JobRow) -> QModelIndex:
        """Where a row stands now."""
        return self.index(self._rows.index(row), 0)

    def add(self, row: JobRow) -> None:
        """Put a row where its age belongs."""
        place = bisect.bisect_right(self._rows, _order(row), key=_order)
        self.beginInsertRows(_ROOT, place, place)
        self._rows.insert(place, row)
        self.endInsertRows()

    def remove(self, row: JobRow) -> None:
        """Take a row out."""
        place = self._rows.index(row)
        self.beginRemoveRows(_ROOT, place, place)
        del self._rows[place]
        self.endRemoveRows()

    def changed(self, row: JobRow) -> None:
        """Have a row painted anew."""
        index = self.index_of(row)
        self.dataChanged.emit(index, index)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many runs there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself for the delegate; words for screen readers and tool tips."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tooltip(time.time())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            fraction = row.fraction
            percent = "" if fraction is None else f", {fraction:.0%}"
            return f"{row.entry.title}, {row.chip[0]}{percent}, {row.detail_text(time.time())}"
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a new title."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        row = self._rows[index.row()]
        if str(value).strip() != row.entry.title:
            self.renamed.emit(row, str(value))
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Rows can be chosen and renamed."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable


def _order(row: JobRow) -> float:
    return -row.entry.created_seconds
