"""Looks at the dataset and the files that a training names, beside the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from studio.data.dataset import open_dataset, open_unlabelled
from studio.errors import InputError, StudioError
from studio.gui.errors import in_words
from studio.training.spec import TrainSpec

_PAUSE_MILLIS = 350


@dataclass(frozen=True, slots=True)
class Places:
    """What a training reads.

    Attributes:
        dataset: folder.
        split: list to train on.
        val_split: list to evaluate on.
        start_from: as in the spec.
        teacher: file; may be empty.
        unlabelled: folder; may be empty.
    """

    dataset: str
    split: str
    val_split: str
    start_from: str
    teacher: str
    unlabelled: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found there.

    Attributes:
        images: to train on, those without masks not among them.
        val_images: to evaluate on.
        unlabelled: images without masks.
        classes: of the dataset; 0 when it could not be opened.
        errors: by key of the setting that they are about.
    """

    images: int = 0
    val_images: int = 0
    unlabelled: int = 0
    classes: int = 0
    errors: dict[str, StudioError] = field(default_factory=dict)


def places_of(spec: TrainSpec) -> Places:
    """What a training reads."""
    return Places(
        dataset=spec.dataset,
        split=spec.split,
        val_split=spec.val_split,
        start_from=spec.start_from,
        teacher=spec.distillation.teacher,
        unlabelled=spec.distillation.unlabelled,
    )


def look(places: Places) -> Findings:
    """Open the lists of a dataset and look for the files; takes as long as the disk does."""
    errors: dict[str, StudioError] = {}
    counts = {"split": 0, "val_split": 0}
    classes = 0
    for key, split in (("split", places.split), ("val_split", places.val_split)):
        try:
            dataset = open_dataset(Path(places.dataset), split)
            counts[key], classes = len(dataset), dataset.classes
        except StudioError as error:
            if not any(str(error) == str(known) for known in errors.values()):
                errors[key] = error
    unlabelled = 0
    if places.unlabelled:
        try:
            unlabelled = len(open_unlabelled(Path(places.unlabelled)))
        except StudioError as error:
            errors["distillation.unlabelled"] = error
    for key, name in (("start_from", places.start_from), ("distillation.teacher", places.teacher)):
        if name not in ("", "imagenet") and not Path(name).is_file():
            errors[key] = InputError(f"There is no file {name}.", remedy="Check its path.")
    return Findings(counts["split"], counts["val_split"], unlabelled, classes, errors)


class _Signals(QObject):
    done = Signal(object, object)  # Places, Findings


class _Look(QRunnable):
    def __init__(self, places: Places) -> None:
        super().__init__()
        self.signals = _Signals()
        self._places = places

    def run(self) -> None:
        """Look, and tell."""
        try:
            findings = look(self._places)
        except Exception as error:  # noqa: BLE001 - told beside the setting; a thread has no one else
            findings = Findings(errors={"dataset": in_words(error)})
        self.signals.done.emit(self._places, findings)


class Probe(QObject):
    """Looks a moment after the last change, and forgets answers to older questions."""

    found = Signal(object)  # Findings

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places: Places | None = None
        self._findings: Findings | None = None
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MILLIS)
        self._timer.timeout.connect(self._start)

    @property
    def findings(self) -> Findings | None:
        """Of the places asked about last; None while they are being looked at."""
        return self._findings

    def ask(self, places: Places) -> None:
        """Look there soon, unless that is what was looked at already."""
        if places != self._places:
            self._places, self._findings = places, None
            self._timer.start()

    def _start(self) -> None:
        assert self._places is not None
        task = _Look(self._places)
        task.signals.done.connect(self._on_done)
        QThreadPool.globalInstance().start(task)

    def _on_done(self, places: Places, findings: Findings) -> None:
        if places == self._places:
            self._findings = findings
            self.found.emit(findings)
