"""Takes files dropped anywhere on the window, and says beforehand what will become of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QDockWidget, QWidget

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.locations import recognise_all
from studio.gui.theme import current_theme

_ICON_SIDE = 48


class DropHint(QWidget):
    """Covers the window while files hover over it.

    Args:
        window: the window; its own drops are taken over.
        take: called with the files that were dropped.
        docks: drops on those that float are taken too.
    """

    def __init__(
        self,
        window: QWidget,
        take: Callable[[Sequence[Path]], None],
        docks: Iterable[QDockWidget] = (),
    ) -> None:
        super().__init__(window)
        self._window = window
        self._take = take
        self.words = ""
        self.is_welcome = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        for dock in docks:
            # Only while it floats: else each dock under the pointer would end the hint and begin
            # it anew.
            dock.topLevelChanged.connect(dock.setAcceptDrops)
            dock.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window's drag and drop events."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            files = _files(event)
            if files:
                self._announce(files)
                # Wrong files are accepted too: they are refused in words when dropped.
                event.acceptProposedAction()
                return True
        elif kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hide()
            files = _files(event)
            if files:
                event.acceptProposedAction()
                self._take(files)
                return True
        return super().eventFilter(watched, event)

    def _announce(self, files: Sequence[Path]) -> None:
        try:
            names = " and ".join(
                f"the {opening.kind} {opening.name}" for opening in recognise_all(files)
            )
            self.words, self.is_welcome = f"Drop to open {names}", True
        except (StudioError, OSError) as error:
            text = error.message if isinstance(error, StudioError) else str(error)
            self.words, self.is_welcome = text, False
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A veil, a dashed frame, an icon and a sentence."""
        theme = current_theme()
        colour = theme.accent if self.is_welcome else theme.bad
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.background)
        veil.setAlpha(225)
        painter.fillRect(self.rect(), veil)
        pen = QPen(QColor(colour), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 12, 12)
        middle = self.rect().center()
        picture = icons.pixmap(
            "drop" if self.is_welcome else "error", _ICON_SIDE, colour, self.devicePixelRatioF()
        )
        painter.drawPixmap(middle.x() - _ICON_SIDE // 2, middle.y() - _ICON_SIDE - 10, picture)
        font = QFont(self.font())
        font.setPixelSize(18)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        area = QRectF(40, middle.y() + 8, self.width() - 80, 80)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, int(flags), self.words)


def _files(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
