"""What a training will cost and make, shown while it is being set up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.deeplab.cost import network_cost
from studio.deeplab.spec import NetworkSpec
from studio.gui.icons import icon
from studio.gui.training.form.probe import Findings
from studio.training.spec import TrainSpec

_ROWS = (
    ("multiply_adds", "Multiply-adds", "Of one image; what decides the time on a phone."),
    ("parameters", "Parameters", "Numbers that the exported file stores."),
    ("float32", "File, float32", "About the size of the .tflite file."),
    ("int8", "File, int8", "About the size of the fully integer .tflite file."),
    ("logits", "Mask resolution", "Size of the logits before they are brought to the frame's."),
)
_DATA_ROWS = (
    ("images", "Training images", "In the training list, and those without masks beside it."),
    ("val_images", "Validation images", "That are scored at each evaluation."),
    ("epoch_steps", "Steps an epoch", "Images an epoch over the batch size."),
    ("steps", "Steps in all", "Optimizer steps until the end."),
)


class Prediction(QWidget):
    """Two short tables, of the network and of the training."""

    look_asked = Signal()  # at the images

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 0, 4)
        layout.setSpacing(4)
        for title, rows in (("Predicted cost", _ROWS), ("Training", _DATA_ROWS)):
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            layout.addWidget(heading)
            grid = QGridLayout()
            grid.setVerticalSpacing(3)
            grid.setColumnStretch(1, 1)
            for row, (key, label, tip) in enumerate(rows):
                name = QLabel(label)
                name.setProperty("role", "muted")
                value = QLabel("–")
                value.setAlignment(Qt.AlignmentFlag.AlignRight)
                for widget in (name, value):
                    widget.setToolTip(tip)
                value.setAccessibleName(label)
                self._values[key] = value
                grid.addWidget(name, row, 0)
                grid.addWidget(value, row, 1)
            layout.addLayout(grid)
            layout.addSpacing(10)
        self._look = QPushButton(icon("image"), "Look at the dataset…")
        self._look.setToolTip("Class frequencies, images with their masks, and broken pairs")
        self._look.setAutoDefault(False)
        self._look.clicked.connect(self.look_asked)
        layout.addWidget(self._look)
        layout.addStretch(1)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0" * 32))

    def text(self, key: str) -> str:
        """What stands in a row."""
        return self._values[key].text()

    def show_network(self, spec: NetworkSpec | None) -> None:
        """Predict a network's cost; dashes while its settings make none."""
        if spec is None:
            for key, _, _ in _ROWS:
                self._values[key].setText("–")
            return
        cost = network_cost(spec)
        self._values["multiply_adds"].setText(count_text(cost.multiply_adds))
        self._values["parameters"].setText(count_text(cost.parameters))
        self._values["float32"].setText(f"{cost.float32_bytes / 1e6:.2f} MB")
        self._values["int8"].setText(f"{cost.int8_bytes / 1e6:.2f} MB")
        height, width = spec.input_size if spec.output == "labels" else spec.logits_size
        self._values["logits"].setText(f"{height} x {width}")

    def show_training(self, spec: TrainSpec | None, findings: Findings | None) -> None:
        """Count images and steps; dashes while that cannot be known."""
        texts = dict.fromkeys(self._training_keys(), "–")
        if findings is not None and findings.images:
            beside = f" + {findings.unlabelled:,}" if findings.unlabelled else ""
            texts["images"] = f"{findings.images:,}{beside}"
        if findings is not None and findings.val_images:
            wanted = spec.val_images if spec is not None else 0
            count = min(findings.val_images, wanted or findings.val_images)
            texts["val_images"] = f"{count:,}"
        if spec is not None and findings is not None and findings.images:
            epoch_steps, steps = steps_of(spec, findings)
            # How often rare classes are repeated is known only when all masks have been read.
            more = "from " if spec.loss.repeat_rare > 1 else ""
            texts["epoch_steps"] = f"{more}{epoch_steps:,}"
            texts["steps"] = f"{more}{steps:,}"
        for key, text in texts.items():
            self._values[key].setText(text)
        self._look.setEnabled(findings is not None and findings.classes > 0)

    def _training_keys(self) -> list[str]:
        return [key for key, _, _ in _DATA_ROWS]


def steps_of(spec: TrainSpec, findings: Findings) -> tuple[int, int]:
    """Optimizer steps an epoch, and in all; the least, where rare classes are repeated."""
    epoch = max(1, (findings.images + findings.unlabelled) // spec.batch_size)
    steps = epoch * spec.epochs
    return epoch, min(steps, spec.most_steps) if spec.most_steps else steps


def count_text(number: float) -> str:
    """A large number as `0.68 billion`, `2.14 million` or `12 thousand`."""
    for factor, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if number >= 0.1 * factor:
            return f"{number / factor:.3g} {word}"
    return f"{number:.0f}"
