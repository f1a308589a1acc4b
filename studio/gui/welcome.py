"""What stands in the playback dock while no video is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.gui.locations import Opening
from studio.gui.widgets.icon_label import IconLabel

_RECENT_SHOWN = 5


class Welcome(QWidget):
    """An invitation to open something."""

    video_requested = Signal()
    folder_requested = Signal()
    sample_requested = Signal()
    model_requested = Signal()
    recent_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        card = QFrame()
        card.setObjectName("WelcomeCard")
        card.setMinimumWidth(540)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 26, 32, 24)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(IconLabel(icons.app_icon(), 44))
        words = QVBoxLayout()
        words.setSpacing(2)
        title = QLabel("Open a video to segment")
        title.setProperty("role", "title")
        words.addWidget(title)
        hint = QLabel("Or drop one here: a video, a folder of images, a .tflite model.")
        hint.setProperty("role", "muted")
        words.addWidget(hint)
        head.addLayout(words, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(8)
        for text, icon, signal, primary in (
            ("Open video…", "open", self.video_requested, True),
            ("Image folder…", "folder", self.folder_requested, False),
            ("Model…", "model", self.model_requested, False),
            ("Sample clip", "sample", self.sample_requested, False),
        ):
            button = QPushButton(icons.icon(icon, "on_accent" if primary else "text"), text)
            button.setProperty("primary", primary)
            button.clicked.connect(signal)
            # Qt reckons with thinner letters than the style sheet's, and would cut the last one.
            button.setMinimumWidth(round(1.1 * button.fontMetrics().horizontalAdvance(text)) + 52)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self._heading = QLabel("Recent")
        self._heading.setProperty("role", "heading")
        column.addWidget(self._heading)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        column.addLayout(self._recent)
        self.set_recent([])

    def set_recent(self, locations: list[str]) -> None:
        """List videos that were opened lately, newest first."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for location in locations[:_RECENT_SHOWN]:
            self._recent.addWidget(self._entry(location))
        self._heading.setVisible(bool(locations))

    def _entry(self, location: str) -> QToolButton:
        button = QToolButton()
        button.setText(f"  {Opening('video', location).name}")
        button.setToolTip(location)
        button.setIcon(icons.icon("video", "muted"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.recent_requested.emit(location))
        return button
