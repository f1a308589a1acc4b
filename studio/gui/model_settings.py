"""A dialog to set by hand how a model is used, where its file says nothing or the wrong thing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.errors import ModelError
from studio.gui import icons
from studio.inference.model import ModelInfo, ModelOverrides, Normalization

_AUTOMATIC = "Automatic"
_MAX_LABEL_BYTES = 1_000_000

_SCALES: tuple[tuple[str, Normalization], ...] = (
    ("-1 to 1  (mean 127.5, std 127.5)", Normalization()),
    ("0 to 1  (mean 0, std 255)", Normalization((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))),
    ("0 to 255  (as it is)", Normalization((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))),
    (
        "ImageNet mean and std",
        Normalization((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    ),
)


def read_labels(path: Path) -> tuple[str, ...]:
    """Read a labels file: UTF-8 text, one class a line, the first is class 0.

    Raises:
        ModelError: not a text, empty, or too large to be one.
    """
    try:
        if path.stat().st_size > _MAX_LABEL_BYTES:
            raise ModelError(
                f"{path.name} is too large for a list of labels.",
                remedy="Choose a text file with one class name a line.",
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path.name} cannot be read as a list of labels.",
            remedy="Choose a UTF-8 text file with one class name a line.",
            details=repr(error),
        ) from error
    labels = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not labels:
        raise ModelError(
            f"{path.name} holds no labels.",
            remedy="Choose a text file with one class name a line, class 0 first.",
        )
    return labels


def _counted(labels: tuple[str, ...]) -> str:
    return "1 label" if len(labels) == 1 else f"{len(labels)} labels"


class ModelSettingsDialog(QDialog):
    """Labels, normalization, fit, grid, channel order and output of one model.

    Args:
        info: the open model, for what is in use now.
        overrides: what was set by hand before.
        parent: over which it opens.
    """

    chosen = Signal(object)  # ModelOverrides

    def __init__(self, info: ModelInfo, overrides: ModelOverrides, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Model settings — {info.name}")
        self.setMinimumWidth(560)
        self._info = info
        self._labels = overrides.labels
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(12)
        hint = QLabel(
            "“Automatic” takes the model's card, then its metadata, then an educated guess."
        )
        hint.setWordWrap(True)
        hint.setProperty("role", "muted")
        column.addWidget(hint)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(18)
        self._form.setVerticalSpacing(9)
        column.addLayout(self._form)
        self._add_labels()
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "bad")
        self.problem.hide()
        self._form.addRow(self.problem)
        self._add_normalization(overrides.normalization)
        self._fit = self._choice(
            "&Fit",
            "fit",
            (("Letterbox: keep the aspect", "letterbox"), ("Stretch", "stretch")),
            overrides.fit,
        )
        self._grid = self._choice(
            "Logits &grid",
            "logits_grid",
            (("Pixel centres (half pixel)", "half_pixel"), ("Corner to corner", "align_corners")),
            overrides.logits_grid,
        )
        self._order = self._choice(
            "&Channel order",
            "channel_order",
            (("RGB", "rgb"), ("BGR", "bgr")),
            overrides.channel_order,
        )
        self._output = QSpinBox()
        self._output.setRange(-1, 255)
        self._output.setSpecialValueText(_AUTOMATIC)
        self._output.setValue(-1 if overrides.output_index is None else overrides.output_index)
        self._output.setToolTip("Which of the model's outputs holds the classes, from 0")
        self._form.addRow("&Output", self._output)
        buttons = QDialogButtonBox()
        apply = buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        clear = buttons.addButton("All automatic", QDialogButtonBox.ButtonRole.ResetRole)
        clear.setIcon(icons.icon("undo"))
        clear.clicked.connect(self._clear)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(button is apply)
        apply.setDefault(True)  # Enter applies, wherever the focus is

    def overrides(self) -> ModelOverrides:
        """What the dialog says now."""
        output = self._output.value()
        return ModelOverrides(
            labels=self._labels,
            normalization=self._normalization(),
            fit=self._fit.currentData(),
            logits_grid=self._grid.currentData(),
            channel_order=self._order.currentData(),
            output_index=None if output < 0 else output,
        )

    def use_labels(self, path: Path) -> None:
        """Take the labels of a file; say in the dialog why when they do not fit."""
        classes = len(self._info.labels)
        try:
            labels = read_labels(path)
            if len(labels) != classes:
                raise ModelError(
                    f"{path.name} holds {_counted(labels)}, but the model has {classes} classes.",
                    remedy="Choose the list that belongs to this model, background included.",
                )
        except ModelError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.problem.hide()
        self._labels = labels
        self._show_labels()

    def _add_labels(self) -> None:
        row = QHBoxLayout()
        self._labels_text = QLabel()
        row.addWidget(self._labels_text, 1)
        choose = QPushButton("Choose a &file…")
        choose.setToolTip("A text file with one class name a line, class 0 first")
        choose.clicked.connect(self._choose_labels)
        row.addWidget(choose)
        reset = QPushButton(_AUTOMATIC)
        reset.clicked.connect(self._forget_labels)
        row.addWidget(reset)
        self._form.addRow("Labels", row)
        self._show_labels()

    def _add_normalization(self, set_by_hand: Normalization | None) -> None:
        self._scale = QComboBox()
        self._scale.addItem(self._automatic("normalization"), None)
        for words, scale in _SCALES:
            self._scale.addItem(words, scale)
        self._scale.addItem("By hand", "hand")
        self._form.addRow("&Normalization", self._scale)
        shown = set_by_hand or Normalization()
        self._mean = self._triple(shown.mean, 0.0)
        self._std = self._triple(shown.std, 0.001)
        for words, fields in (("Mean (R, G, B)", self._mean), ("Std (R, G, B)", self._std)):
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            for field in fields:
                line.addWidget(field)
            self._form.addRow(words, row)
        known = [scale for _, scale in _SCALES]
        if set_by_hand is not None:
            index = known.index(set_by_hand) + 1 if set_by_hand in known else len(known) + 1
            self._scale.setCurrentIndex(index)
        self._scale.currentIndexChanged.connect(self._follow_scale)
        self._follow_scale()

    @staticmethod
    def _triple(values: tuple[float, float, float], least: float) -> list[QDoubleSpinBox]:
        fields = []
        for value in values:
            field = QDoubleSpinBox()
            field.setRange(least, 1000.0)
            field.setDecimals(3)
            field.setValue(value)
            fields.append(field)
        return fields

    def _choice(
        self, title: str, key: str, options: tuple[tuple[str, str], ...], value: str | None
    ) -> QComboBox:
        box = QComboBox()
        box.addItem(self._automatic(key), None)
        for words, data in options:
            box.addItem(words, data)
        box.setCurrentIndex(max(0, box.findData(value)) if value is not None else 0)
        self._form.addRow(title, box)
        return box

    def _automatic(self, key: str) -> str:
        """`Automatic`, with where it comes from and what it is now."""
        source = self._info.sources.get(key, "")
        value = getattr(self._info, key, None)
        parts = [str(value).replace("_", " ") if isinstance(value, str) else "", source]
        told = ", from ".join(part for part in parts if part) if source != "override" else ""
        return f"{_AUTOMATIC} ({told})" if told else _AUTOMATIC

    def _normalization(self) -> Normalization | None:
        chosen = self._scale.currentData()
        if chosen != "hand":
            return chosen if isinstance(chosen, Normalization) else None
        mean = tuple(field.value() for field in self._mean)
        std = tuple(field.value() for field in self._std)
        return Normalization((mean[0], mean[1], mean[2]), (std[0], std[1], std[2]))

    def _follow_scale(self) -> None:
        chosen = self._scale.currentData()
        if isinstance(chosen, Normalization):
            for fields, values in ((self._mean, chosen.mean), (self._std, chosen.std)):
                for field, value in zip(fields, values, strict=True):
                    field.setValue(value)
        for field in (*self._mean, *self._std):
            field.setEnabled(chosen == "hand")

    def _show_labels(self) -> None:
        labels = self._labels
        words = self._automatic("labels") if labels is None else f"{len(labels)}, set by hand"
        names = self._info.labels if labels is None else labels
        self._labels_text.setText(words)
        self._labels_text.setToolTip("\n".join(names[:40]))

    def _choose_labels(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Labels", str(Path(self._info.path).parent), "Text (*.txt *.csv);;All files (*)"
        )
        if name:
            self.use_labels(Path(name))

    def _forget_labels(self) -> None:
        self._labels = None
        self._show_labels()

    def _clear(self) -> None:
        self._forget_labels()
        self._output.setValue(-1)
        for box in (self._scale, self._fit, self._grid, self._order):
            box.setCurrentIndex(0)

    def _accept(self) -> None:
        self.chosen.emit(self.overrides())
        self.accept()
