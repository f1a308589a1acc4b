"""The confusion matrix as a heat map; right ones and confusions have scales of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio.gui.theme import Theme, current_theme
from studio.gui.training.results.confusions import Counts, Share, shares

Cell = tuple[int, int]
_MOST_LABEL_PIXELS = 110
_LEAST_TEXT_CELL = 30


class ConfusionMatrix(QWidget):
    """Rows are true classes, columns predicted ones."""

    pointed = Signal(object)  # Cell or None
    picked = Signal(object)  # Cell or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._values: NDArray[np.float64] = np.zeros((0, 0))
        self._share = Share.TRUTH
        self._pointed: Cell | None = None
        self._picked: Cell | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(300, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix: rows are true classes, columns predicted ones")

    # -- what is shown -------------------------------------------------------------------------

    @property
    def picked_cell(self) -> Cell | None:
        """Truth and prediction of the cell that was clicked."""
        return self._picked

    def show_counts(self, labels: Sequence[str], counts: Counts, share: Share) -> None:
        """Show another matrix.

        Args:
            labels: one a row.
            counts: int64 [N, N] by [truth][prediction].
            share: what cells are a share of.
        """
        self._labels = tuple(labels)
        self._values = shares(counts, share)
        self._share = share
        size = len(self._values)
        if self._picked is not None and max(self._picked) >= size:
            self._picked = None
        self.update()

    def pick(self, cell: Cell | None) -> None:
        """Mark a cell; None for none."""
        if cell != self._picked:
            self._picked = cell
            self.picked.emit(cell)
            self.update()

    def colour(self, truth: int, prediction: int, theme: Theme) -> QColor:
        """A cell's colour.

        Right ones go to green, confusions to red, each by the largest of their kind (a share's
        diagonal by 1), so that a confusion of a few percent is seen beside 90 % that are right.
        """
        value = self._values[truth, prediction]
        if np.isnan(value):
            return QColor(theme.raised)
        strength = value / self._largest(truth == prediction)
        goal = QColor(theme.good if truth == prediction else theme.bad)
        return _mixed(QColor(theme.surface), goal, float(np.sqrt(strength)))

    def _largest(self, is_diagonal: bool) -> float:
        if is_diagonal and self._share is not Share.PIXELS:
            return 1.0
        on_diagonal = np.eye(len(self._values), dtype=bool)
        values = self._values[on_diagonal if is_diagonal else ~on_diagonal]
        return float(np.nanmax(values, initial=0.0)) or 1.0

    # -- layout --------------------------------------------------------------------------------

    def _label_pixels(self) -> int:
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(label) for label in self._labels), default=0)
        return min(widest, _MOST_LABEL_PIXELS) + 8

    def _field(self) -> QRectF:
        """Where the cells lie: a square beside and below the labels."""
        line = QFontMetrics(self.font()).height() + 4
        labels = self._label_pixels()
        left, top = line + labels, line + labels
        side = max(10.0, min(self.width() - left - 4.0, self.height() - top - 4.0))
        return QRectF(left, top, side, side)

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell is painted."""
        field = self._field()
        side = field.width() / max(1, len(self._values))
        return QRectF(field.left() + cell[1] * side, field.top() + cell[0] * side, side, side)

    def cell_at(self, at: QPointF) -> Cell | None:
        """The cell at a point."""
        field = self._field()
        size = len(self._values)
        if not size or not field.contains(at):
            return None
        side = field.width() / size
        row, column = int((at.y() - field.top()) / side), int((at.x() - field.left()) / side)
        return min(row, size - 1), min(column, size - 1)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Cells, labels, marks."""
        theme = current_theme()
        painter = QPainter(self)
        size = len(self._values)
        if not size:
            painter.end()
            return
        side = self._field().width() / size
        for truth in range(size):
            for prediction in range(size):
                self._paint_cell(painter, (truth, prediction), theme, side)
        self._paint_labels(painter, theme, side)
        for cell, colour in ((self._pointed, theme.text), (self._picked, theme.accent)):
            if cell is not None:
                painter.setPen(QPen(QColor(colour), 2))
                painter.drawRect(self.cell_rect(cell))
        painter.end()

    def _paint_cell(self, painter: QPainter, cell: Cell, theme: Theme, side: float) -> None:
        area = self.cell_rect(cell)
        gap = 1.0 if side > 6 else 0.0
        colour = self.colour(*cell, theme)
        painter.fillRect(area.adjusted(0, 0, -gap, -gap), colour)
        value = self._values[cell]
        if side < _LEAST_TEXT_CELL or np.isnan(value) or value == 0:
            return
        painter.setPen(QColor("#000000" if colour.lightnessF() > 0.5 else "#ffffff"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _short(value, self._share))

    def _paint_labels(self, painter: QPainter, theme: Theme, side: float) -> None:
        field = self._field()
        metrics = painter.fontMetrics()
        room = self._label_pixels() - 6
        every = max(1, int(np.ceil(metrics.height() * 0.9 / side)))
        marked = self._pointed or self._picked
        for index, label in enumerate(self._labels):
            words = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            for is_row in (True, False):
                is_marked = marked is not None and marked[0 if is_row else 1] == index
                if index % every and not is_marked:
                    continue
                painter.setPen(QColor(theme.accent if is_marked else theme.text))
                middle = (index + 0.5) * side
                painter.save()
                if is_row:
                    painter.translate(field.left() - 6, field.top() + middle)
                    align = Qt.AlignmentFlag.AlignRight
                    place = QRectF(-room, -10, room, 20)
                else:
                    painter.translate(field.left() + middle, field.top() - 6)
                    painter.rotate(-90)
                    align = Qt.AlignmentFlag.AlignLeft
                    place = QRectF(0, -10, room, 20)
                painter.drawText(place, align | Qt.AlignmentFlag.AlignVCenter, words)
                painter.restore()
        painter.setPen(QColor(theme.muted))
        line = metrics.height() + 4
        centred = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(field.left(), 0, field.width(), line), centred, "predicted")
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), line), centred, "truth")
        painter.resetTransform()

    # -- pointer and keys ----------------------------------------------------------------------

    def _point(self, cell: Cell | None) -> None:
        if cell != self._pointed:
            self._pointed = cell
            self.pointed.emit(cell)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which cell is under the pointer."""
        self._point(self.cell_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        """No cell is."""
        self._point(None)
        super().leaveEvent(event)  # type: ignore[arg-type]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark a cell, or no longer."""
        cell = self.cell_at(event.position())
        self.pick(None if cell == self._picked else cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows with Shift move the mark; without, they belong to the epochs."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        size = len(self._values)
        if move and size and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            row, column = self._picked or (0, 0)
            self.pick(((row + move[0]) % size, (column + move[1]) % size))
        else:
            super().keyPressEvent(event)


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    """A colour between two; share 0 is the first."""
    share = min(max(share, 0.0), 1.0)
    pairs = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))


def _short(value: float, share: Share) -> str:
    """As short as it fits into a cell: a percentage, or a count with its power."""
    if share is not Share.PIXELS:
        return f"{100 * value:.0f}" if value >= 0.005 else ""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.0f}{unit}"
    return f"{value:.0f}"
