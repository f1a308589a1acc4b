"""The training panel: runs at the left; curves and results of evaluations in tabs at the right."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QSplitter,
    QStackedLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from studio.gui.theme import theme_changed
from studio.gui.training.commands import RunCommands
from studio.gui.training.curves_view import CurvesView, DrawnRun
from studio.gui.training.exporter import CurveExporter
from studio.gui.training.flow_layout import FlowLayout
from studio.gui.training.results import ResultsView
from studio.gui.training.run_actions import RunActions
from studio.gui.training.run_list_model import RunListModel
from studio.gui.training.run_sidebar import RunSidebar
from studio.gui.training.trouble_bar import RunTroubleBar
from studio.gui.training.view_model import TrainingViewModel
from studio.gui.widgets.empty_state import EmptyState

POLL_MILLIS = 500
_CATCH_UP_MILLIS = 30
_REDRAW_SECONDS = 0.7
_NARROW_PIXELS = 620
_SIDEBAR_PIXELS = 264


class TrainingPanel(QWidget):
    """Assembles the parts, and reads run folders while somebody looks.

    Args:
        runs_dir: the folder of run folders; need not exist yet.
    """

    failed = Signal(object)  # StudioError
    saved = Signal(str)  # path of a file that was exported

    def __init__(self, runs_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self._data = TrainingViewModel(runs_dir, self)
        self.actions_ = RunActions(self)
        self.list_model = RunListModel(self)
        self._drawn_at, self._is_stale = 0.0, False
        self._build()
        self.commands = RunCommands(self._data, self.sidebar)
        self._connect()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.poll)

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        empty = EmptyState(
            "train",
            "No training runs yet",
            "Choose a dataset and a preset to train a network of your own; loss, mIoU and "
            "predicted masks show here while it runs. Runs of another computer appear when their "
            f"folders are copied into {self._data.runs_dir}.",
            ("New training…", self.actions_.new.trigger),
            parent=self,
        )
        self.sidebar = RunSidebar(self.list_model, self.actions_)
        self.curves = CurvesView()
        self.exporter = CurveExporter(self.curves)
        self.exporter.fill_menu(self.curves.options.export_menu)
        self.results = ResultsView(self)
        self.results.hide()  # its pages stand in the tabs here
        self.trouble = RunTroubleBar()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(3)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self._build_content())
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([_SIDEBAR_PIXELS, 10_000])
        filled = QWidget(self)
        around = QVBoxLayout(filled)
        around.setContentsMargins(8, 4, 8, 6)
        around.addWidget(self.splitter)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(empty)
        self._pages.addWidget(filled)
        self.setMinimumSize(260, 150)

    def _build_content(self) -> QWidget:
        """Tabs and options in one line while there is room, two where there is not."""
        content = QWidget()
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setAccessibleName("What is shown of the training")
        self.stack = QStackedWidget()
        self.tabs.addTab("Curves")
        self.stack.addWidget(self.curves)
        for title, page in self.results.pages():
            self.tabs.addTab(title)
            self.stack.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab)
        head = QWidget()
        flow = FlowLayout(head, spacing=4)
        flow.addWidget(self.tabs)
        flow.addWidget(self.curves.options)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(6, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(head)
        layout.addWidget(self.trouble)
        layout.addWidget(self.stack, 1)
        return content

    def _connect(self) -> None:
        self._data.runs_changed.connect(self._show_runs)
        self._data.curves_changed.connect(self._on_new_points)
        self._data.failed.connect(self.failed)
        self._data.launched.connect(self._on_launched)
        self.list_model.ticked.connect(self._show_curves)
        self.list_model.renamed.connect(self._data.rename)
        self.sidebar.chosen_changed.connect(self._on_chosen)
        self.actions_.asked.connect(self._on_asked)
        self.commands.only_asked.connect(lambda name: self.list_model.draw(name, only=True))
        self.curves.run_chosen.connect(self.sidebar.choose)
        for part in (self.results, self.exporter):
            part.failed.connect(self.failed)
        self.results.saved.connect(self.saved)
        self.exporter.finished.connect(self.saved)
        theme_changed.connect(self.sidebar.view.viewport().update)

    # -- state ---------------------------------------------------------------------------------

    @property
    def data(self) -> TrainingViewModel:
        """The runs behind the panel."""
        return self._data

    @property
    def is_empty(self) -> bool:
        """Whether the panel says that there are no runs."""
        return self._pages.currentIndex() == 0

    def poll(self) -> None:
        """Look at the runs, and again soon: sooner while there is more to read."""
        self._data.poll()
        if self._is_stale and not self._data.is_behind:
            self._show_curves()
        if self.tabs.currentIndex() > 0:
            self.results.poll()
        if any(run.is_live for run in self._data.runs):
            self.sidebar.view.viewport().update()  # the time left goes on without events
            self._show_state()
        if self.isVisible():
            self._timer.start(_CATCH_UP_MILLIS if self._data.is_behind else POLL_MILLIS)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.poll()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop reading while nobody looks."""
        self._timer.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow dock the runs stand above the curves."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW_PIXELS
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)
            side = self.height() // 3 if is_narrow else _SIDEBAR_PIXELS
            self.splitter.setSizes([side, 10_000])

    # -- showing -------------------------------------------------------------------------------

    def _show_runs(self) -> None:
        runs = self._data.runs
        self._pages.setCurrentIndex(1 if runs else 0)
        self.list_model.show_runs(runs)
        self.sidebar.choose_any()
        self._show_state()

    def _on_new_points(self) -> None:
        """While a long log is read, a redraw now and then is enough."""
        is_time = time.monotonic() - self._drawn_at >= _REDRAW_SECONDS
        if is_time or not self._data.is_behind:
            self._show_curves()
        else:
            self._is_stale = True

    def _show_curves(self) -> None:
        self._drawn_at, self._is_stale = time.monotonic(), False
        drawn = [
            DrawnRun(run.name, run.title, self.list_model.colour(run), run.curves)
            for run in self.list_model.drawn
        ]
        self.curves.show_runs(drawn)
        chosen = self.sidebar.chosen
        self.curves.show_load(None if chosen is None else chosen.curves)

    def _show_state(self) -> None:
        """What can be done with the chosen run, and what is the matter with it."""
        chosen = self.sidebar.chosen
        self.actions_.show_run(chosen, len(self._data.runs))
        self.actions_.undo.setEnabled(self.commands.can_undo)
        self.trouble.show_run(chosen)

    def _on_chosen(self) -> None:
        chosen = self.sidebar.chosen
        self._show_state()
        self.curves.show_load(None if chosen is None else chosen.curves)
        self.results.show_run(None if chosen is None else chosen.folder)

    def _on_launched(self, name: str) -> None:
        self.list_model.draw(name)
        self.sidebar.choose(name)

    def _on_asked(self, key: str) -> None:
        self.commands.run(key)
        self._show_state()

    def _on_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self.curves.options.setVisible(index == 0)
        if index > 0:
            self.results.poll()
