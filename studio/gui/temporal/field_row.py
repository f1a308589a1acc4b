"""One parameter: its name, a slider and its value; or a switch; or a choice."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QWidget,
)

from studio.gui.temporal.field import Field
from studio.gui.temporal.scale import place_of, rounded, top_of, value_at
from studio.gui.temporal.wheel import WheelScrolls
from studio.temporal.toml import RANGES

_NAME_PIXELS = 130
_VALUE_PIXELS = 102
_BEYOND = 100
"""Typed values may be so many times the slider's last one."""

_SHORT_UNITS = {"grey levels": "grey", "% of width": "%", "% of picture": "%", "pixels": "px"}


class FieldRow(QWidget):
    """Says what the user turned, and follows what others did.

    Args:
        field: which parameter.
        wheel: keeps the wheel for scrolling.
        parent: owner.
    """

    turned = Signal(str, object)  # name, value

    def __init__(self, field: Field, wheel: WheelScrolls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._wheel = wheel
        self.switch: QCheckBox | None = None
        self.slider: QSlider | None = None
        self.spin: QDoubleSpinBox | None = None
        self.combo: QComboBox | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._build()
        self._unused_because: str | None = None
        self._explain("")

    def show_value(self, value: Any, unused_because: str = "") -> None:
        """Follow the spec, without saying so.

        Args:
            value: of the parameter.
            unused_because: why it changes nothing as the others stand, which it then cannot be
                turned for; empty where it does.
        """
        self._block(True)
        is_on = True
        if self.switch is not None:
            is_on = bool(value) if self.field.kind == "switch" else math.isfinite(value)
            self.switch.setChecked(is_on)
        if self.combo is not None:
            self.combo.setCurrentIndex(self.combo.findData(value))
        if self.slider is not None and self.spin is not None:
            if math.isfinite(value):
                self.slider.setValue(place_of(self.field, value))
                self.spin.setValue(value * self.field.scale)
            self.slider.setEnabled(is_on)
            self.spin.setEnabled(is_on)
        self.setEnabled(not unused_because)
        self._explain(unused_because)
        self._block(False)

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        field = self.field
        if field.kind in ("switch", "limit"):
            self.switch = QCheckBox(field.label)
            self.switch.setAccessibleName(field.label)
            self.switch.toggled.connect(self._on_switch)
            self._row.addWidget(self.switch)
        else:
            name = QLabel(field.label)
            name.setFixedWidth(_NAME_PIXELS)
            self._row.addWidget(name)
        if field.kind == "switch":
            self._row.addStretch(1)
        elif field.kind == "choice":
            self.combo = QComboBox()
            for value, words in field.choices:
                self.combo.addItem(words, value)
            self.combo.setMinimumContentsLength(8)
            self.combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            self.combo.setAccessibleName(field.label)
            self.combo.activated.connect(self._on_choice)
            self._wheel.tame(self.combo)
            self._row.addWidget(self.combo, 1)
        else:
            self._build_number()

    def _build_number(self) -> None:
        field = self.field
        if self.switch is not None:
            self.switch.setFixedWidth(_NAME_PIXELS)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, top_of(field))
        self.slider.setPageStep(max(1, top_of(field) // 20))
        self.slider.setSingleStep(max(1, top_of(field) // 200))
        self.slider.setMinimumWidth(44)
        self.slider.valueChanged.connect(self._on_slider)
        self.spin = QDoubleSpinBox()
        self.spin.setDecimals(field.decimals)
        lowest, highest = field.low, _BEYOND * field.high
        if field.name in RANGES:
            allowed = RANGES[field.name]
            lowest, highest = min(lowest, allowed.lowest), min(highest, allowed.highest)
        self.spin.setRange(lowest * field.scale, highest * field.scale)
        step = 10.0**-field.decimals
        self.spin.setSingleStep(step if field.kind == "whole" or field.scale > 1 else 5 * step)
        self.spin.setSuffix(f" {_SHORT_UNITS.get(field.unit, field.unit)}" if field.unit else "")
        self.spin.setKeyboardTracking(False)
        self.spin.setFixedWidth(_VALUE_PIXELS)
        self.spin.valueChanged.connect(self._on_spin)
        for widget in (self.slider, self.spin):
            widget.setAccessibleName(f"{field.label}, {field.unit}" if field.unit else field.label)
            self._wheel.tame(widget)
        self._row.addWidget(self.slider, 1)
        self._row.addWidget(self.spin)
        if field.kind == "limit":  # what it begins with when it is switched on
            self.slider.setValue(place_of(field, field.start))
            self.spin.setValue(field.start * field.scale)

    def _explain(self, unused_because: str) -> None:
        """Say in tooltips what it does, and why it does not."""
        if unused_because == self._unused_because:
            return
        self._unused_because = unused_because
        words = self._explanation()
        if unused_because:
            words = f"<p><b>{unused_because}</b></p>{words}"
        said = f"{unused_because} {self.field.explanation}".strip()
        for widget in (self, self.switch, self.slider, self.spin, self.combo):
            if widget is not None:
                widget.setToolTip(words)
                widget.setAccessibleDescription(said)

    def _explanation(self) -> str:
        field = self.field
        unit = f" In {field.unit}." if field.unit and field.unit != "%" else ""
        off = " Unticked: not used." if field.kind == "limit" else ""
        return f"<p>{field.explanation}{unit}{off}</p>"  # rich text wraps

    # -- turning -------------------------------------------------------------------------------

    def _on_switch(self, on: bool) -> None:
        if self.field.kind == "switch":
            self.turned.emit(self.field.name, on)
        elif self.spin is not None:
            value = self._value(self.spin.value() / self.field.scale)
            self.turned.emit(self.field.name, value if on else math.inf)

    def _on_choice(self, _index: int) -> None:
        if self.combo is not None:
            self.turned.emit(self.field.name, self.combo.currentData())

    def _on_slider(self, place: int) -> None:
        if self.spin is not None:
            value = self._value(value_at(self.field, place))
            self._block(True)
            self.spin.setValue(value * self.field.scale)
            self._block(False)
            self.turned.emit(self.field.name, value)

    def _on_spin(self, shown: float) -> None:
        if self.slider is not None:
            value = self._value(rounded(self.field, shown / self.field.scale))
            self._block(True)
            self.slider.setValue(place_of(self.field, value))
            self._block(False)
            self.turned.emit(self.field.name, value)

    def _value(self, value: float) -> Any:
        return round(value) if self.field.kind == "whole" else value

    def _block(self, on: bool) -> None:
        for widget in (self.switch, self.slider, self.spin, self.combo):
            if widget is not None:
                widget.blockSignals(on)
