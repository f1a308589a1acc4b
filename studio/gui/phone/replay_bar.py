"""Play, step and scrub through a session; while it is live, look back and return."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from studio.gui import icons
from studio.gui.phone.replay import SPEEDS
from studio.gui.phone.words import elapsed_words

_STEPS_A_SECOND = 100


class ReplayBar(QWidget):
    """The transport of a session; it knows nothing of the session itself."""

    toggled = Signal()
    stepped = Signal(int)
    sought = Signal(float)  # seconds from the first frame
    speed_chosen = Signal(float)
    live_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_playing = self._is_following = False
        self._play = self._button("play", "Play", self.toggled.emit)
        back = self._button("step-back", "One frame back", lambda: self.stepped.emit(-1))
        on = self._button("step-forward", "One frame on", lambda: self.stepped.emit(1))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Position in the session")
        self.slider.setToolTip("Drag to look at another moment; the charts below go along.")
        self.slider.setSingleStep(_STEPS_A_SECOND // 10)
        self.slider.setPageStep(_STEPS_A_SECOND)
        self.slider.valueChanged.connect(self._on_value)
        self._time = QLabel()
        self._time.setProperty("role", "muted")
        self._speed = QComboBox()
        self._speed.setAccessibleName("Speed")
        self._speed.setToolTip("How fast the session is replayed")
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        self._speed.setCurrentIndex(SPEEDS.index(1.0))
        self._speed.currentIndexChanged.connect(
            lambda: self.speed_chosen.emit(self._speed.currentData())
        )
        self.live = QToolButton()
        self.live.setText("Live")
        self.live.setToolTip("Show the newest frame again, as it comes")
        self.live.setCheckable(True)
        self.live.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.live.clicked.connect(self.live_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self._play, back, on):
            row.addWidget(widget)
        row.addSpacing(4)
        row.addWidget(self.slider, 1)
        row.addSpacing(4)
        for label in (self._time, self._speed, self.live):
            row.addWidget(label)

    @property
    def time_words(self) -> str:
        """Position and length."""
        return self._time.text()

    def _button(self, icon: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button

    def show_position(
        self, position_seconds: float, length_seconds: float, *, is_live: bool, is_following: bool
    ) -> None:
        """Show where on the time line the session stands.

        Args:
            position_seconds: from the first frame.
            length_seconds: from the first to the last frame.
            is_live: whether it still grows.
            is_following: whether the newest frame is shown as it comes.
        """
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(1, round(length_seconds * _STEPS_A_SECOND)))
        if not self.slider.isSliderDown():
            self.slider.setValue(round(position_seconds * _STEPS_A_SECOND))
        self.slider.blockSignals(False)
        self._time.setText(f"{elapsed_words(position_seconds)} / {elapsed_words(length_seconds)}")
        self.live.setVisible(is_live)
        self.live.setChecked(is_following)
        self._is_following = is_live and is_following
        self._show_button()
        self._speed.setVisible(not self._is_following)

    def show_playing(self, is_playing: bool) -> None:
        """Show what the button does next."""
        self._is_playing = is_playing
        self._show_button()

    def _show_button(self) -> None:
        moves = self._is_playing or self._is_following
        self._play.setIcon(icons.icon("pause" if moves else "play"))
        words = "Stay at this frame; the session goes on" if self._is_following else "Play"
        words = "Pause" if self._is_playing else words
        self._play.setToolTip(words)
        self._play.setAccessibleName(words)

    def _on_value(self, value: int) -> None:
        self.sought.emit(value / _STEPS_A_SECOND)
