"""A searchable list of everything the menus can do, driven by the keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QFont, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMenuBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.gui.fuzzy import Match, match
from studio.gui.settings import Settings
from studio.gui.theme import current_theme

_RECENT_KEY = "commands"
_WIDTH = 620
_ROW_HEIGHT = 32
_SHOWN_ROWS = 12


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the palette.

    Attributes:
        path: menus on the way and the action's text, as in `View › Theme › Dark`.
        action: what is triggered.
    """

    path: str
    action: QAction


def commands_of(
    menus: QMenuBar | QMenu, prefix: str = "", include_disabled: bool = False
) -> list[Command]:
    """Collect the actions of the menus, in their order.

    Args:
        menus: a menu bar or a menu.
        prefix: path of the menu.
        include_disabled: also those that cannot be triggered now.
    """
    found: list[Command] = []
    for action in menus.actions():
        if action.isSeparator() or not action.isVisible():
            continue
        if not (action.isEnabled() or include_disabled):
            continue
        text = prefix + plain_text(action)
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            found += commands_of(submenu, f"{text} › ", include_disabled)
        else:
            found.append(Command(text, action))
    return found


def plain_text(action: QAction) -> str:
    """An action's text without the mark of its access key."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


class _Commands(QAbstractListModel):
    """The commands that fit what is typed, best first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: list[Command] = []
        self._recent: list[str] = []
        self.shown: list[tuple[Command, Match]] = []

    def load(self, commands: list[Command], recent: list[str]) -> None:
        self._all = commands
        self._recent = recent
        self.search("")

    def search(self, typed: str) -> None:
        fits = [(command, match(typed, command.path)) for command in self._all]
        kept = [(command, fit) for command, fit in fits if fit is not None]
        ranks = {path: rank for rank, path in enumerate(self._recent)}

        def order(entry: tuple[Command, Match]) -> tuple[int, int]:
            command, fit = entry
            rank = ranks.get(command.path, len(ranks))
            if not typed.strip():
                return rank, 0
            # Among equal fits what was used lately comes first, shorter names before longer.
            bonus = 3 if command.path in ranks else 0
            return -(4 * fit.score + 4 * bonus - len(command.path) // 4), rank

        self.beginResetModel()
        self.shown = sorted(kept, key=order)
        self.endResetModel()

    def is_recent(self, row: int) -> bool:
        return self.shown[row][0].path in self._recent

    def rowCount(
        self,
        parent: QModelIndex | QPersistentModelIndex = QModelIndex(),  # noqa: B008 - Qt's default
    ) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        command = self.shown[index.row()][0]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.path
        if role == Qt.ItemDataRole.ToolTipRole:
            return command.action.statusTip() or None
        return None


class _Row(QStyledItemDelegate):
    """Icon, path with the typed letters set off, shortcut."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(_WIDTH - 40, _ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = current_theme()
        model = index.model()
        assert isinstance(model, _Commands)
        command, fit = model.shown[index.row()]
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(theme.selection))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 6, 6)
        command.action.icon().paint(painter, QRect(area.left() + 12, area.top() + 8, 16, 16))
        shortcut = command.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        right = area.right() - 12
        if shortcut:
            right = self._paint_keys(painter, shortcut, right, area)
        elif command.action.isChecked():
            painter.setPen(QColor(theme.accent))
            painter.drawText(area.adjusted(0, 0, -14, 0), _RIGHT, "on")
            right -= 30
        self._paint_path(painter, command.path, fit, area.left() + 40, right - 12, area)
        painter.restore()

    @staticmethod
    def _paint_keys(painter: QPainter, keys: str, right: int, area: QRect) -> int:
        theme = current_theme()
        width = painter.fontMetrics().horizontalAdvance(keys) + 14
        box = QRect(right - width, area.top() + 6, width, area.height() - 12)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, keys)
        return box.left()

    @staticmethod
    def _paint_path(
        painter: QPainter, path: str, fit: Match, left: int, right: int, area: QRect
    ) -> None:
        theme = current_theme()
        plain = QFont(painter.font())
        bold = QFont(plain)
        bold.setBold(True)
        name_begins = path.rfind("› ") + 2 if "› " in path else 0
        x = left
        for index, letter in enumerate(path):
            typed = index in fit.positions
            painter.setFont(bold if typed else plain)
            colour = theme.text if index >= name_begins else theme.muted
            painter.setPen(QColor(theme.accent if typed else colour))
            width = painter.fontMetrics().horizontalAdvance(letter)
            if x + width > right:
                painter.drawText(QRect(x, area.top(), 20, area.height()), _LEFT, "…")
                return
            painter.drawText(QRect(x, area.top(), width + 2, area.height()), _LEFT, letter)
            x += width


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CommandPalette(QFrame):
    """The palette, over the top of its window.

    Args:
        window: what it covers.
        settings: remembers what was used lately.
    """

    about_to_show = Signal()

    def __init__(self, window: QWidget, settings: Settings) -> None:
        super().__init__(window)
        self.setObjectName("Palette")
        self._window = window
        self._settings = settings
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(36)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 120))
        self.setGraphicsEffect(shadow)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(6)
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Search commands")
        self.field.installEventFilter(self)
        column.addWidget(self.field)
        self._commands = _Commands(self)
        self.list = QListView()
        self.list.setModel(self._commands)
        self.list.setItemDelegate(_Row(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self.list)
        self._nothing = QLabel("No command fits. Try fewer letters.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setMinimumHeight(_ROW_HEIGHT)
        column.addWidget(self._nothing)
        self.field.textChanged.connect(self._search)
        self.list.clicked.connect(lambda index: self._run(index.row()))
        window.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> list[Command]:
        """What is listed now, best first."""
        return [command for command, _ in self._commands.shown]

    def open(self, menus: QMenuBar) -> None:
        """Show the commands of the menus."""
        self.about_to_show.emit()
        self._commands.load(commands_of(menus), self._settings.recent(_RECENT_KEY))
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _search(self, typed: str) -> None:
        self._commands.search(typed)
        rows = len(self._commands.shown)
        self.list.setVisible(rows > 0)
        self._nothing.setVisible(rows == 0)
        if rows:
            self.list.setCurrentIndex(self._commands.index(0, 0))
            self.list.scrollToTop()
        self.list.setFixedHeight(min(rows, _SHOWN_ROWS) * _ROW_HEIGHT + 4)
        self._place()

    def _place(self) -> None:
        window = self._window
        width = min(_WIDTH, window.width() - 40)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, min(70, window.height() // 8))

    def _run(self, row: int) -> None:
        if not 0 <= row < len(self._commands.shown):
            return
        command = self._commands.shown[row][0]
        self._settings.add_recent(_RECENT_KEY, command.path)
        self.dismiss()
        command.action.trigger()

    def dismiss(self) -> None:
        """Hide it and give the focus back to the window."""
        if self.isVisible():
            self.hide()
            self._window.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field; clicks elsewhere; the window's size."""
        if watched is self.field:
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._on_key(event)
            if event.type() == QEvent.Type.FocusOut and self.isVisible():
                self.hide()
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _SHOWN_ROWS,
            Qt.Key.Key_PageUp: -_SHOWN_ROWS,
        }
        key = Qt.Key(event.key())
        rows = len(self._commands.shown)
        if key in steps and rows:
            row = self.list.currentIndex().row() + steps[key]
            row = row % rows if abs(steps[key]) == 1 else min(max(row, 0), rows - 1)
            self.list.setCurrentIndex(self._commands.index(row, 0))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex().row())
            return True
        if key == Qt.Key.Key_Escape:
            self.dismiss()
            return True
        return False
