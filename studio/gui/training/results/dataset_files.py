"""Where the images of a run's dataset lie: most are scored, few are kept as pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from studio.errors import StudioError
from studio.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """The files of one image.

    Attributes:
        image: the picture.
        mask: its truth as a picture; None without, or when it is stored in another way.
    """

    image: Path
    mask: Path | None


def dataset_files(folder: RunFolder) -> dict[str, ImageFiles]:
    """Find the validation images of a training by name; nothing when its dataset is gone."""
    from studio.data.dataset import open_dataset  # loads libraries for annotations

    try:
        spec = folder.record().spec
        dataset = open_dataset(
            Path(str(spec.get("dataset", ""))), str(spec.get("val_split", "val"))
        )
    except (StudioError, OSError, ValueError):
        return {}
    return {
        sample.name: ImageFiles(
            sample.image,
            sample.mask if sample.mask is not None and sample.mask.suffix == ".png" else None,
        )
        for sample in dataset.samples
    }


class _Find(QRunnable):
    """Reads the dataset's lists, which may be long."""

    def __init__(self, folder: RunFolder, tell: Callable[..., object]) -> None:
        super().__init__()
        self._folder, self._tell = folder, tell

    def run(self) -> None:
        """Find, and say what there is."""
        found = dataset_files(self._folder)
        with contextlib.suppress(RuntimeError):  # the widgets are gone, and who owned them
            self._tell(self._folder, found)


class DatasetFiles(QObject):
    """Looks once for each run, beside the GUI thread, when somebody asks."""

    found = Signal()
    _told = Signal(object, object)  # RunFolder, dict of ImageFiles by name

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: RunFolder | None = None
        self._files: dict[str, ImageFiles] = {}
        self._told.connect(self._on_told)

    def look(self, folder: RunFolder | None) -> None:
        """Begin to look for the images of a run; `found` follows."""
        if folder != self._folder:
            self._folder, self._files = folder, {}
            if folder is not None:
                QThreadPool.globalInstance().start(_Find(folder, self._told.emit))

    def get(self, folder: RunFolder | None, name: str) -> ImageFiles | None:
        """The files of an image of a run, as far as they are known."""
        return self._files.get(name) if folder == self._folder else None

    def _on_told(self, folder: RunFolder, files: dict[str, ImageFiles]) -> None:
        if folder == self._folder:
            self._files = files
            self.found.emit()
