"""Chooses the epoch: a slider, play, and what the evaluation says in numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QToolButton, QWidget

from studio.gui import icons
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.words import count, percent
from studio.gui.widgets.elided_label import ElidedLabel
from studio.training.validation_log import EpochScores


class EpochBar(QWidget):
    """A row over each page; all of them move together, because they share the selection.

    Args:
        selection: what is moved.
    """

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._play = self._button("play", "Show the epochs one after the other", "Play epochs")
        self._play.clicked.connect(lambda: selection.set_playing(not selection.is_playing))
        back = self._button("chevron-left", "The evaluation before (Left)", "Earlier epoch")
        back.clicked.connect(lambda: selection.step(-1))
        forth = self._button("chevron-right", "The next evaluation (Right)", "Later epoch")
        forth.clicked.connect(lambda: selection.step(1))
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setAccessibleName("Epoch")
        self._slider.setToolTip("Evaluations, oldest at the left; arrow keys move by one.")
        self._slider.setPageStep(5)
        self._slider.setMinimumWidth(90)
        self._slider.setMaximumWidth(480)
        self._slider.valueChanged.connect(self._on_slider)
        self._words = ElidedLabel(parent=self)
        self._follow = QCheckBox("Follow &newest", self)
        self._follow.setToolTip("Show each evaluation as soon as it is there.")
        self._follow.toggled.connect(selection.set_follows_newest)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self._play, back, forth):
            row.addWidget(widget)
        row.addWidget(self._slider, 2)
        row.addSpacing(6)
        row.addWidget(self._words, 3)
        row.addWidget(self._follow)
        selection.epochs_changed.connect(self._show)
        selection.epoch_changed.connect(self._show)
        selection.playing_changed.connect(self._show)
        self._show()

    @property
    def words(self) -> str:
        """The evaluation in numbers."""
        return self._words.text()

    def _button(self, icon: str, tip: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _on_slider(self, value: int) -> None:
        if 0 <= value < len(self._selection.epochs):
            self._selection.set_epoch(self._selection.epochs[value])

    def _show(self, _playing: object = None) -> None:
        selection = self._selection
        epochs = selection.epochs
        with QSignalBlocker(self._slider), QSignalBlocker(self._follow):
            self._slider.setRange(0, max(0, len(epochs) - 1))
            self._slider.setEnabled(len(epochs) > 1)
            if selection.epoch is not None:
                self._slider.setValue(epochs.index(selection.epoch))
            self._follow.setChecked(selection.follows_newest)
        self._play.setIcon(icons.icon("pause" if selection.is_playing else "play"))
        self._play.setEnabled(len(epochs) > 1)
        scores = selection.scores()
        self._words.setText(self._text(scores))
        if scores is not None:
            self._words.setToolTip(f"{self._words.text()} · after {count(scores.step)} steps")

    def _text(self, scores: EpochScores | None) -> str:
        selection = self._selection
        if selection.epoch is None:
            return ""
        newest = selection.epochs[-1]
        where = f"Epoch {selection.epoch}" + (f" of {newest}" if newest > selection.epoch else "")
        if scores is None:
            return f"{where} · its scores cannot be read"
        right = percent(scores.pixel_accuracy)
        return f"{where} · mIoU {percent(scores.miou)} · {right} of pixels right"
