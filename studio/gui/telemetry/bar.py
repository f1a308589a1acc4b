"""The bar above the charts: the source, its state, what is shown of it, and exports."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.telemetry.chip import Chip
from studio.gui.telemetry.source import (
    DEFAULT_BUDGET_FPS,
    WINDOWS_SECONDS,
    AnyConditions,
    TelemetrySource,
)
from studio.gui.telemetry.state_words import StateWords
from studio.gui.widgets.elided_label import ElidedLabel

_ROOMY_PIXELS = 640
_HOLD_WORDS = "Hold the charts still to look at them. Measuring goes on."


class TelemetryBar(QWidget):
    """Widgets in a row; it tells what was asked for, and decides nothing."""

    source_chosen = Signal(object)  # TelemetrySource
    budget_changed = Signal(float)  # frames a second
    window_changed = Signal(float)  # seconds
    pause_toggled = Signal(bool)
    follow_asked = Signal()
    clear_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: list[TelemetrySource] = []
        self.source = QComboBox(self)
        self.source.setToolTip("What is shown: this computer, or a phone. Each keeps its records.")
        self.source.setAccessibleName("Source of the telemetry")
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.source.setMaximumWidth(260)
        self.source.activated.connect(self._on_source)
        self.state = Chip(parent=self)
        self.state.hide()
        self.about = ElidedLabel(parent=self)
        self._build_view()
        menu_button = self._button("export", "Save the measurements, or a picture of the charts.")
        menu_button.setAccessibleName("Export")
        menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export_menu = QMenu(menu_button)
        menu_button.setMenu(self.export_menu)

        self._labels = (QLabel("&Budget", self), QLabel("&Last", self))
        self._labels[0].setBuddy(self.budget)
        self._labels[1].setBuddy(self.window_choice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.source)
        row.addWidget(self.state)
        row.addWidget(self.about, 1)
        labelled = (self._labels[0], self.budget, self._labels[1], self.window_choice)
        for widget in (*labelled, self.follow, self.pause, self._clear, menu_button):
            row.addWidget(widget)

    def _build_view(self) -> None:
        self.budget = QDoubleSpinBox(self)
        self.budget.setRange(1.0, 1000.0)
        self.budget.setDecimals(1)
        self.budget.setValue(DEFAULT_BUDGET_FPS)
        self.budget.setSuffix(" FPS")
        self.budget.setKeyboardTracking(False)
        self.budget.setToolTip(
            "The frame rate to reach. The dashed line shows the milliseconds that it leaves for "
            "one frame (24 FPS: 41.7 ms)."
        )
        self.budget.setAccessibleName("Budget in frames a second")
        self.budget.valueChanged.connect(self.budget_changed)
        self.window_choice = QComboBox(self)
        for words, seconds in WINDOWS_SECONDS:
            self.window_choice.addItem(words, seconds)
        self.window_choice.setCurrentIndex(2)
        self.window_choice.setToolTip("How far back charts and numbers reach.")
        self.window_choice.setAccessibleName("Time window")
        self.window_choice.currentIndexChanged.connect(
            lambda _row: self.window_changed.emit(float(self.window_choice.currentData()))
        )
        self.follow = self._button("fit", "Leave the zoom and follow the newest frames again.")
        self.follow.setAccessibleName("Leave the zoom")
        self.follow.clicked.connect(self.follow_asked)
        self.follow.hide()
        self.pause = self._button("pause", _HOLD_WORDS)
        self.pause.setCheckable(True)
        self.pause.setAccessibleName("Hold the charts")
        self.pause.toggled.connect(self._on_pause)
        self._clear = self._button("clear", "Forget all measurements of this source.")
        self._clear.setAccessibleName("Clear")
        self._clear.clicked.connect(self.clear_asked)

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setToolTip(words)
        return button

    # -- what it shows -------------------------------------------------------------------------

    def show_sources(self, sources: Sequence[TelemetrySource], current: TelemetrySource) -> None:
        """List the sources."""
        self._sources = list(sources)
        with QSignalBlocker(self.source):
            self.source.clear()
            for source in self._sources:
                self.source.addItem(source.title)
            self.source.setCurrentIndex(self._sources.index(current))

    def show_source(self, source: TelemetrySource) -> None:
        """Take over what a source is set to."""
        if source in self._sources:
            with QSignalBlocker(self.source):
                self.source.setCurrentIndex(self._sources.index(source))
        with QSignalBlocker(self.window_choice):
            self.window_choice.setCurrentIndex(self.window_choice.findData(source.window_seconds))
        with QSignalBlocker(self.pause):
            self.pause.setChecked(source.is_paused)
        self._show_pause(source.is_paused)
        self.show_zoomed(source.zoom is not None)

    def show_zoomed(self, is_zoomed: bool) -> None:
        """Offer the way back from a zoom."""
        self.follow.setVisible(is_zoomed)

    def show_conditions(self, conditions: AnyConditions) -> None:
        """Say under which conditions the numbers were measured; the source is named already."""
        self.about.setText(conditions.words.partition(" · ")[2])
        self.about.setToolTip(conditions.details)

    def show_state(self, state: StateWords | None) -> None:
        """Say what a phone is at; None for what has no state."""
        self.state.setVisible(state is not None)
        if state is not None:
            self.state.show_words(state.chip, state.tint, state.note)

    def fit(self, width: int) -> None:
        """Leave out what there is no room for."""
        for label in self._labels:
            label.setVisible(width >= _ROOMY_PIXELS)
        self.about.setVisible(width >= _ROOMY_PIXELS)

    def _show_pause(self, paused: bool) -> None:
        self.pause.setIcon(icon("play" if paused else "pause"))
        self.pause.setToolTip("Follow again." if paused else _HOLD_WORDS)

    def _on_pause(self, paused: bool) -> None:
        self._show_pause(paused)
        self.pause_toggled.emit(paused)

    def _on_source(self, row: int) -> None:
        self.source_chosen.emit(self._sources[row])
