"""Which run and which epoch all pages show, and what its evaluations say."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.gui.training.results.dataset_files import DatasetFiles
from studio.runs.folder import RunFolder
from studio.training.validation_log import (
    EpochScores,
    epoch_dir,
    read_scores,
    sample_names,
    validation_dir,
)

PLAY_MILLIS = 400
_KEPT_SCORES = 16
_Stamp = tuple[int, int]


class Selection(QObject):
    """One run's evaluations, one of them chosen; every page follows it.

    Everything is read from files that may be torn, missing or deleted at any moment.
    """

    run_changed = Signal()
    epochs_changed = Signal()  # there are others than before; `epoch_changed` follows
    epoch_changed = Signal()  # another is chosen, or its files are new
    rewritten = Signal(object)  # Path of an epoch's folder whose files are new
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: RunFolder | None = None
        self._epochs: tuple[int, ...] = ()
        self._epoch: int | None = None
        self._samples: tuple[str, ...] = ()
        self._kept: frozenset[str] = frozenset()
        self.dataset = DatasetFiles(self)
        self._follows = True
        self._stamps: dict[int, _Stamp] = {}
        self._scores: OrderedDict[int, tuple[_Stamp, EpochScores | None]] = OrderedDict()
        self._player = QTimer(self, interval=PLAY_MILLIS)
        self._player.timeout.connect(self._play_on)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def folder(self) -> RunFolder | None:
        """The run."""
        return self._folder

    @property
    def epochs(self) -> tuple[int, ...]:
        """Those that were evaluated, oldest first."""
        return self._epochs

    @property
    def epoch(self) -> int | None:
        """The chosen one; None while there is none."""
        return self._epoch

    @property
    def follows_newest(self) -> bool:
        """Whether a new evaluation is chosen as soon as it is there."""
        return self._follows

    @property
    def is_playing(self) -> bool:
        """Whether epochs are shown one after the other."""
        return self._player.isActive()

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the images that are kept as pictures."""
        return self._samples

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes; empty while no scores can be read."""
        shown = self.scores()
        return () if shown is None else shown.labels

    def scores(self, epoch: int | None = None) -> EpochScores | None:
        """Read an evaluation; None when it is missing or damaged.

        Args:
            epoch: the chosen one by default.
        """
        epoch = self._epoch if epoch is None else epoch
        if self._folder is None or epoch is None:
            return None
        stamp = self._stamp(epoch)
        if stamp is None:
            return None
        kept = self._scores.get(epoch)
        if kept is None or kept[0] != stamp:
            kept = stamp, read_scores(self._folder.artifacts_dir, epoch)
            self._scores[epoch] = kept
            while len(self._scores) > _KEPT_SCORES:
                self._scores.popitem(last=False)
        self._scores.move_to_end(epoch)
        return kept[1]

    def before(self, epoch: int) -> int | None:
        """The evaluation before another."""
        earlier = [other for other in self._epochs if other < epoch]
        return earlier[-1] if earlier else None

    # -- files ---------------------------------------------------------------------------------

    def photo_path(self, name: str) -> Path | None:
        """Where a validation image lies: kept as a picture, or in the dataset; None if unknown."""
        if name in self._kept:
            return self._samples_dir() / f"{name}.jpg"
        files = self.dataset.get(self._folder, name)
        return None if files is None else files.image

    def truth_path(self, name: str) -> Path | None:
        """Where its truth lies; None if unknown."""
        if name in self._kept:
            return self._samples_dir() / f"{name}.png"
        files = self.dataset.get(self._folder, name)
        return None if files is None else files.mask

    def prediction_path(self, name: str) -> Path | None:
        """Where the mask predicted at the chosen epoch lies; None where none was kept."""
        if self._folder is None or self._epoch is None or name not in self._kept:
            return None
        return epoch_dir(self._folder.artifacts_dir, self._epoch) / f"{name}.png"

    def _samples_dir(self) -> Path:
        assert self._folder is not None
        return validation_dir(self._folder.artifacts_dir) / "samples"

    def _stamp(self, epoch: int) -> _Stamp | None:
        assert self._folder is not None
        try:
            found = (epoch_dir(self._folder.artifacts_dir, epoch) / "scores.json").stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    # -- choosing ------------------------------------------------------------------------------

    def show_run(self, folder: RunFolder | None) -> None:
        """Show another run, its newest evaluation first."""
        if folder == self._folder:
            self.poll()
            return
        self.set_playing(False)
        self._folder = folder
        self._epochs, self._epoch = (), None
        self._samples, self._kept = (), frozenset()
        self._stamps.clear()
        self._scores.clear()
        self._follows = True
        self.run_changed.emit()
        self.poll()
        if not self._epochs:
            self.epochs_changed.emit()
            self.epoch_changed.emit()

    def set_epoch(self, epoch: int) -> None:
        """Choose an evaluation; the newest one is followed from then on."""
        if epoch in self._epochs and epoch != self._epoch:
            self.set_playing(False)
            self._choose(epoch, follow=epoch == self._epochs[-1])

    def _choose(self, epoch: int, *, follow: bool) -> None:
        self._epoch = epoch
        self._follows = follow
        self.epoch_changed.emit()

    def step(self, by: int) -> None:
        """Choose the evaluation so many further on."""
        if self._epoch is not None:
            at = self._epochs.index(self._epoch) + by
            self.set_epoch(self._epochs[min(max(at, 0), len(self._epochs) - 1)])

    def set_follows_newest(self, on: bool) -> None:
        """Choose whether new evaluations are shown as they come."""
        self._follows = on
        if on:
            self.set_playing(False)
            if self._epochs and self._epoch != self._epochs[-1]:
                self._epoch = self._epochs[-1]
        self.epoch_changed.emit()

    def set_playing(self, on: bool) -> None:
        """Show epochs one after the other, from the first one when the last one is shown."""
        on = on and len(self._epochs) > 1
        if on == self.is_playing:
            return
        if on:
            self._player.start()
            if self._epoch == self._epochs[-1]:
                self._choose(self._epochs[0], follow=False)
        else:
            self._player.stop()
        self.playing_changed.emit(on)

    def _play_on(self) -> None:
        later = [epoch for epoch in self._epochs if self._epoch is not None and epoch > self._epoch]
        if later:
            self._choose(later[0], follow=len(later) == 1)
        if len(later) < 2:
            self.set_playing(False)

    # -- following the run ---------------------------------------------------------------------

    def poll(self) -> None:
        """Look for new evaluations: one listing of a folder, and a `stat` or two."""
        if self._folder is None:
            return
        epochs = self._scored_epochs()
        looked_at = {*epochs[-1:], *(() if self._epoch is None else (self._epoch,))}
        changed = [epoch for epoch in looked_at if self._is_rewritten(epoch)]
        for epoch in changed:
            self.rewritten.emit(epoch_dir(self._folder.artifacts_dir, epoch))
        if epochs != self._epochs:
            self._take(epochs)
        elif self._epoch in changed:
            self.epoch_changed.emit()

    def _take(self, epochs: tuple[int, ...]) -> None:
        assert self._folder is not None
        self._epochs = epochs
        self._samples = sample_names(self._folder.artifacts_dir) if epochs else ()
        self._kept = frozenset(self._samples)
        if not epochs:
            self._epoch = None
        elif self._epoch is None or self._follows or self._epoch not in epochs:
            self._epoch = epochs[-1]
        self.epochs_changed.emit()
        self.epoch_changed.emit()

    def _scored_epochs(self) -> tuple[int, ...]:
        assert self._folder is not None
        try:
            folders = list((validation_dir(self._folder.artifacts_dir) / "epochs").iterdir())
        except OSError:
            return ()
        known = set(self._epochs)
        numbers = [int(folder.name) for folder in folders if folder.name.isdecimal()]
        return tuple(sorted(n for n in numbers if n in known or self._stamp(n) is not None))

    def _is_rewritten(self, epoch: int) -> bool:
        """Whether an epoch's scores are others than when they were last looked at."""
        stamp = self._stamp(epoch)
        if stamp is None:
            return False
        before = self._stamps.get(epoch)
        self._stamps[epoch] = stamp
        return before is not None and before != stamp
