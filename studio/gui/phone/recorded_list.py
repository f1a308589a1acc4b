"""Sessions as a list: those that run now, and the recorded ones that can be replayed."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.gui.phone.sessions import SHIPPED_NOTE, SessionEntry
from studio.gui.phone.words import when_words
from studio.gui.theme import current_theme, theme_changed
from studio.gui.widgets.card_head import paint_card_head

ENTRY_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex


def note_of(entry: SessionEntry) -> str:
    """The second line of a session."""
    return SHIPPED_NOTE if entry.is_shipped else when_words(entry.created_seconds)


def chip_of(entry: SessionEntry) -> tuple[str, str] | None:
    """What the chip says, and the theme's colour for it; None for an ordinary recording."""
    if entry.is_live:
        return "Live", "good"
    return ("Sample", "muted") if entry.is_shipped else None


class _Entries(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: list[SessionEntry] = []

    def replace(self, entries: list[SessionEntry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            chip = chip_of(entry)
            return ", ".join((entry.title, chip[0] if chip else "Recorded", note_of(entry)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.title}\n{note_of(entry)}\nClick to show it."
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(160, 2 * QFontMetrics(option.font).height() + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: SessionEntry = index.data(ENTRY_ROLE)
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = option.state
        ground = ""
        if state & QStyle.StateFlag.State_Selected:
            ground = theme.selection
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = theme.hover
        if ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), 6, 6)
        inner = option.rect.adjusted(10, 5, -8, -5)
        line = QFontMetrics(option.font).height()
        head = QRect(inner.left(), inner.top(), inner.width(), line)
        self._paint_head(painter, option, head, entry)
        small = QFont(option.font)
        small.setPixelSize(max(9, round(line * 0.72)))
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        below = QRect(inner.left(), inner.top() + line + 2, inner.width(), line)
        words = QFontMetrics(small).elidedText(
            note_of(entry), Qt.TextElideMode.ElideRight, below.width()
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    @staticmethod
    def _paint_head(
        painter: QPainter, option: QStyleOptionViewItem, area: QRect, entry: SessionEntry
    ) -> None:
        chip, elide = chip_of(entry), Qt.TextElideMode.ElideRight
        if chip is not None:
            paint_card_head(painter, option, area, entry.title, chip, elide)
            return
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(current_theme().text))
        title = QFontMetrics(bold).elidedText(entry.title, elide, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, title)


class SessionsView(QListView):
    """The list; a click, or Return, shows a session."""

    chosen = Signal(object)  # SessionEntry

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = _Entries(self)
        self.setModel(self._entries)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Sessions")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setMinimumHeight(96)
        self.clicked.connect(self._tell)
        self.activated.connect(self._tell)
        theme_changed.connect(self._on_theme)

    @property
    def entries(self) -> list[SessionEntry]:
        """As shown, top to bottom."""
        return self._entries.entries

    def show_entries(self, entries: list[SessionEntry], shown_name: str) -> None:
        """Show what there is.

        Args:
            entries: live ones first.
            shown_name: of the session that the panel shows; it is marked.
        """
        if entries != self._entries.entries:
            self._entries.replace(entries)
        for row, entry in enumerate(entries):
            if entry.name == shown_name:
                self.setCurrentIndex(self._entries.index(row))
                return
        self.clearSelection()

    def _tell(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(ENTRY_ROLE))

    def _on_theme(self, _theme: object) -> None:
        self.viewport().update()
