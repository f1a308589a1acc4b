"""The legend: an eye, a colour, a name and a share for each class."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.overlay.legend_model import COLOUR_ROLE, SHARE_ROLE, LegendModel
from studio.gui.theme import current_theme

_ROW_HEIGHT = 26
_SHARE_WIDTH = 58
_BAR_WIDTH = 50

_Index = QModelIndex | QPersistentModelIndex


class _ClassDelegate(QStyledItemDelegate):
    """Paints a row and takes the click that shows or hides its class."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hovered_class = -1
        self._eye = icon("eye")
        self._eye_off = icon("eye-off", "muted")

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Rows of one height."""
        return QSize(200, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Eye, swatch, name, bar, share."""
        theme = current_theme()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        palette: QPalette = option.palette
        visible = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        share: float = index.data(SHARE_ROLE)
        colour: QColor = index.data(COLOUR_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.row() == self.hovered_class:
            painter.fillRect(rect, QColor(theme.selection))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        eye = QRect(rect.left() + 8, rect.center().y() - 8, 17, 17)
        shown_icon: QIcon = self._eye if visible else self._eye_off
        # Its pixmap is kept; painting the icon itself would render its SVG each time.
        painter.drawPixmap(eye, shown_icon.pixmap(eye.size(), painter.device().devicePixelRatio()))
        swatch = QRectF(rect.left() + 33, rect.center().y() - 6, 13, 13)
        painter.setPen(QColor(theme.faint))
        painter.setBrush(colour if visible else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(swatch, 3, 3)
        present = share > 0
        painter.setPen(
            palette.color(QPalette.ColorRole.Text) if present and visible else QColor(theme.muted)
        )
        bar = QRectF(
            rect.right() - _SHARE_WIDTH - _BAR_WIDTH - 6, rect.center().y() - 2, _BAR_WIDTH, 5
        )
        name = rect.adjusted(54, 0, 0, 0)
        name.setRight(int(bar.left()) - 8)
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        if present:
            painter.drawText(
                rect.adjusted(0, 0, -8, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"{share * 100:.1f} %" if share >= 0.0005 else "< 0.1 %",
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(bar, 2.5, 2.5)
            painter.setBrush(QColor(theme.accent))
            bar.setWidth(max(bar.width() * share, 2.0))
            painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.restore()

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        """A click anywhere on the row shows or hides its class."""
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() == (  # type: ignore[attr-defined]
            Qt.MouseButton.LeftButton
        ):
            visible = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            goal = Qt.CheckState.Unchecked if visible else Qt.CheckState.Checked
            return model.setData(index, goal, Qt.ItemDataRole.CheckStateRole)
        return False


class LegendView(QListView):
    """The list of classes.

    Args:
        model: the classes.
        parent: owner.
    """

    def __init__(self, model: LegendModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = model
        self._delegate = _ClassDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Classes")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)

    def mark_class(self, index: int) -> None:
        """Highlight the class under the pointer in the picture; -1 for none."""
        self._delegate.hovered_class = index
        self.viewport().update()

    def _show_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        menu = QMenu(self)
        if index.isValid():
            menu.addAction(
                f"Show only {index.data()}", lambda: self._classes.show_only(index.row())
            )
        menu.addAction("Show all", self._classes.show_all)
        menu.addAction("Hide all", self._classes.hide_all)
        menu.exec(self.viewport().mapToGlobal(point))
