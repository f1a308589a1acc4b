"""The overlay panel: model and runtime above, the look of the masks, the legend below."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.overlay.legend_model import LegendModel
from studio.gui.overlay.legend_view import LegendView
from studio.gui.playback.input_words import INPUT_NAMES, INPUT_TIP
from studio.gui.playback.shown import OverlaySettings
from studio.gui.playback.view_model import PlaybackModel
from studio.inference.model import RUNTIMES, ModelInfo, SessionOptions

_RUNTIME_NAMES = {"litert": "LiteRT", "tflite-runtime": "tflite-runtime"}


class OverlayPanel(QWidget):
    """Chooses the model and how its masks are drawn.

    Args:
        model: the playback.
        parent: owner.
    """

    model_requested = Signal(str)  # path of a listed model
    model_file_requested = Signal()

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(10)
        column.addLayout(self._make_model_form())
        column.addLayout(self._make_look_form())
        column.addLayout(self._make_legend_head())
        self._classes = LegendModel(model, self)
        self.legend = LegendView(self._classes)
        column.addWidget(self.legend, 1)
        self._empty = QLabel("Open a model to see its classes here.")
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._empty, 1)
        model.model_opened.connect(self._follow_model)
        model.model_changed.connect(self._follow_model)
        model.model_closed.connect(self._follow_model)
        model.options_changed.connect(self._follow_options)
        model.overlay_changed.connect(self._follow_overlay)
        self.show_models(())
        self._follow_overlay(model.overlay)

    def show_models(self, models: Iterable[tuple[str, str]]) -> None:
        """List models to choose from.

        Args:
            models: name and path of each.
        """
        self._models.clear()
        self._models.addItem("No model", "")
        for name, path in models:
            self._models.addItem(name, path)
            self._models.setItemData(self._models.count() - 1, path, Qt.ItemDataRole.ToolTipRole)
        self._follow_model()

    def _make_model_form(self) -> QFormLayout:
        self._models = QComboBox()
        self._models.setAccessibleName("Model")
        self._models.setToolTip("The model whose masks are drawn")
        self._models.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._models.setMinimumContentsLength(14)
        self._models.activated.connect(self._choose_model)
        browse = QToolButton()
        browse.setToolTip("Open a model file (.tflite)")
        browse.setIcon(icon("open"))
        browse.clicked.connect(self.model_file_requested)
        models = QHBoxLayout()
        models.setSpacing(4)
        models.addWidget(self._models, 1)
        models.addWidget(browse)
        self._runtime = QComboBox()
        self._runtime.setAccessibleName("Runtime")
        self._runtime.setToolTip("What runs the model on this computer")
        for runtime in RUNTIMES:
            self._runtime.addItem(_RUNTIME_NAMES[runtime], runtime)
        self._runtime.activated.connect(self._choose_options)
        self._threads = QSpinBox()
        self._threads.setAccessibleName("Inference threads")
        self._threads.setToolTip("Inference threads")
        self._threads.setRange(1, max(os.cpu_count() or 1, 1))
        self._threads.setSuffix(" thread")
        self._threads.setKeyboardTracking(False)
        self._threads.valueChanged.connect(self._choose_options)
        run = QHBoxLayout()
        run.setSpacing(4)
        run.addWidget(self._runtime, 1)
        run.addWidget(self._threads)
        self._input = QComboBox()
        self._input.setAccessibleName("Input of the network")
        self._input.setToolTip(INPUT_TIP)
        for fit, words in INPUT_NAMES.items():
            self._input.addItem(words, fit)
        self._input.activated.connect(self._choose_options)
        self._facts = QLabel("")
        self._facts.setObjectName("muted")
        self._facts.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(10)
        form.addRow("Model", models)
        form.addRow("Runs on", run)
        form.addRow("Input", self._input)
        form.addRow("", self._facts)
        return form

    def _make_look_form(self) -> QFormLayout:
        self._visible = QCheckBox("Show")
        self._visible.setToolTip("Draw the masks over the video (V)")
        self._visible.toggled.connect(lambda on: self._change(visible=on))
        self._outline = QCheckBox("Outlines only")
        self._outline.setToolTip("Draw the borders of the classes instead of filling them (O)")
        self._outline.toggled.connect(lambda on: self._change(outline=on))
        checks = QHBoxLayout()
        checks.addWidget(self._visible)
        checks.addWidget(self._outline)
        checks.addStretch(1)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setAccessibleName("Opacity")
        self._opacity.setToolTip("Opacity of the masks")
        self._opacity.setRange(0, 100)
        self._opacity.valueChanged.connect(lambda value: self._change(opacity=value / 100))
        self._opacity_text = QLabel("")
        self._opacity_text.setMinimumWidth(40)
        self._opacity_text.setAlignment(Qt.AlignmentFlag.AlignRight)
        opacity = QHBoxLayout()
        opacity.addWidget(self._opacity, 1)
        opacity.addWidget(self._opacity_text)
        form = QFormLayout()
        form.setHorizontalSpacing(10)
        form.addRow("Masks", checks)
        form.addRow("Opacity", opacity)
        return form

    def _make_legend_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(4)
        title = QLabel("Classes")
        title.setObjectName("heading")
        title.setToolTip("Share of the picture that each class covers in the frame on screen")
        head.addWidget(title)
        head.addStretch(1)
        self._choosers: list[QPushButton] = []
        for text, tip, run in (
            ("All", "Show every class but the background", lambda: self._classes.show_all()),
            ("None", "Hide every class", lambda: self._classes.hide_all()),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setFlat(True)
            button.clicked.connect(run)
            head.addWidget(button)
            self._choosers.append(button)
        return head

    def _choose_model(self, index: int) -> None:
        path = self._models.itemData(index)
        if path:
            self.model_requested.emit(path)
        else:
            self._model.close_model()

    def _choose_options(self) -> None:
        options = replace(
            self._model.options,
            runtime=self._runtime.currentData(),
            threads=self._threads.value(),
            input_fit=self._input.currentData(),
        )
        if options != self._model.options:
            self._model.set_options(options)

    def _change(self, **changes: object) -> None:
        self._model.set_overlay(replace(self._model.overlay, **changes))  # type: ignore[arg-type]

    def _follow_model(self, *_args: object) -> None:
        info: ModelInfo | None = self._model.model
        index = self._models.findData(info.path) if info is not None else 0
        if index < 0 and info is not None:
            self._models.addItem(info.name, info.path)
            index = self._models.count() - 1
        self._models.setCurrentIndex(index)
        # The column may be too narrow for the whole name.
        self._models.setToolTip("The model whose masks are drawn" if info is None else info.name)
        self._follow_options(self._model.options)
        self.legend.setVisible(info is not None)
        self._empty.setVisible(info is None)
        self._facts.setVisible(info is not None)
        for button in self._choosers:
            button.setVisible(info is not None)
        if info is not None:
            size = info.size_bytes / 1e6
            facts = (
                f"{info.input_width}×{info.input_height} {info.input_dtype} input · "
                f"{len(info.labels)} classes · {size:.1f} MB · {info.delegate} on "
                f"{info.delegated_ops_ratio:.0%} of the ops"
            )
            self._facts.setText("\n".join([facts, *(f"⚠ {text}" for text in info.warnings)]))
            self._facts.setToolTip(str(Path(info.path)))

    def _follow_options(self, options: SessionOptions) -> None:
        self._runtime.setCurrentIndex(self._runtime.findData(options.runtime))
        self._threads.blockSignals(True)
        self._threads.setValue(options.threads)
        self._threads.setSuffix(" thread" if options.threads == 1 else " threads")
        self._threads.blockSignals(False)
        self._input.setCurrentIndex(self._input.findData(options.input_fit))

    def _follow_overlay(self, overlay: OverlaySettings) -> None:
        for box, value in ((self._visible, overlay.visible), (self._outline, overlay.outline)):
            box.blockSignals(True)
            box.setChecked(value)
            box.blockSignals(False)
        self._opacity.blockSignals(True)
        self._opacity.setValue(round(overlay.opacity * 100))
        self._opacity.blockSignals(False)
        self._opacity_text.setText(f"{overlay.opacity:.0%}")
