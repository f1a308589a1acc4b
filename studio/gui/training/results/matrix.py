"""The confusion matrix as a heat map; right ones and confusions have scales of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
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
_LEAST_TEXT_CELL = 24
_LEAST_RULED_CELL = 6
_LEAST_LABELLED_HEIGHT = 280


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
        self.setMinimumSize(200, 80)
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

    def colours(self, theme: Theme) -> NDArray[np.uint8]:
        """The cells' colours.

        Right ones go to green, confusions to red, each by the largest of their kind (a share's
        diagonal by 1), so that a confusion of a few percent is seen beside 90 % that are right.

        Returns:
            uint8 [N, N, 3] RGB.
        """
        diagonal = np.eye(len(self._values), dtype=bool)
        limits = np.where(diagonal, self._largest(True), self._largest(False))
        strength = np.sqrt(np.clip(self._values / limits, 0.0, 1.0))[..., None]
        goal = np.where(diagonal[..., None], _rgb(theme.good), _rgb(theme.bad))
        ground = _rgb(theme.surface)
        mixed = np.where(
            np.isnan(strength),
            _rgb(theme.raised),
            ground + (goal - ground) * np.nan_to_num(strength),
        )
        colours: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
        return colours

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
        """Where the cells lie: a square, or wider where there is too little height for one."""
        line = QFontMetrics(self.font()).height() + 4
        left = line + self._label_pixels()
        top = left if self.height() >= _LEAST_LABELLED_HEIGHT else line
        width, height = max(10.0, self.width() - left - 4.0), max(10.0, self.height() - top - 4.0)
        wide = 1.0 if height >= _LEAST_LABELLED_HEIGHT else 2.5
        return QRectF(left, top, min(width, wide * height), min(height, width))

    def _cell_size(self) -> tuple[float, float]:
        """Width and height."""
        field, size = self._field(), max(1, len(self._values))
        return field.width() / size, field.height() / size

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell is painted."""
        field = self._field()
        width, height = self._cell_size()
        return QRectF(field.left() + cell[1] * width, field.top() + cell[0] * height, width, height)

    def cell_at(self, at: QPointF) -> Cell | None:
        """The cell at a point."""
        field = self._field()
        size = len(self._values)
        if not size or not field.contains(at):
            return None
        width, height = self._cell_size()
        row, column = int((at.y() - field.top()) / height), int((at.x() - field.left()) / width)
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
        self._paint_cells(painter, theme)
        self._paint_labels(painter, theme)
        for cell, colour in ((self._pointed, theme.text), (self._picked, theme.accent)):
            if cell is not None:
                painter.setPen(QPen(QColor(colour), 2))
                painter.drawRect(self.cell_rect(cell))
        painter.end()

    def _paint_cells(self, painter: QPainter, theme: Theme) -> None:
        """One small picture scaled up: hundreds of classes would be too many rectangles."""
        size = len(self._values)
        colours = np.ascontiguousarray(self.colours(theme))
        image = QImage(colours.data, size, size, 3 * size, QImage.Format.Format_RGB888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        field = self._field()
        painter.drawImage(field, image)
        width, height = self._cell_size()
        if min(width, height) >= _LEAST_RULED_CELL:
            painter.setPen(QColor(theme.surface))
            for i in range(1, size):
                x, y = field.left() + i * width, field.top() + i * height
                painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
                painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
        painter.setPen(QColor(theme.border))
        painter.drawRect(field)
        if min(width, height) < _LEAST_TEXT_CELL:
            return
        for cell in np.argwhere(np.nan_to_num(self._values) > 0):
            row, column = int(cell[0]), int(cell[1])
            painter.setPen(QColor(_ink(colours[row, column])))
            words = _short(float(self._values[row, column]), self._share)
            painter.drawText(self.cell_rect((row, column)), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_labels(self, painter: QPainter, theme: Theme) -> None:
        field = self._field()
        metrics = painter.fontMetrics()
        room = self._label_pixels() - 6
        width, height = self._cell_size()
        marked = self._pointed or self._picked or (-1, -1)
        middle = Qt.AlignmentFlag.AlignVCenter
        for index in self._labelled(height, marked[0]):
            painter.setPen(QColor(theme.accent if marked[0] == index else theme.text))
            words = metrics.elidedText(self._labels[index], Qt.TextElideMode.ElideRight, room)
            y = field.top() + (index + 0.5) * height
            place = QRectF(field.left() - 6 - room, y - 10, room, 20)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, words)
        for index in self._labelled(width, marked[1]) if field.top() > room else ():
            painter.setPen(QColor(theme.accent if marked[1] == index else theme.text))
            words = metrics.elidedText(self._labels[index], Qt.TextElideMode.ElideRight, room)
            painter.translate(field.left() + (index + 0.5) * width, field.top() - 6)
            painter.rotate(-90)
            painter.drawText(QRectF(0, -10, room, 20), Qt.AlignmentFlag.AlignLeft | middle, words)
            painter.resetTransform()
        painter.setPen(QColor(theme.muted))
        line = metrics.height() + 4
        centred = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(field.left(), 0, field.width(), line), centred, "predicted")
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), line), centred, "truth")
        painter.resetTransform()

    def _labelled(self, step: float, marked: int) -> list[int]:
        """Which classes are named where cells follow each other so closely; the marked one is."""
        every = max(1, int(np.ceil(QFontMetrics(self.font()).height() * 0.9 / step)))
        return [
            index
            for index in range(len(self._labels))
            if index == marked
            or (index % every == 0 and (marked < 0 or abs(index - marked) >= every))
        ]

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


def _rgb(colour: str) -> NDArray[np.float64]:
    parsed = QColor(colour)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], np.float64)


def _ink(ground: NDArray[np.uint8]) -> str:
    """Black or white, whichever contrasts more (relative luminance as WCAG has it)."""
    linear = (ground / 255.0) ** 2.2
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#000000" if luminance > 0.179 else "#ffffff"


def _short(value: float, share: Share) -> str:
    """As short as it fits into a cell: a percentage, or a count with its power."""
    if share is not Share.PIXELS:
        return f"{100 * value:.0f}" if value >= 0.005 else ""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.0f}{unit}"
    return f"{value:.0f}"
