"""Paints a run: title and status, progress, and a line of words."""

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
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.gui import icons
from studio.gui.jobs.list_model import ROW_ROLE
from studio.gui.jobs.row import JobRow, duration_text
from studio.gui.theme import current_theme
from studio.gui.widgets.card_head import paint_card_head

_MARGIN = 12
_GAP = 7
_BAR_HEIGHT = 6
_BUTTON_SIDE = 26
_ICON_SIDE = 16

_Index = QModelIndex | QPersistentModelIndex


class JobDelegate(QStyledItemDelegate):
    """One run as a card with, at its right, the button that matters most in its state."""

    button_clicked = Signal(object)  # JobRow

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Two lines of text and the bar between them, for every run."""
        line = option.fontMetrics.height()
        return QSize(200, 2 * line + _BAR_HEIGHT + 2 * _GAP + 2 * _MARGIN - 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a run."""
        row: JobRow = index.data(ROW_ROLE)
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(theme.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(theme.hover))
        painter.setPen(QColor(theme.border))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

        area = self._text_area(option.rect)
        line = option.fontMetrics.height()
        if not row.is_live:  # without a bar, the two lines stand in the middle
            area.translate(0, (_BAR_HEIGHT + _GAP) // 2)
        head = QRect(area.left(), area.top(), area.width(), line)
        middle = Qt.TextElideMode.ElideMiddle
        paint_card_head(painter, option, head, row.entry.title, row.chip, middle)
        below = area.top() + line + _GAP
        if row.is_live:
            bar = QRect(area.left(), below, area.width(), _BAR_HEIGHT)
            self._paint_bar(painter, option, bar, row)
            below += _BAR_HEIGHT + _GAP
        self._paint_words(painter, option, QRect(area.left(), below, area.width(), line), row)
        shown = self._button_of(row)
        if shown is not None:
            icon, _ = shown
            button = self._button_area(option.rect)
            icon.paint(painter, button.adjusted(5, 5, -5, -5))
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """The field for a new title."""
        editor = super().createEditor(parent, option, index)
        editor.setAccessibleName("Title of the run")
        return editor

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> None:
        """The title is edited where it stands."""
        area = self._text_area(option.rect)
        editor.setGeometry(
            area.left() - 4, option.rect.top() + 4, area.width() + 4, editor.sizeHint().height()
        )

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        """A click on the button of a run."""
        if (
            event.type() == QEvent.Type.MouseButtonRelease
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
            and self._button_area(option.rect).contains(event.position().toPoint())
        ):
            row: JobRow = index.data(ROW_ROLE)
            if self._button_of(row) is not None:
                self.button_clicked.emit(row)
                return True
        return super().editorEvent(event, model, option, index)

    def _text_area(self, rect: QRect) -> QRect:
        return rect.adjusted(_MARGIN, _MARGIN - 2, -(_MARGIN + _BUTTON_SIDE + 4), -_MARGIN)

    def _button_area(self, rect: QRect) -> QRect:
        area = QRect(0, 0, _BUTTON_SIDE, _BUTTON_SIDE)
        area.moveCenter(rect.center())
        area.moveRight(rect.right() - _MARGIN + 4)
        return area

    def _button_of(self, row: JobRow) -> tuple[QIcon, str] | None:
        """The one thing that is likeliest to be done with a run now."""
        if row.can_be_killed(time.time()):
            return icons.icon("stop", "bad"), "End now"
        if row.is_live and not row.is_stopping:
            return icons.icon("stop"), "Stop"
        if row.video is not None:
            return icons.icon("play"), "Play the result"
        if row.error is not None:
            return icons.icon("info"), "Show what went wrong"
        return None

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, row: JobRow
    ) -> None:
        """What happens at the left, the time left at the right, which is never cut off."""
        theme = current_theme()
        now_seconds = time.time()
        painter.setFont(option.font)
        remaining = row.remaining_seconds(now_seconds)
        if remaining is not None:
            words = f"{duration_text(remaining)} left"
            painter.setPen(QColor(theme.text))
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(area, align, words)
            area = area.adjusted(0, 0, -(option.fontMetrics.horizontalAdvance(words) + 10), 0)
        painter.setPen(QColor(theme.text if row.error is not None else theme.muted))
        elided = option.fontMetrics.elidedText(
            row.detail_text(now_seconds), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, elided)

    def _paint_bar(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, row: JobRow
    ) -> None:
        """A bar with its percentage; only the ground while the total is not known."""
        theme = current_theme()
        fraction = row.fraction
        if fraction is not None:
            percent = f"{int(fraction * 100)} %"
            widest = option.fontMetrics.horizontalAdvance("100 %")
            words = QRect(area.right() - widest, area.top() - 6, widest + 1, area.height() + 12)
            painter.setFont(option.font)
            painter.setPen(QColor(theme.text))
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(words, align, percent)
            area = area.adjusted(0, 0, -(widest + 10), 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(area, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
        if fraction:
            done = QRectF(area)
            done.setWidth(max(_BAR_HEIGHT, area.width() * fraction))
            painter.setBrush(QColor(theme.warn if row.is_stopping else theme.accent))
            painter.drawRoundedRect(done, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
