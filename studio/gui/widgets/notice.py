"""Good news at the top of the window: what is done, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio.gui import icons
from studio.gui.widgets.icon_label import IconLabel

_SHOWN_MILLIS = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """What the user may want to do next.

    Attributes:
        text: on its button.
        icon: in `resources/icons`.
        run: called once when it is chosen.
    """

    text: str
    icon: str
    run: Callable[[], object]


class NoticeBar(QFrame):
    """One piece of good news; the next one takes its place, and it goes by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self.setProperty("level", "good")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(IconLabel(icons.icon("success", "good"), 18))
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setMinimumWidth(120)
        row.addWidget(self._words, 1)
        self._steps = QHBoxLayout()
        self._steps.setSpacing(6)
        row.addLayout(self._steps)
        close = QToolButton()
        close.setIcon(icons.icon("close"))
        close.setToolTip("Close this message")
        close.setAccessibleName("Close this message")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self.hide)
        row.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MILLIS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    @property
    def buttons(self) -> list[QPushButton]:
        """The steps that it offers."""
        items = (self._steps.itemAt(row) for row in range(self._steps.count()))
        found = (item.widget() for item in items if item is not None)
        return [widget for widget in found if isinstance(widget, QPushButton)]

    def tell(self, words: str, steps: tuple[Step, ...] = ()) -> None:
        """Show a piece of news instead of the one before.

        Args:
            words: one short sentence.
            steps: most useful first.
        """
        for button in self.buttons:
            self._steps.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._words.setText(words)
        for step in steps:
            button = QPushButton(icons.icon(step.icon), step.text)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self.hide)
            button.clicked.connect(lambda _checked=False, run=step.run: run())
            self._steps.addWidget(button)
        self.show()
        self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Go some time after the pointer has left."""
        super().leaveEvent(event)
        if self.isVisible():
            self._timer.start()
