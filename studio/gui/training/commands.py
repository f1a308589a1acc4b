"""Carries out what is asked of the chosen run: opens the dialogs, hands over to the view model."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QInputDialog

from studio.errors import RunError
from studio.gui.jobs.log_dialog import LogDialog
from studio.gui.training.compare_dialog import CompareDialog
from studio.gui.training.form.dialog import NewTrainingDialog
from studio.gui.training.model_export import ExportDialog
from studio.gui.training.run import JOB, TrainingRun
from studio.gui.training.run_sidebar import RunSidebar
from studio.gui.training.view_model import TrainingViewModel
from studio.runs.store import TrashedRun
from studio.training.spec import TrainSpec


class RunCommands(QObject):
    """One method an action of `RunActions`.

    Args:
        model: of the runs.
        sidebar: where a run is chosen; owner of the dialogs.
    """

    only_asked = Signal(str)  # draw the curves of this run alone

    def __init__(self, model: TrainingViewModel, sidebar: RunSidebar) -> None:
        super().__init__(sidebar)
        self._model = model
        self._sidebar = sidebar
        self._trashed: TrashedRun | None = None
        self._form: NewTrainingDialog | None = None  # of a new training; duplicates have their own
        model.deleted.connect(self._offer_undo)

    @property
    def forms(self) -> list[NewTrainingDialog]:
        """Those that are open."""
        found = self._sidebar.window().findChildren(NewTrainingDialog)
        return [form for form in found if form.isVisible()]

    @property
    def can_undo(self) -> bool:
        """Whether a deleted run can be brought back."""
        return self._trashed is not None

    def run(self, key: str) -> None:
        """Carry out an action.

        Args:
            key: as emitted by `RunActions.asked`.
        """
        if key == "new":
            self.new_training()
        elif key == "undo":
            self._undo()
        else:
            chosen = self._sidebar.chosen
            if chosen is not None:
                getattr(self, f"_{key}")(chosen)

    def new_training(
        self, spec: TrainSpec | None = None, title: str = "", parent: str = ""
    ) -> None:
        """Open the form, or bring it to the front."""
        if self._form is not None and spec is None:
            self._form.show()
            self._form.raise_()
            self._form.activateWindow()
            return
        dataset = ""
        if spec is None:  # most trainings learn from what the one before learned from
            specs = (run.spec for run in self._model.runs)
            dataset = next((each.dataset for each in specs if each is not None), "")
        form = NewTrainingDialog(spec, title, dataset, self._sidebar.window())
        form.started.connect(lambda made, words: self._start(form, made, words, parent))
        form.failed.connect(self._model.failed)
        form.dataset_asked.connect(self.show_dataset)
        self._open(form)
        if spec is None:
            self._form = form
            form.destroyed.connect(self._forget_form)

    def _forget_form(self) -> None:
        self._form = None

    def _start(self, form: NewTrainingDialog, spec: TrainSpec, title: str, parent: str) -> None:
        parents = (parent,) if parent else ()
        if self._model.launch(JOB, spec, title, parents) is not None:
            form.close()

    # -- by key --------------------------------------------------------------------------------

    def _stop(self, run: TrainingRun) -> None:
        self._model.stop(run)

    def _resume(self, run: TrainingRun) -> None:
        self._model.resume(run)

    def _duplicate(self, run: TrainingRun) -> None:
        if run.spec is not None:
            self.new_training(run.spec, run.title, run.name)

    def _compare(self, run: TrainingRun) -> None:
        self._open(CompareDialog(self._model.runs, run, self._sidebar.window()))

    def _only(self, run: TrainingRun) -> None:
        self.only_asked.emit(run.name)

    def _rename(self, _run: TrainingRun) -> None:
        self._sidebar.edit_title()

    def _note(self, run: TrainingRun) -> None:
        dialog = QInputDialog(self._sidebar.window())
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setWindowTitle(f"Note on “{run.title}”")
        dialog.setLabelText("What this run is about, what came of it:")
        dialog.setTextValue(run.note)
        dialog.resize(460, 240)
        dialog.textValueSelected.connect(lambda text: self._model.set_note(run, text))
        self._open(dialog)

    def _export(self, run: TrainingRun) -> None:
        dialog = ExportDialog(run, self._sidebar.window())
        dialog.asked.connect(
            lambda spec, title: self._model.launch("export", spec, title, (run.name,))
        )
        self._open(dialog)

    def _dataset(self, run: TrainingRun) -> None:
        if run.spec is not None:
            self.show_dataset(run.spec.dataset, run.spec.split)

    def show_dataset(self, dataset: str, split: str) -> None:
        """Open the page of a dataset."""
        from studio.gui.datasets.panel import DatasetDialog  # its charts are not needed before

        window = self._sidebar.window()
        dialog = DatasetDialog(dataset, split, window, runs_dir=self._model.runs_dir)
        dialog.train_requested.connect(self.train_on)
        self._open(dialog)

    def train_on(self, dataset: str) -> None:
        """Open the form for a dataset."""
        self.new_training()
        if self._form is not None:
            self._form.set_dataset(dataset)

    def _folder(self, run: TrainingRun) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder.path))):
            self._model.failed.emit(
                RunError(
                    "No program is set up to open folders.",
                    remedy=f"The run lies in {run.folder.path}.",
                )
            )

    def _log(self, run: TrainingRun) -> None:
        self._open(LogDialog(run.folder, run.title, self._sidebar.window()))

    def _delete(self, run: TrainingRun) -> None:
        self._model.delete(run)

    def _offer_undo(self, trashed: TrashedRun, title: str) -> None:
        self._trashed = trashed
        self._sidebar.undo_bar.offer(title)

    def _undo(self) -> None:
        if self._trashed is not None:
            trashed, self._trashed = self._trashed, None
            self._sidebar.undo_bar.hide()
            self._model.restore(trashed)
            self._sidebar.choose(trashed.name)

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog that does not hold up the window, and goes when it is closed."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
