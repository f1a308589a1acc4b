"""One chart: a metric and its validation twin, of several runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.gui.theme import current_theme, theme_changed
from studio.gui.training.curves import VALIDATION, Curve, smoothed


@dataclass(frozen=True, slots=True)
class ChartCurve:
    """What is drawn of one run.

    Attributes:
        run: name of its folder.
        metric: the name as reported; of validation it is dashed.
        colour: position in the theme's series.
        points: as reported.
    """

    run: str
    metric: str
    colour: int
    points: Curve


class MetricChart(QWidget):
    """Curves of one metric, with the values under the pointer in its heading.

    Args:
        metric: its name without a prefix.
    """

    def __init__(self, metric: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metric = metric
        self._curves: list[ChartCurve] = []
        self._lines: dict[tuple[str, str, bool], Any] = {}
        self._weight = 0.0
        self._is_log = False
        self._x_name = "epoch"
        self._heading = QLabel(metric, self)
        self._heading.setProperty("role", "heading")
        self._values = QLabel(self)
        self._values.setProperty("role", "muted")
        self._values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._values.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._plot: Any = pg.PlotWidget(self)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setContentsMargins(0, 2, 6, 0)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        self._plot.setAccessibleName(f"{metric} over epochs")
        self._plot.setToolTip(
            "Solid: training; dashed: validation; faint: before smoothing. Wheel: zoom. Drag: "
            "move. Double click: show all."
        )
        self._plot.scene().sigMouseMoved.connect(self._on_pointer)
        self._plot.scene().sigMouseClicked.connect(self._on_click)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._heading)
        top.addWidget(self._values, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._plot, 1)
        self.setMinimumSize(240, 110)
        theme_changed.connect(self._on_theme)
        self._on_theme()

    @property
    def name(self) -> str:
        """Its name without a prefix."""
        return self._metric

    @property
    def lines(self) -> list[Any]:
        """The drawn lines, faint ones included."""
        return list(self._lines.values())

    @property
    def values_text(self) -> str:
        """The values under the pointer, or the latest ones."""
        return self._values.text()

    def show_curves(
        self, curves: list[ChartCurve], *, weight: float, is_log: bool, x_name: str
    ) -> None:
        """Draw some runs.

        Args:
            curves: of this metric and its validation twin.
            weight: of smoothing, 0 to below 1.
            is_log: whether values are on a logarithmic axis; those not above 0 are left out.
            x_name: `epoch` or `step`.
        """
        self._curves, self._weight, self._is_log = curves, weight, is_log
        self._x_name = x_name
        self._draw()

    def _draw(self) -> None:
        theme = current_theme()
        self._plot.getPlotItem().setLogMode(x=False, y=self._is_log)
        wanted: set[tuple[str, str, bool]] = set()
        for curve in self._curves:
            x, y = curve.points
            if self._is_log:
                y = np.where(y > 0, y, np.nan)
            if not np.isfinite(y).any():
                continue
            colour = QColor(theme.series[curve.colour % len(theme.series)])
            key = (curve.run, curve.metric, False)
            wanted.add(key)
            is_validation = curve.metric.startswith(VALIDATION)
            style = Qt.PenStyle.DashLine if is_validation else Qt.PenStyle.SolidLine
            self._draw_line(key, x, smoothed(y, self._weight), pg.mkPen(colour, style=style))
            if self._weight > 0:
                faint = QColor(colour)
                faint.setAlpha(70)
                key = (curve.run, curve.metric, True)
                wanted.add(key)
                self._draw_line(key, x, y, pg.mkPen(faint))
        for key in self._lines.keys() - wanted:
            self._plot.getPlotItem().removeItem(self._lines.pop(key))
        self._show_values(None)

    def _draw_line(
        self,
        key: tuple[str, str, bool],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        pen: Any,
    ) -> None:
        """Draw a line anew, or move the one that is there: making one costs milliseconds."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = self._plot.getPlotItem().plot(connect="finite")
        # A first epoch alone is no line yet, but it is a result.
        symbol = "o" if len(x) == 1 else None
        line.setData(
            x, y, pen=pen, symbol=symbol, symbolSize=6, symbolBrush=pen.color(), symbolPen=None
        )

    def _on_theme(self, _theme: object = None) -> None:
        theme = current_theme()
        self._plot.setBackground(theme.surface)
        item = self._plot.getPlotItem()
        item.showGrid(x=False, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.muted))
        self._draw()

    # -- pointer -------------------------------------------------------------------------------

    def _on_click(self, event: Any) -> None:
        if event.double():
            self._plot.getPlotItem().enableAutoRange()

    def _on_pointer(self, position: Any) -> None:
        box = self._plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self._show_values(box.mapSceneToView(position).x() if inside else None)

    def leaveEvent(self, event: Any) -> None:
        """The pointer is gone: the latest values again."""
        self._show_values(None)
        super().leaveEvent(event)

    def _show_values(self, at: float | None) -> None:
        """Write the values at an x; the latest ones for None."""
        parts = []
        where = ""
        for curve in self._curves:
            x, y = curve.points
            finite = np.flatnonzero(np.isfinite(y))
            if not len(finite):
                continue
            nearest = finite[-1] if at is None else finite[np.argmin(np.abs(x[finite] - at))]
            where = where or f"{self._x_name} {x[nearest]:g}"
            mark = "val " if curve.metric.startswith(VALIDATION) else ""
            series = current_theme().series
            colour = series[curve.colour % len(series)]
            parts.append(f'<span style="color:{colour}">{mark}{y[nearest]:.3g}</span>')
        self._values.setText(" · ".join([*([where] if parts else []), *parts]))
