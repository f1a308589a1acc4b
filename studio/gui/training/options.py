"""How curves are drawn: smoothing, axes, which metrics; and what leaves the panel."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.training.curves import XAxis
from studio.gui.training.metrics import SHOWN_FIRST, metric_title

_AXES: tuple[tuple[str, XAxis], ...] = (("steps", "step"), ("epochs", "epoch"), ("hours", "time"))


class CurveOptions(QWidget):
    """The row above the charts; its parts can be taken apart to wrap in a narrow panel."""

    changed = Signal()
    metrics_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setFixedWidth(64)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setToolTip(
            "Weight of the past in a moving average; 0 draws the values as they were reported.\n"
            "Validation is drawn as it is."
        )
        self.smoothing.valueChanged.connect(self._on_smoothing)
        self._words = QLabel()
        self._words.setProperty("role", "muted")
        self._words.setFixedWidth(self.fontMetrics().horizontalAdvance("0.00 "))
        label = QLabel("&Smooth")
        label.setBuddy(self.smoothing)
        self.x_axis = QComboBox()
        for words, value in _AXES:
            self.x_axis.addItem(words, value)
        self.x_axis.setAccessibleName("Horizontal axis")
        self.x_axis.setToolTip(
            "What runs along the horizontal axis: optimizer steps, epochs, or hours at work "
            "without pauses."
        )
        self.x_axis.currentIndexChanged.connect(self.changed)
        self.log = QCheckBox("&Log")
        self.log.setToolTip("Logarithmic vertical axis; values that are not above 0 are left out.")
        self.log.toggled.connect(self.changed)
        self._metrics = QMenu(self)
        self._metrics.setToolTipsVisible(True)
        metrics = self._menu_button("filter", "Choose the metrics that have a chart", self._metrics)
        self.export_menu = QMenu(self)
        export = self._menu_button(
            "export", "Save the curves as a picture or a table", self.export_menu
        )
        self._on_smoothing(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for widget in (label, self.smoothing, self._words, self.x_axis, self.log):
            row.addWidget(widget)
        row.addWidget(metrics)
        row.addWidget(export)

    @property
    def weight(self) -> float:
        """Of smoothing, 0 to below 1."""
        return self.smoothing.value() / 100

    @property
    def axis(self) -> XAxis:
        """What runs along x."""
        return cast("XAxis", self.x_axis.currentData())

    @property
    def is_log(self) -> bool:
        """Whether values are on a logarithmic axis."""
        return self.log.isChecked()

    @property
    def metric_actions(self) -> list[QAction]:
        """One a metric; its data is the metric's name."""
        return self._metrics.actions()

    def is_shown(self, base: str) -> bool:
        """Whether a metric has a chart."""
        known = {action.data(): action.isChecked() for action in self._metrics.actions()}
        return known.get(base, base in SHOWN_FIRST)

    def offer_metrics(self, bases: list[str]) -> None:
        """List them; a new one is shown if it matters to everyone, or if none of those is there.

        Args:
            bases: names without prefix, in the order of their charts.
        """
        known = [action.data() for action in self._metrics.actions()]
        if known == bases:
            return
        shown = {base: self.is_shown(base) for base in bases}
        if bases and not any(shown.values()):
            shown[bases[0]] = True
        self._metrics.clear()
        for base in bases:
            action = QAction(metric_title(base), self._metrics)
            action.setToolTip(base)
            action.setCheckable(True)
            action.setChecked(shown[base])
            action.setData(base)
            action.toggled.connect(self.metrics_changed)
            self._metrics.addAction(action)

    def _menu_button(self, icon_name: str, tip: str, menu: QMenu) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(icon_name))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(menu)
        return button

    def _on_smoothing(self, value: int) -> None:
        self._words.setText(f"{value / 100:.2f}")
        self.changed.emit()
