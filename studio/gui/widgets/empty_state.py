"""What an empty panel says: what will show here, and how to get it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.gui.icons import pixmap
from studio.gui.theme import current_theme, theme_changed

_ICON_PIXELS = 32
_LINE_PIXELS = 560


class EmptyState(QWidget):
    """An icon, a heading, a sentence or two, and at most one button.

    Args:
        icon_name: as for `studio.gui.icons.pixmap`.
        heading: a few words.
        text: what will show here and how to get it.
        action: words of the button and what it does; no button for None.
    """

    def __init__(
        self,
        icon_name: str,
        heading: str,
        text: str,
        action: tuple[str, Callable[[], object]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._icon = QLabel(self)
        self._heading = QLabel(heading, self)
        self._heading.setProperty("role", "heading")
        self._text = QLabel(text, self)
        self._text.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(6)
        layout.addStretch(1)
        for label in (self._icon, self._heading, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(label is self._text)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        if action is not None:
            button = QPushButton(action[0], self)
            button.clicked.connect(action[1])
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        theme_changed.connect(self._on_theme)
        self._on_theme()

    @property
    def text(self) -> str:
        """All that it says."""
        return f"{self._heading.text()} {self._text.text()}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the lines short enough to read, and as high as they need: a layout guesses that."""
        super().resizeEvent(event)
        width = max(1, min(_LINE_PIXELS, self.width() - 32))
        self._text.setMinimumHeight(0)  # else the label would never need less than before
        self._text.setFixedSize(width, self._text.heightForWidth(width))

    def _on_theme(self, _theme: object = None) -> None:
        ratio = self.devicePixelRatioF()
        picture: QPixmap = pixmap(self._icon_name, _ICON_PIXELS, current_theme().faint, ratio)
        self._icon.setPixmap(picture)
