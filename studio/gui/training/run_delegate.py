"""Paints a training run: tick, title, status, how far it is, what the user noted."""

from __future__ import annotations

import time

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.gui import icons
from studio.gui.theme import current_theme
from studio.gui.training.run import TrainingRun
from studio.gui.training.run_list_model import COLOUR_ROLE, RUN_ROLE
from studio.gui.widgets.card_head import paint_card_head

_MARGIN, _GAP = 8, 3
_TICK = 14
_BAR_HEIGHT = 3

_Index = QModelIndex | QPersistentModelIndex


class RunDelegate(QStyledItemDelegate):
    """Two lines a run; the tick has the colour of the run's curves."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """The same for every run."""
        return QSize(160, 2 * option.fontMetrics.height() + _GAP + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a run."""
        run: TrainingRun = index.data(RUN_ROLE)
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(theme.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(theme.hover))
        painter.setPen(QColor(theme.border))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        colour = QColor(theme.series[index.data(COLOUR_ROLE) % len(theme.series)])
        is_ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        self._paint_tick(painter, self._tick_area(option.rect), colour, is_ticked=is_ticked)
        area = self._text_area(option.rect)
        line = option.fontMetrics.height()
        head = QRect(area.left(), area.top(), area.width(), line)
        text, tone = run.row.chip
        if not run.row.is_stopping:
            text = run.left_text(time.time()) or text
        paint_card_head(painter, option, head, run.title, (text, tone), Qt.TextElideMode.ElideRight)
        below = QRect(area.left(), head.bottom() + 1 + _GAP, area.width(), line)
        self._paint_words(painter, option, below, run)
        self._paint_bar(painter, option.rect, run)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """The field for a new title."""
        editor = super().createEditor(parent, option, index)
        editor.setAccessibleName("Title of the run")
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        """The title is edited where it stands."""
        area = self._text_area(option.rect)
        height = editor.sizeHint().height()
        editor.setGeometry(area.left() - 4, option.rect.top() + 2, area.width() + 4, height)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        """A click on the tick; Space is Qt's own."""
        if isinstance(event, QMouseEvent):
            place = event.position().toPoint()
            column = QRect(option.rect)
            column.setWidth(_MARGIN + _TICK + _MARGIN // 2)
            if not column.contains(place) or event.button() != Qt.MouseButton.LeftButton:
                return False
            if event.type() == QEvent.Type.MouseButtonRelease:
                was = index.data(Qt.ItemDataRole.CheckStateRole)
                is_on = was == Qt.CheckState.Checked
                new = Qt.CheckState.Unchecked if is_on else Qt.CheckState.Checked
                model.setData(index, new, Qt.ItemDataRole.CheckStateRole)
            return True
        return super().editorEvent(event, model, option, index)

    def _tick_area(self, rect: QRect) -> QRect:
        area = QRect(0, 0, _TICK, _TICK)
        area.moveTopLeft(rect.topLeft())
        area.translate(_MARGIN, _MARGIN + 1)
        return area

    def _text_area(self, rect: QRect) -> QRect:
        return rect.adjusted(_MARGIN + _TICK + 8, _MARGIN, -_MARGIN, -_MARGIN)

    def _paint_tick(
        self, painter: QPainter, area: QRect, colour: QColor, *, is_ticked: bool
    ) -> None:
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if is_ticked else QColor(0, 0, 0, 0))
        painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 3.5, 3.5)
        if is_ticked:
            side = _TICK - 4
            mark = icons.pixmap("check", side, current_theme().surface)
            painter.drawPixmap(area.left() + 2, area.top() + 2, side, side, mark)

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, run: TrainingRun
    ) -> None:
        """How far it is, and what was noted."""
        theme = current_theme()
        painter.setFont(option.font)
        parts = [run.note.replace("\n", " ")] if run.note else []
        painter.setPen(QColor(theme.muted))
        words = " · ".join([run.figures_text(), *parts])
        elided = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, elided)

    def _paint_bar(self, painter: QPainter, rect: QRect, run: TrainingRun) -> None:
        """A line along the lower edge, as far as the run has come."""
        fraction = run.fraction
        if fraction is None:
            return
        theme = current_theme()
        done = QRectF(
            rect.left(), rect.bottom() - _BAR_HEIGHT, rect.width() * fraction, _BAR_HEIGHT
        )
        painter.fillRect(done, QColor(theme.warn if run.row.is_stopping else theme.accent))
