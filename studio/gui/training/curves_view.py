"""The page of curves: options, legend, charts that share their x axis, and the machine's load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.gui.training.chart import ChartCurve, MetricChart
from studio.gui.training.curves import RunCurves, XAxis, base_metric
from studio.gui.training.legend import RunLegend
from studio.gui.training.machine import MachineLoad
from studio.gui.training.metrics import BEST_OF, chart_order
from studio.gui.training.options import CurveOptions

_LEAST_CHART_PIXELS = 150
_CHART_ASPECT = 1.6
_LOW_PIXELS = 300
_LOAD_WIDTH, _LOAD_HEIGHT = 124, 50
_WIDE_PIXELS = 640
_ZOOM, _ROOM = 0.7, 0.015
_OWN_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
    Qt.Key.Key_Escape,
)


@dataclass(frozen=True, slots=True)
class DrawnRun:
    """A run that is drawn.

    Attributes:
        name: of its folder.
        title: as shown to the user.
        colour: position in the theme's series.
        curves: its metrics.
    """

    name: str
    title: str
    colour: int
    curves: RunCurves


class CurvesView(QWidget):
    """Small multiples, one chart a metric. With the focus on it, arrow keys move the cursor."""

    run_chosen = Signal(str)  # name of the run that was clicked in the legend

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[DrawnRun] = []
        self._charts: dict[str, MetricChart] = {}
        self._range: tuple[float, float] | None = None  # chosen by the user
        self._cursor_x: float | None = None
        self._has_load = False
        self._drawn_axis: XAxis = "step"
        self.options = CurveOptions(self)
        self.legend = RunLegend(self)
        self.load = MachineLoad()
        self._board = QWidget()
        self._grid = QGridLayout(self._board)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._board)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(8)
        self._middle.addWidget(self._scroll, 1)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setSpacing(3)
        self._outer.addWidget(self.legend)
        self._outer.addLayout(self._middle, 1)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Curves")
        self._build_soon = QTimer(self, singleShot=True, interval=0)
        self._build_soon.timeout.connect(self._build_next)
        self.options.changed.connect(self._on_options)
        self.options.metrics_changed.connect(self._on_metrics)
        self.legend.clicked.connect(self.run_chosen)

    @property
    def charts(self) -> list[MetricChart]:
        """Those that are shown, in their order."""
        return list(self._charts.values())

    @property
    def runs(self) -> list[DrawnRun]:
        """Those that are drawn."""
        return self._runs

    @property
    def board(self) -> QWidget:
        """All charts, for a picture."""
        return self._board

    @property
    def cursor_x(self) -> float | None:
        """Where the cursor stands."""
        return self._cursor_x

    def show_runs(self, runs: list[DrawnRun]) -> None:
        """Draw these runs over each other."""
        self._runs = runs
        self.legend.show_runs([(run.name, run.title, run.colour) for run in runs])
        names = dict.fromkeys(base_metric(m) for run in runs for m in run.curves.metrics)
        if names:  # with no run drawn, the charts stay, so that nothing jumps
            self.options.offer_metrics(chart_order(list(names)))
        self._draw()
        self._build_soon.start()

    def show_load(self, curves: RunCurves | None) -> None:
        """Show the load of the machine that a run works on."""
        has_load = self.load.show_run(curves)
        if has_load != self._has_load:
            self._has_load = has_load
            self._arrange()

    def show_all(self) -> None:
        """Forget the zoom."""
        self._range = None
        self._draw()

    # -- charts --------------------------------------------------------------------------------

    def _wanted(self) -> list[str]:
        return [str(a.data()) for a in self.options.metric_actions if a.isChecked()]

    def _build_next(self) -> None:
        """Make one chart a turn of the event loop: each takes tens of milliseconds."""
        wanted = self._wanted()
        missing = [base for base in wanted if base not in self._charts]
        gone = [base for base in self._charts if base not in wanted]
        for base in gone:
            chart = self._charts.pop(base)
            chart.hide()
            chart.deleteLater()
        if missing:
            chart = MetricChart(missing[0], self._board)
            chart.cursor_moved.connect(self.move_cursor)
            chart.range_chosen.connect(self._on_range)
            chart.all_requested.connect(self.show_all)
            self._charts[missing[0]] = chart
        if missing or gone or list(self._charts) != wanted:
            self._charts = {base: self._charts[base] for base in wanted if base in self._charts}
            self._arrange()
            self._draw()
        if missing[1:]:
            self._build_soon.start()

    def _on_metrics(self) -> None:
        self._build_soon.start()

    def _on_options(self) -> None:
        self._draw()

    def _draw(self) -> None:
        options = self.options
        if options.axis != self._drawn_axis:
            self._drawn_axis, self._range, self._cursor_x = options.axis, None, None
        by_base: dict[str, list[ChartCurve]] = {base: [] for base in self._charts}
        left, right = np.inf, -np.inf
        for run in self._runs:
            best_of = next((name for name in BEST_OF if name in run.curves.metrics), "")
            for metric in run.curves.metrics:
                base = base_metric(metric)
                if base not in by_base:
                    continue
                points = run.curves.curve(metric, options.axis)
                if len(points[0]):
                    left, right = min(left, points[0][0]), max(right, points[0][-1])
                best = run.curves.best(metric, options.axis) if metric == best_of else None
                by_base[base].append(
                    ChartCurve(run.name, run.title, metric, run.colour, points, best)
                )
        # A little room at the right keeps the newest point, and a star there, whole.
        room = _ROOM * (right - left) if left < right else 0.0
        whole = (float(left), float(right + room)) if left <= right else (0.0, 1.0)
        for base, chart in self._charts.items():
            chart.show_curves(
                by_base[base],
                self._range or whole,
                weight=options.weight,
                is_log=options.is_log,
                x_name=options.axis,
            )
            chart.show_cursor(self._cursor_x)

    def _on_range(self, left: float, right: float) -> None:
        self._range = (left, right)
        for chart in self._charts.values():
            chart.show_range(left, right)

    # -- places --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the charts anew."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Charts in a grid of pleasant cells; the load beside them in a low panel, else below."""
        is_column = self.height() < _LOW_PIXELS and self.width() > _WIDE_PIXELS
        self.load.set_is_column(is_column)
        self._middle.removeWidget(self.load)
        self._outer.removeWidget(self.load)
        if is_column:
            self.load.setFixedWidth(_LOAD_WIDTH)
            self.load.setMaximumHeight(16_777_215)
            self._middle.addWidget(self.load)
        else:
            self.load.setMinimumWidth(0)
            self.load.setMaximumWidth(16_777_215)
            self.load.setFixedHeight(_LOAD_HEIGHT)
            self._outer.addWidget(self.load)
        if is_column:
            self.load.setMinimumHeight(0)
        self.load.setVisible(self._has_load)
        count = max(1, len(self._charts))
        width = self.width() - (_LOAD_WIDTH + 8 if is_column and self._has_load else 0)
        height = max(1, self.height() - (0 if is_column else _LOAD_HEIGHT))
        is_low = height < _LOW_PIXELS
        pleasant = count if is_low else round((count * width / (height * _CHART_ASPECT)) ** 0.5)
        columns = max(1, min(count, pleasant, width // _LEAST_CHART_PIXELS))
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for position, chart in enumerate(self._charts.values()):
            self._grid.addWidget(chart, position // columns, position % columns)
            chart.show()

    # -- cursor --------------------------------------------------------------------------------

    def move_cursor(self, x: object) -> None:
        """Put the cursor of all charts at an x; None takes it away."""
        self._cursor_x = x if isinstance(x, float) else None
        for chart in self._charts.values():
            chart.show_cursor(self._cursor_x)

    def event(self, event: QEvent) -> bool:
        """Keep the keys that move the cursor from the window's shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by keyboard sees that the charts listen: the cursor appears."""
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if event.reason() in by_key and self._cursor_x is None:
            self._step_cursor(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes with the focus."""
        super().focusOutEvent(event)
        self.move_cursor(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move the cursor by a report, + and - zoom there, Home shows all."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step_cursor(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._zoom(_ZOOM if key == Qt.Key.Key_Plus else 1 / _ZOOM)
        elif key == Qt.Key.Key_Home:
            self.show_all()
        elif key == Qt.Key.Key_Escape:
            self.move_cursor(None)
        else:
            super().keyPressEvent(event)

    def _step_cursor(self, by: int) -> None:
        chart = next(iter(self._charts.values()), None)
        if chart is None or not chart.curves:
            return
        places = np.unique(np.concatenate([curve.points[0] for curve in chart.curves]))
        left, right = chart.view_range
        places = places[(places >= left) & (places <= right)]
        if not len(places):
            return
        # A pixel at least, or nothing would seem to happen among 100,000 points.
        pixel = (right - left) / max(1, chart.plot.width())
        if self._cursor_x is None:
            at = len(places) - 1
        elif by > 0:
            at = int(np.searchsorted(places, self._cursor_x + pixel))
        else:
            at = int(np.searchsorted(places, self._cursor_x - pixel, side="right")) - 1
        self.move_cursor(float(places[min(max(at, 0), len(places) - 1)]))

    def _zoom(self, factor: float) -> None:
        chart = next(iter(self._charts.values()), None)
        if chart is None:
            return
        left, right = chart.view_range
        centre = (left + right) / 2 if self._cursor_x is None else self._cursor_x
        self._on_range(centre - (centre - left) * factor, centre + (right - centre) * factor)
