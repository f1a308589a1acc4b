"""The page of a dataset: it is checked in the background, and shown with all that was found."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from studio.data.report import DatasetReport
from studio.errors import StudioError
from studio.gui import icons
from studio.gui.datasets.broken_page import BrokenPage
from studio.gui.datasets.frequencies_page import FrequenciesPage
from studio.gui.datasets.inspection import Inspection
from studio.gui.datasets.overview_page import OverviewPage
from studio.gui.datasets.samples_page import SamplesPage
from studio.gui.training.results.words import count
from studio.gui.widgets.elided_label import ElidedLabel
from studio.runs.events import Progress

_SPLITS = ("train", "val", "trainval")


class DatasetDialog(QDialog):
    """A window over one list of a dataset; it takes folders that are dropped on it.

    Args:
        dataset: its folder.
        split: its list.
        runs_dir: where the run of the check lies; the workspace's for None.
    """

    train_requested = Signal(str)  # folder of the dataset

    def __init__(
        self,
        dataset: Path | str,
        split: str = "train",
        parent: QWidget | None = None,
        *,
        runs_dir: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._dataset = Path(dataset)
        self._report: DatasetReport | None = None
        self.inspection = Inspection(runs_dir, self)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setAcceptDrops(True)
        self.resize(1080, 760)
        self.overview = OverviewPage()
        self.frequencies = FrequenciesPage()
        self.samples = SamplesPage()
        self.broken = BrokenPage()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for title, page in (
            ("Overview", self.overview),
            ("Classes", self.frequencies),
            ("Samples", self.samples),
            ("Broken pairs", self.broken),
        ):
            self.tabs.addTab(page, title)
        self._problem = QLabel()
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._problem)
        self._pages.addWidget(self.tabs)
        column = QVBoxLayout(self)
        column.addLayout(self._build_top(split))
        column.addLayout(self._build_progress())
        column.addWidget(self._pages, 1)
        column.addLayout(self._build_foot())
        self._stop.setFocus()
        self.inspection.started.connect(self._on_started)
        self.inspection.progressed.connect(self._on_progress)
        self.inspection.finished.connect(self.show_report)
        self.inspection.failed.connect(self._on_failed)
        self.check()

    # -- assembly ------------------------------------------------------------------------------

    def _build_top(self, split: str) -> QHBoxLayout:
        self._where = ElidedLabel(role="heading")
        self._split = QComboBox()
        self._split.setEditable(True)
        self._split.addItems(_SPLITS)
        self._split.setCurrentText(split)
        self._split.setAccessibleName("List of the dataset")
        self._split.setToolTip("Which list of the dataset is looked at; others can be typed.")
        self._split.activated.connect(self.check)
        label = QLabel("&List")
        label.setBuddy(self._split)
        choose = QPushButton(icons.icon("folder"), "Other dataset…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self._where, 1)
        row.addWidget(label)
        row.addWidget(self._split)
        row.addWidget(choose)
        return row

    def _build_progress(self) -> QHBoxLayout:
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the check")
        self._words = ElidedLabel(role="muted")
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(self._bar, 1)
        return row

    def _build_foot(self) -> QHBoxLayout:
        self._again = QPushButton(icons.icon("refresh"), "Check again")
        self._again.setToolTip("Look at all images anew, after files were mended")
        self._again.clicked.connect(self.check)
        self._stop = QPushButton(icons.icon("stop"), "Stop")
        self._stop.setToolTip("End the check and show what was found until now")
        self._stop.clicked.connect(self.inspection.stop)
        self._train = QPushButton(icons.icon("train", "on_accent"), "Train on this…")
        self._train.setProperty("primary", True)
        self._train.clicked.connect(lambda: self.train_requested.emit(str(self._dataset)))
        row = QHBoxLayout()
        row.addWidget(self._again)
        row.addWidget(self._stop)
        row.addStretch(1)
        row.addWidget(self._train)
        for button in (self._again, self._stop, self._train):
            button.setAutoDefault(False)
        return row

    # -- state ---------------------------------------------------------------------------------

    @property
    def dataset(self) -> Path:
        """Its folder."""
        return self._dataset

    @property
    def split(self) -> str:
        """The list that is looked at."""
        return self._split.currentText().strip()

    @property
    def report(self) -> DatasetReport | None:
        """What was found; None while nothing was."""
        return self._report

    @property
    def problem(self) -> str:
        """Why nothing is shown; empty while something is."""
        return self._problem.text() if self._pages.currentIndex() == 0 else ""

    @property
    def words(self) -> str:
        """How far the check has come, or what came of it."""
        return self._words.text()

    def show_dataset(self, dataset: Path) -> None:
        """Check another dataset."""
        self._dataset = dataset
        self.check()

    def check(self, _choice: object = None) -> None:
        """Look at the dataset anew."""
        self._report = None
        self.setWindowTitle(f"Dataset {self._dataset.name}")
        self._where.setText(str(self._dataset))
        self._problem.setText("")
        self._pages.setCurrentIndex(0)
        self._train.setEnabled(False)
        self.inspection.start(self._dataset, self.split)

    def _on_started(self) -> None:
        self._problem.setText("Looking at every image and mask …")
        self._words.setText("The check starts …")
        self._bar.setRange(0, 0)
        self._show_running(True)

    def _show_running(self, on: bool) -> None:
        self._again.setEnabled(not on)
        if not on and self._stop.hasFocus():
            self._again.setFocus()  # else the list gets it, where a key would type
        self._bar.setVisible(on)
        self._stop.setVisible(on)

    def _on_progress(self, progress: Progress) -> None:
        self._bar.setRange(0, progress.total or 0)
        self._bar.setValue(progress.done)
        of = "" if progress.total is None else f" of {count(progress.total)}"
        what = progress.message or "Looking"
        self._words.setText(f"{what}: {count(progress.done)}{of} {progress.unit}")

    def show_report(self, report: DatasetReport) -> None:
        """Show what a check found."""
        self._report = report
        self._show_running(False)
        folder = self.inspection.folder
        self.overview.show_report(report)
        self.frequencies.show_report(report)
        self.broken.show_report(report)
        if folder is not None:
            self.samples.show_report(report, folder.artifacts_dir)
        bad = len(report.broken)
        self.tabs.setTabText(3, f"Broken pairs ({count(bad)})" if bad else "Broken pairs")
        looked = f"{count(report.checked)} of {count(report.images)} images were looked at"
        self._words.setText(f"{looked}; {count(bad)} cannot be used.")
        self._pages.setCurrentIndex(1)
        self._train.setEnabled(report.checked > bad)

    def _on_failed(self, error: StudioError) -> None:
        self._show_running(False)
        if self._report is None:
            self._problem.setText(f"{error.message}\n\n{error.remedy}".strip())
            self._problem.setToolTip(error.details)
            self._words.setText("The check did not succeed.")
            self._pages.setCurrentIndex(0)

    # -- other datasets ------------------------------------------------------------------------

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Choose a dataset", str(self._dataset))
        if name:
            self.show_dataset(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a folder."""
        if _folder_in(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Check the folder that is dropped."""
        folder = _folder_in(event)
        if folder is not None:
            event.acceptProposedAction()
            self.show_dataset(folder)

    def reject(self) -> None:
        """Escape and the window's button come here; a check that nobody waits for is ended."""
        self.inspection.stop()
        super().reject()


def _folder_in(event: QDropEvent) -> Path | None:
    """The first folder among what is dragged."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.is_dir()), None)
