"""The four pages over a run's evaluations; one choice of epoch for all of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from studio.gui.training.results.classes_page import ClassesPage
from studio.gui.training.results.confusion_page import ConfusionPage
from studio.gui.training.results.page import ResultsPage
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.selection import Selection
from studio.gui.training.results.validation_page import ValidationPage
from studio.gui.training.results.worst_page import WorstPage
from studio.runs.folder import RunFolder


class ResultsView(QWidget):
    """Shows what the evaluations of one training run left behind, while it runs and afterwards.

    It has its pages in tabs of its own; who puts them into other tabs (`pages`) keeps this view
    as their common heart, and need not show it.
    """

    failed = Signal(object)  # StudioError
    saved = Signal(str)  # path of a file that was exported

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection(self)
        self._store = PictureStore(self)
        self.selection.run_changed.connect(self._store.clear)
        self.selection.rewritten.connect(self._on_rewritten)
        self.validation = ValidationPage(self.selection, self._store)
        self.classes = ClassesPage(self.selection, self._store)
        self.confusion = ConfusionPage(self.selection)
        self.worst = WorstPage(self.selection, self._store)
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        for title, page in self._titled():
            page.failed.connect(self.failed)
            page.saved.connect(self.saved)
            tabs.addTab(page, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(tabs)

    def _titled(self) -> list[tuple[str, ResultsPage]]:
        return [
            ("Validation", self.validation),
            ("Classes", self.classes),
            ("Confusion", self.confusion),
            ("Worst images", self.worst),
        ]

    @property
    def store(self) -> PictureStore:
        """Reads and keeps the pictures of all pages."""
        return self._store

    def pages(self) -> list[tuple[str, QWidget]]:
        """The pages with their titles, to be put into tabs elsewhere."""
        return [(title, page) for title, page in self._titled()]

    def show_run(self, folder: RunFolder | None) -> None:
        """Show another run; None for none."""
        self.selection.show_run(folder)

    def poll(self) -> None:
        """Look for new evaluations; cheap enough for a timer in the GUI thread."""
        self.selection.poll()

    def _on_rewritten(self, folder: Path) -> None:
        self._store.forget(folder)
