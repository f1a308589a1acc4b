"""The training panel: curves of the runs that report epoch metrics, while they run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QHideEvent,
    QIcon,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSlider,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.errors import output_error
from studio.gui.theme import current_theme, theme_changed
from studio.gui.training.chart import ChartCurve, MetricChart
from studio.gui.training.curves import base_metric
from studio.gui.training.view_model import TrainingRun, TrainingViewModel
from studio.gui.widgets.empty_state import EmptyState

POLL_MILLIS = 500
_CHART_PIXELS = 330
_SHOWN_AT_FIRST = 3


class TrainingPanel(QWidget):
    """Runs to choose from at the left, a chart a metric at the right.

    Args:
        runs_dir: the folder of run folders; need not exist yet.
    """

    failed = Signal(object)  # StudioError

    def __init__(self, runs_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self._data = TrainingViewModel(runs_dir, self)
        self._colours: dict[str, int] = {}
        self._checked: dict[str, bool] = {}
        self._charts: dict[str, MetricChart] = {}
        self._build()
        self._data.runs_changed.connect(self._show_runs)
        self._data.curves_changed.connect(self._show_curves)
        theme_changed.connect(self._show_runs)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLIS)
        self._timer.timeout.connect(self._data.poll)

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        filled = QWidget(self)
        self._list = QListWidget(filled)
        self._list.setAccessibleName("Training runs")
        self._list.setToolTip("Tick the runs to draw; charts show them over each other.")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemChanged.connect(self._on_ticked)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(self._list, 1)
        side.addLayout(self._build_options(filled))
        sidebar = QWidget(filled)
        sidebar.setLayout(side)
        sidebar.setFixedWidth(270)
        side.setContentsMargins(0, 0, 0, 0)

        self._board = QWidget(filled)
        self._grid = QGridLayout(self._board)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(10)
        scroll = QScrollArea(filled)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._board)
        layout = QHBoxLayout(filled)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(10)
        layout.addWidget(sidebar)
        layout.addWidget(scroll, 1)

        empty = EmptyState(
            "train",
            "No training runs yet",
            "Loss, mIoU and the other metrics of training runs show here as curves, while they "
            "run and afterwards. Every run folder that reports epoch metrics appears by itself; "
            f"to look at runs of another computer, copy their folders into {self._data.runs_dir}.",
            ("Open that folder", self._open_runs_dir),
            parent=self,
        )
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(empty)
        self._pages.addWidget(filled)

    def _build_options(self, parent: QWidget) -> QGridLayout:
        self._smoothing = QSlider(Qt.Orientation.Horizontal, parent)
        self._smoothing.setRange(0, 99)
        self._smoothing.setAccessibleName("Smoothing")
        self._smoothing.setToolTip(
            "Weight of the past in a moving average; 0 draws the values as they were reported."
        )
        self._smoothing.valueChanged.connect(self._show_curves)
        self._smoothing_words = QLabel(parent)
        self._smoothing_words.setMinimumWidth(self.fontMetrics().horizontalAdvance("0.00"))
        label = QLabel("&Smooth", parent)
        label.setBuddy(self._smoothing)
        self._x_axis = QComboBox(parent)
        self._x_axis.addItems(["epoch", "step"])
        self._x_axis.setAccessibleName("Horizontal axis")
        self._x_axis.setToolTip("What runs along the horizontal axis.")
        self._x_axis.currentIndexChanged.connect(self._show_curves)
        self._log = QCheckBox("&Log values", parent)
        self._log.setToolTip("Logarithmic vertical axis; values that are not above 0 are left out.")
        self._log.toggled.connect(self._show_curves)
        options = QGridLayout()
        options.setHorizontalSpacing(6)
        options.setVerticalSpacing(2)
        options.addWidget(label, 0, 0)
        options.addWidget(self._smoothing, 0, 1)
        options.addWidget(self._smoothing_words, 0, 2)
        options.addWidget(self._x_axis, 1, 0)
        options.addWidget(self._log, 1, 1, 1, 2)
        return options

    def _open_runs_dir(self) -> None:
        try:
            self._data.runs_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(output_error(self._data.runs_dir, error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._data.runs_dir)))

    # -- state ---------------------------------------------------------------------------------

    @property
    def data(self) -> TrainingViewModel:
        """The runs behind the charts."""
        return self._data

    @property
    def charts(self) -> list[MetricChart]:
        """A chart a metric, in the order in which metrics came."""
        return list(self._charts.values())

    @property
    def is_empty(self) -> bool:
        """Whether the panel says that there are no runs."""
        return self._pages.currentIndex() == 0

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._data.poll()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop reading while nobody looks."""
        self._timer.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the charts anew."""
        super().resizeEvent(event)
        self._arrange()

    def _on_ticked(self, item: QListWidgetItem) -> None:
        self._checked[item.data(Qt.ItemDataRole.UserRole)] = (
            item.checkState() == Qt.CheckState.Checked
        )
        self._show_curves()

    # -- showing -------------------------------------------------------------------------------

    def _show_runs(self, _theme: object = None) -> None:
        runs = self._data.runs
        self._pages.setCurrentIndex(1 if runs else 0)
        self._tick_new(runs)
        theme = current_theme()
        with QSignalBlocker(self._list):
            row = self._list.currentRow()
            self._list.clear()
            for run in runs:
                item = QListWidgetItem(_run_words(run))
                item.setData(Qt.ItemDataRole.UserRole, run.name)
                item.setToolTip(f"{run.title}\n{run.name}\n{run.status.value}")
                ticked = self._checked[run.name]
                item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
                swatch = QPixmap(10, 10)
                swatch.fill(QColor(theme.series[self._colours[run.name] % len(theme.series)]))
                item.setIcon(QIcon(swatch))
                self._list.addItem(item)
            self._list.setCurrentRow(row)
        self._show_curves()

    def _tick_new(self, runs: list[TrainingRun]) -> None:
        """A new run gets a colour; the newest at first sight, and whatever starts later, a tick."""
        is_first_sight = not self._colours
        for position, run in enumerate(runs):
            if run.name not in self._colours:
                self._colours[run.name] = len(self._colours)
                self._checked[run.name] = (
                    position < _SHOWN_AT_FIRST if is_first_sight else run.status.is_live
                )

    def _show_curves(self, _changed: object = None) -> None:
        weight = self._smoothing.value() / 100
        self._smoothing_words.setText(f"{weight:.2f}")
        x_name = self._x_axis.currentText()
        by_base: dict[str, list[ChartCurve]] = {
            base_metric(name): [] for name in self._data.metrics
        }
        for run in self._data.runs:
            if not self._checked.get(run.name, False):
                continue
            for metric in run.curves.metrics:
                points = run.curves.curve(metric, by_step=x_name == "step")
                curve = ChartCurve(run.name, metric, self._colours[run.name], points)
                by_base[base_metric(metric)].append(curve)
        if list(by_base) != list(self._charts):
            self._rebuild_charts(list(by_base))
        for metric, curves in by_base.items():
            self._charts[metric].show_curves(
                curves, weight=weight, is_log=self._log.isChecked(), x_name=x_name
            )

    def _rebuild_charts(self, metrics: list[str]) -> None:
        for metric in [name for name in self._charts if name not in metrics]:
            self._charts.pop(metric).deleteLater()
        self._charts = {
            metric: self._charts.get(metric) or MetricChart(metric, self._board)
            for metric in metrics
        }
        self._arrange()

    def _arrange(self) -> None:
        """As many charts abreast as there is room for; a low panel shows one row and scrolls."""
        count = len(self._charts)
        room = max(1, (self.width() - 300) // _CHART_PIXELS)
        columns = min(count, room) or 1
        for position, chart in enumerate(self._charts.values()):
            self._grid.addWidget(chart, position // columns, position % columns)
            chart.show()


def _run_words(run: TrainingRun) -> str:
    epochs = run.curves.last_epoch + 1
    words = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    return f"{run.title}\n{words} · {run.status.value}"
