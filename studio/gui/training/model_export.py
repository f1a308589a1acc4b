"""Asks how a trained network is to become a `.tflite` file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from studio.deeplab.spec import ExportSpec
from studio.errors import StudioError
from studio.gui.icons import icon
from studio.gui.training.form.editors import NumberEdit
from studio.gui.training.run import TrainingRun


class ExportDialog(QDialog):
    """Number format, place, and for 8 bits the images to calibrate on.

    Args:
        run: whose best weights are exported.
    """

    asked = Signal(object, str)  # ExportSpec, title of the job

    def __init__(self, run: TrainingRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self.setWindowTitle(f"Export “{run.title}”")
        self.resize(560, 0)
        self.float32 = QRadioButton("&float32: exact, larger")
        self.int8 = QRadioButton("&int8: a quarter of the size, faster; needs example images")
        self.float32.setChecked(True)
        self.output = QComboBox()
        self.output.addItem("logits: small and fast, the studio's own way", "logits")
        self.output.addItem("labels: finished masks, for other apps", "labels")
        self.output.setAccessibleName("Output")
        spec = run.spec
        self.calibration = QLineEdit(spec.dataset if spec is not None else "")
        self.images = NumberEdit()
        self.images.setText(str(ExportSpec("", "").calibration_images))
        self.images.setFixedWidth(80)
        self.out = QLineEdit(str(run.folder.artifacts_dir / "model-float32.tflite"))
        self.trouble = QLabel()
        self.trouble.setProperty("role", "bad")
        self.trouble.setWordWrap(True)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.addRow("Numbers", self.float32)
        form.addRow("", self.int8)
        form.addRow("&Output", self.output)
        self._calibration_row = _with_button(
            self.calibration, "Choose a dataset or a folder of images", self._ask_calibration
        )
        form.addRow("&Calibrate on", self._calibration_row)
        form.addRow("I&mages", self.images)
        form.addRow("&Write to", _with_button(self.out, "Choose a file", self._ask_out))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = QPushButton(icon("export", "on_accent"), "&Export")
        self.export.setDefault(True)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        self.export.clicked.connect(self._on_export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(form)
        layout.addWidget(self.trouble)
        layout.addWidget(buttons)
        self.int8.toggled.connect(self._on_format)
        for line in (self.calibration, self.images, self.out):
            line.textChanged.connect(self._validate)
        self._on_format(is_int8=False)

    def spec(self) -> ExportSpec:
        """What was asked for.

        Raises:
            StudioError: it makes no sense.
        """
        out = self.out.text().strip()
        if not out or not Path(out).parent.is_dir():
            raise StudioError("The folder to write to does not exist.", remedy="Choose another.")
        try:
            images = int(self.images.text())
        except ValueError:
            images = 0
        is_int8 = self.int8.isChecked()
        return ExportSpec(
            source=str(self._run.folder.path),
            out=out if Path(out).suffix else f"{out}.tflite",
            int8=is_int8,
            calibration=self.calibration.text().strip() if is_int8 else "",
            calibration_images=images if is_int8 else ExportSpec("", "").calibration_images,
            output=self.output.currentData(),
            name=self._run.title,
        )

    def _on_format(self, is_int8: bool) -> None:
        self._calibration_row.setEnabled(is_int8)
        self.images.setEnabled(is_int8)
        before, after = ("float32", "int8") if is_int8 else ("int8", "float32")
        path = Path(self.out.text())
        self.out.setText(str(path.with_name(path.name.replace(before, after))))
        self._validate()

    def _validate(self, _changed: object = None) -> None:
        try:
            self.spec()
        except StudioError as error:
            self.trouble.setText(str(error))
            self.export.setEnabled(False)
        else:
            self.trouble.setText("")
            self.export.setEnabled(True)

    def _on_export(self) -> None:
        spec = self.spec()
        kind = "int8" if spec.int8 else "float32"
        self.accept()
        self.asked.emit(spec, f"Export {self._run.title}, {kind}")

    def _ask_calibration(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, "Dataset or folder of images", self.calibration.text()
        )
        if chosen:
            self.calibration.setText(chosen)

    def _ask_out(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export to", self.out.text(), "TFLite models (*.tflite)"
        )
        if chosen:
            self.out.setText(chosen)


def _with_button(line: QLineEdit, tip: str, ask: object) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    button = QPushButton(icon("folder"), "")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoDefault(False)
    button.clicked.connect(ask)
    row.addWidget(line, 1)
    row.addWidget(button)
    both.setFocusProxy(line)
    return both
