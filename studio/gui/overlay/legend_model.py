"""The classes of the open model: visible or not, and their share of the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor

from studio.gui.playback.shown import ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from studio.inference.model import ModelInfo

SHARE_ROLE = Qt.ItemDataRole.UserRole
COLOUR_ROLE = Qt.ItemDataRole.UserRole + 1
_REFRESH_MILLIS = 200

_Index = QModelIndex | QPersistentModelIndex


class LegendModel(QAbstractListModel):
    """One row a class. Shares follow the frame on screen five times a second.

    Args:
        playback: whose model and overlay are shown.
        parent: owner.
    """

    def __init__(self, playback: PlaybackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self._labels: tuple[str, ...] = ()
        self._colours: list[QColor] = []
        self._shares: NDArray[np.float64] = np.zeros(0)
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MILLIS)
        self._timer.timeout.connect(self._refresh)
        playback.model_opened.connect(self._on_model)
        playback.model_closed.connect(self._on_model_closed)
        playback.frame_shown.connect(self._on_frame)
        playback.overlay_changed.connect(self._on_overlay)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many classes there are."""
        return 0 if parent.isValid() else len(self._labels)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, visibility, colour and share of a class."""
        row = index.row()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._labels[row]
            case Qt.ItemDataRole.CheckStateRole:
                hidden = row in self._playback.overlay.hidden_classes
                return Qt.CheckState.Unchecked if hidden else Qt.CheckState.Checked
            case Qt.ItemDataRole.ToolTipRole:
                return f"{self._labels[row]} (index {row}): click to show or hide it"
            case _ if role == SHARE_ROLE:
                return float(self._shares[row])
            case _ if role == COLOUR_ROLE:
                return self._colours[row]
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Show or hide a class."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.set_visible(index.row(), Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Rows can be chosen and ticked."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def set_visible(self, row: int, visible: bool) -> None:
        """Show or hide a class."""
        hidden = self._playback.overlay.hidden_classes
        self._hide(hidden - {row} if visible else hidden | {row})

    def show_only(self, row: int) -> None:
        """Hide every class but one."""
        self._hide(frozenset(range(len(self._labels))) - {row})

    def show_all(self) -> None:
        """Show every class but the background."""
        self._hide(frozenset({0}))

    def hide_all(self) -> None:
        """Hide every class."""
        self._hide(frozenset(range(len(self._labels))))

    def _hide(self, hidden: frozenset[int]) -> None:
        self._playback.set_overlay(replace(self._playback.overlay, hidden_classes=hidden))

    def _on_model(self, info: ModelInfo) -> None:
        self.beginResetModel()
        self._labels = info.labels
        self._colours = [QColor(*colour) for colour in info.palette]
        self._shares = np.zeros(len(info.labels))
        self.endResetModel()

    def _on_model_closed(self) -> None:
        self.beginResetModel()
        self._labels = ()
        self._colours = []
        self._shares = np.zeros(0)
        self.endResetModel()

    def _on_frame(self, _shown: ShownFrame) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_overlay(self, _overlay: object) -> None:
        if self._labels:
            self.dataChanged.emit(self.index(0), self.index(len(self._labels) - 1))

    def _refresh(self) -> None:
        shown = self._playback.shown
        if shown is None or shown.class_pixels is None:
            return
        if len(shown.class_pixels) != len(self._labels):
            return  # a frame of the model before
        shares = shown.class_pixels / max(int(shown.class_pixels.sum()), 1)
        # Painting a row costs more than comparing it: only what reads differently is painted anew.
        changed = np.flatnonzero(np.round(shares, 3) != np.round(self._shares, 3))
        self._shares = shares
        for row in changed.tolist():
            self.dataChanged.emit(self.index(row), self.index(row), [SHARE_ROLE])
