"""The list of training runs, for Qt's views."""

from __future__ import annotations

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

from studio.gui.training.run import TrainingRun

RUN_ROLE = Qt.ItemDataRole.UserRole + 1
COLOUR_ROLE = Qt.ItemDataRole.UserRole + 2
_SHOWN_AT_FIRST = 3

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RunListModel(QAbstractListModel):
    """Runs, newest first, each with a colour for good and a tick that draws it."""

    ticked = Signal()
    renamed = Signal(object, str)  # TrainingRun, new title

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[TrainingRun] = []
        self._colours: dict[str, int] = {}
        self._ticks: dict[str, bool] = {}

    @property
    def runs(self) -> Sequence[TrainingRun]:
        """Newest first."""
        return self._runs

    @property
    def drawn(self) -> list[TrainingRun]:
        """Those that are ticked."""
        return [run for run in self._runs if self._ticks[run.name]]

    def colour(self, run: TrainingRun) -> int:
        """Position in the theme's series."""
        return self._colours[run.name]

    def index_of(self, name: str) -> QModelIndex:
        """Where a run stands now; invalid when it is not there."""
        rows = [row for row, run in enumerate(self._runs) if run.name == name]
        return self.index(rows[0], 0) if rows else QModelIndex()

    def show_runs(self, runs: list[TrainingRun]) -> None:
        """Bring the list in line; the view keeps its selection."""
        self._greet(runs)
        wanted = [run.name for run in runs]
        for row in reversed(range(len(self._runs))):
            if self._runs[row].name not in wanted:
                self.beginRemoveRows(_ROOT, row, row)
                del self._runs[row]
                self.endRemoveRows()
        for row, run in enumerate(runs):
            if row >= len(self._runs) or self._runs[row].name != run.name:
                self.beginInsertRows(_ROOT, row, row)
                self._runs.insert(row, run)
                self.endInsertRows()
            self._runs[row] = run
        if runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, 0))

    def _greet(self, runs: list[TrainingRun]) -> None:
        """A new run gets a colour; the newest at first sight, and whatever starts later, a tick."""
        is_first_sight = not self._colours
        for position, run in enumerate(runs):
            if run.name not in self._colours:
                # The lowest number that no listed run has: colours are few.
                taken = {self._colours[each.name] for each in self._runs}
                taken |= {self._colours[each.name] for each in runs if each.name in self._colours}
                free = (number for number in range(len(taken) + 1) if number not in taken)
                self._colours[run.name] = next(free)
                self._ticks[run.name] = (
                    position < _SHOWN_AT_FIRST if is_first_sight else run.is_live
                )

    def draw(self, name: str, *, only: bool = False) -> None:
        """Tick a run, and perhaps no other."""
        if only:
            self._ticks = dict.fromkeys(self._ticks, False)
        self._ticks[name] = True
        if self._runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._runs) - 1, 0))
        self.ticked.emit()

    # -- Qt's questions ------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many runs there are."""
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The run itself for the delegate; words for screen readers and tool tips."""
        if not index.isValid():
            return None
        run = self._runs[index.row()]
        if role == RUN_ROLE:
            return run
        if role == COLOUR_ROLE:
            return self._colours[run.name]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self._ticks[run.name] else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.tooltip(time.time())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            drawn = "drawn" if self._ticks[run.name] else "not drawn"
            left = run.left_text(time.time())
            parts = [run.title, run.row.chip[0], run.figures_text(), left, run.note, drawn]
            return ", ".join(part for part in parts if part)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a tick or a new title."""
        if not index.isValid():
            return False
        run = self._runs[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self._ticks[run.name] = Qt.CheckState(value) == Qt.CheckState.Checked
            self.dataChanged.emit(index, index)
            self.ticked.emit()
            return True
        if role == Qt.ItemDataRole.EditRole:
            if str(value).strip() != run.title:
                self.renamed.emit(run, str(value))
            return True
        return False

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Runs can be chosen, ticked and renamed."""
        can = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable
        return super().flags(index) | can
