"""A stack of messages at the top of the window: seen at once, in nobody's way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.widgets.icon_label import IconLabel

_SHOWN_AT_ONCE = 3
_WORDS_WIDTH = 480


class Banner(QFrame):
    """One error: message, remedy, details, close."""

    def __init__(
        self,
        error: StudioError,
        on_details: Callable[[StudioError], None],
        on_close: Callable[[Banner], None],
    ) -> None:
        super().__init__()
        self.error = error
        self.setObjectName("Banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(IconLabel(icons.icon("error", "bad"), 18), 0, Qt.AlignmentFlag.AlignVCenter)
        words = QLabel(str(error))
        words.setWordWrap(True)
        # Without it Qt reckons with the height that the words need in the narrowest window.
        words.setMinimumWidth(_WORDS_WIDTH)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(words, 1)
        details = QPushButton("Details…")
        details.setProperty("flat", True)
        details.setToolTip("What a developer would want to know, ready to copy")
        details.clicked.connect(lambda: on_details(self.error))
        row.addWidget(details, 0, Qt.AlignmentFlag.AlignVCenter)
        close = QToolButton()
        close.setIcon(icons.icon("close"))
        close.setToolTip("Close this message")
        close.setAccessibleName("Close this message")
        close.clicked.connect(lambda: on_close(self))
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        for button in (details, close):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class BannerStack(QWidget):
    """The newest errors on top of each other; older ones wait until there is room.

    Args:
        on_details: called with the error whose details are asked for.
    """

    def __init__(
        self, on_details: Callable[[StudioError], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_details = on_details
        self._waiting: list[StudioError] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.hide()

    @property
    def errors(self) -> list[StudioError]:
        """What is shown now, oldest first."""
        return [banner.error for banner in self._banners()]

    @property
    def waiting(self) -> int:
        """How many errors wait for room."""
        return len(self._waiting)

    def add(self, error: StudioError) -> None:
        """Show an error, unless the same words are on screen already."""
        known = [str(shown) for shown in (*self.errors, *self._waiting)]
        if str(error) in known:
            return
        if len(self.errors) >= _SHOWN_AT_ONCE:
            self._waiting.append(error)
            return
        self._layout.addWidget(Banner(error, self._on_details, self._remove))
        self.show()

    def clear(self) -> None:
        """Close all of them."""
        self._waiting.clear()
        for banner in self._banners():
            self._remove(banner)

    def _banners(self) -> list[Banner]:
        items = (self._layout.itemAt(row) for row in range(self._layout.count()))
        found = (item.widget() for item in items if item is not None)
        return [widget for widget in found if isinstance(widget, Banner)]

    def _remove(self, banner: Banner) -> None:
        self._layout.removeWidget(banner)
        banner.hide()
        banner.deleteLater()
        if self._waiting:
            self.add(self._waiting.pop(0))
        self.setVisible(bool(self.errors))
