"""Opens the page of a dataset from the window: by menu, by palette, by a dropped folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from studio.gui.datasets.panel import DatasetDialog

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow


def dataset_among(paths: Sequence[Path]) -> Path | None:
    """The dataset that is dropped, when it is one folder and nothing else."""
    if len(paths) != 1 or not paths[0].is_dir():
        return None
    from studio.data.dataset import is_dataset  # loads libraries for annotations

    try:
        return paths[0] if is_dataset(paths[0]) else None
    except OSError:
        return None


def ask_dataset(window: MainWindow) -> DatasetDialog | None:
    """Let the user choose a dataset, and show it."""
    name = QFileDialog.getExistingDirectory(
        window, "Choose a dataset (VOC, COCO, YOLO-seg, or folders of images and masks)"
    )
    return show_dataset(window, Path(name)) if name else None


def show_dataset(window: MainWindow, dataset: Path, split: str = "train") -> DatasetDialog:
    """Show a dataset in a window of its own, from which a training can be started."""
    dialog = DatasetDialog(dataset, split, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.train_requested.connect(lambda folder: _train_on(window, folder))
    dialog.show()
    return dialog


def _train_on(window: MainWindow, dataset: str) -> None:
    from studio.gui.training.panel import TrainingPanel
    from studio.training.spec import TrainSpec

    window.docks.bring_up("training")
    panel = window.docks["training"].widget()
    if isinstance(panel, TrainingPanel):
        panel.commands.new_training(TrainSpec(dataset=dataset))
