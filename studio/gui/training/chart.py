"""One chart: a metric and its validation twin, of several runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.gui.theme import current_theme, theme_changed
from studio.gui.training.curves import Curve, Values, is_validation
from studio.gui.training.decimation import decimated
from studio.gui.training.metrics import NOT_SMOOTHED, metric_title, tick_texts
from studio.gui.training.readout import Reading, line_html, readings_at, table_html, width_of
from studio.gui.training.smoothing import smoothed

_AXIS_PIXELS = 46
_TICK_FONT_PIXELS = 11
_LOW_PIXELS = 170
_NARROW_PIXELS = 240
_FAINT_ALPHA = 70
_READOUT_MARGIN = 8


@dataclass(frozen=True, slots=True)
class ChartCurve:
    """What is drawn of one run.

    Attributes:
        run: name of its folder.
        title: as shown to the user.
        metric: the name as reported; of validation it is dashed.
        colour: position in the theme's series.
        points: as reported.
        best: x and y of the point to mark; None for none.
    """

    run: str
    title: str
    metric: str
    colour: int
    points: Curve
    best: tuple[float, float] | None = None


class MetricChart(QWidget):
    """Curves of one metric; its values in the heading, and beside the cursor.

    What is drawn has a few points a pixel, so that a pen of one pixel and 100,000 points stay
    within a frame's time; the y axis fits what is in view.

    Args:
        metric: its name without a prefix.
    """

    cursor_moved = Signal(object)  # x under the pointer, or None
    range_chosen = Signal(float, float)  # the user zoomed or moved to this part of x
    all_requested = Signal()  # show all of x

    def __init__(self, metric: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metric = metric
        self._curves: list[ChartCurve] = []
        self._smooth: list[Values] = []
        self._known: dict[tuple[str, str], tuple[Values, float, Values]] = {}
        self._lines: dict[tuple[str, str, bool], Any] = {}
        self._weight = 0.0
        self._is_log = False
        self._x_name = "step"
        self._range = (0.0, 1.0)
        self._cursor_x: float | None = None
        self._build()
        theme_changed.connect(self._on_theme)
        self._on_theme()

    def _build(self) -> None:
        self._heading = QLabel(self)
        self._heading.setWordWrap(True)  # several runs' values go on in a second line, uncut
        self._heading.setTextFormat(Qt.TextFormat.RichText)
        self._heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._plot: Any = pg.PlotWidget(self)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setContentsMargins(0, 2, 6, 0)
        item.getAxis("left").setWidth(_AXIS_PIXELS)
        font = QFont(self.font())
        font.setPixelSize(_TICK_FONT_PIXELS)
        for side in ("left", "bottom"):
            item.getAxis(side).setStyle(tickFont=font, tickTextOffset=3)
        item.getAxis("left").tickStrings = self._tick_strings
        self._box: Any = item.getViewBox()
        self._box.setMouseEnabled(x=True, y=False)
        self._box.disableAutoRange()
        self._box.sigRangeChangedManually.connect(self._on_zoomed)
        self._box.sigResized.connect(self._draw)
        self._best: Any = pg.ScatterPlotItem(pxMode=True, symbol="star", size=13)
        item.addItem(self._best)
        self._best.setZValue(10)
        self._cursor: Any = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        item.addItem(self._cursor, ignoreBounds=True)
        self._readout = QLabel(self._plot)
        self._readout.setTextFormat(Qt.TextFormat.RichText)
        self._readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._readout.hide()
        self._plot.setAccessibleName(metric_title(self._metric))
        self._plot.setToolTip(
            "Solid: training; dashed: validation; faint: before smoothing; star: the best.\n"
            "Wheel: zoom. Drag: move. Double click: show all."
        )
        self._plot.scene().sigMouseMoved.connect(self._on_pointer)
        self._plot.scene().sigMouseClicked.connect(self._on_click)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._heading)
        layout.addWidget(self._plot, 1)
        self.setMinimumSize(140, 90)

    @property
    def name(self) -> str:
        """Its name without a prefix."""
        return self._metric

    @property
    def lines(self) -> list[Any]:
        """The drawn lines, faint ones included."""
        return list(self._lines.values())

    @property
    def curves(self) -> list[ChartCurve]:
        """What is drawn."""
        return self._curves

    @property
    def plot(self) -> QWidget:
        """The picture without its heading."""
        plot: QWidget = self._plot
        return plot

    @property
    def heading_text(self) -> str:
        """The heading with the values, as rich text."""
        return self._heading.text()

    @property
    def readout_text(self) -> str:
        """What stands beside the cursor, as rich text; empty while there is none."""
        return "" if self._cursor_x is None else self._readout.text()

    @property
    def view_range(self) -> tuple[float, float]:
        """The part of x in view."""
        return self._range

    def show_curves(
        self,
        curves: list[ChartCurve],
        view: tuple[float, float],
        *,
        weight: float,
        is_log: bool,
        x_name: str,
    ) -> None:
        """Draw some runs.

        Args:
            curves: of this metric and its validation twin.
            view: the part of x to show.
            weight: of smoothing, 0 to below 1.
            is_log: whether values are on a logarithmic axis; those not above 0 are left out.
            x_name: what runs along x, for the readout.
        """
        self._curves, self._weight, self._is_log = curves, weight, is_log
        self._x_name = x_name
        self._range = _with_width(*view)
        self._smooth = [self._smoothed(curve) for curve in curves]
        self._plot.getPlotItem().getAxis("left").setLogMode(x=False, y=is_log)
        self._draw()
        self._show_values()

    def show_range(self, left: float, right: float) -> None:
        """Show this part of x."""
        self._range = _with_width(left, right)
        self._draw()

    def show_cursor(self, x: float | None) -> None:
        """Put the cursor at an x of another chart, or take it away."""
        self._cursor_x = x
        self._show_values()

    # -- drawing -------------------------------------------------------------------------------

    def _draw(self, _box: object = None) -> None:
        left, right = self._range
        columns = max(1, round(self._box.width()))
        theme = current_theme()
        wanted: set[tuple[str, str, bool]] = set()
        lowest, highest = np.inf, -np.inf
        stars = []
        for curve, smooth in zip(self._curves, self._smooth, strict=True):
            colour = QColor(theme.series[curve.colour % len(theme.series)])
            drawn = [(smooth, False, colour)]
            if smooth is not curve.points[1]:
                faint = QColor(colour)
                faint.setAlpha(_FAINT_ALPHA)
                drawn.append((curve.points[1], True, faint))
            for values, is_faint, shade in drawn:
                x, y = decimated(curve.points[0], values, left, right, columns)
                y = self._on_axis(y)
                finite = y[np.isfinite(y)]
                if not len(finite):
                    continue
                lowest, highest = min(lowest, finite.min()), max(highest, finite.max())
                key = (curve.run, curve.metric, is_faint)
                wanted.add(key)
                self._draw_line(key, x, y, shade)
            if curve.best is not None and left <= curve.best[0] <= right:
                height = float(self._on_axis(np.array([curve.best[1]]))[0])
                if np.isfinite(height):
                    stars.append({"pos": (curve.best[0], height), "brush": colour, "pen": None})
        for key in self._lines.keys() - wanted:
            self._plot.getPlotItem().removeItem(self._lines.pop(key))
        self._best.setData(stars)
        if highest < lowest:
            lowest, highest = 0.0, 1.0
        margin = 0.06 * (highest - lowest) or 0.06 * max(abs(highest), 1e-9)
        self._box.setRange(
            xRange=(left, right), yRange=(lowest - margin, highest + margin), padding=0
        )

    def _smoothed(self, curve: ChartCurve) -> Values:
        """As drawn; computed once for values that do not change."""
        # Validation is rare and calm: smoothed, it would hide the epoch that it is about.
        values = curve.points[1]
        if is_validation(curve.metric) or curve.metric in NOT_SMOOTHED:
            return values
        key = curve.run, curve.metric
        known = self._known.get(key)
        if known is None or known[0] is not values or known[1] != self._weight:
            self._known[key] = known = values, self._weight, smoothed(values, self._weight)
        return known[2]

    def _on_axis(self, y: Values) -> Values:
        """Values as they are drawn: their logarithms, where there are any, on such an axis."""
        if not self._is_log:
            return y
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(y > 0, np.log10(y), np.nan)

    def _tick_strings(self, places: list[float], _scale: float, spacing: float) -> list[str]:
        """Called by the axis: with logarithms, and no spacing, where it is logarithmic."""
        if self._is_log:
            texts = tick_texts([10.0**place for place in places])
            is_low = self._plot.height() < _LOW_PIXELS
            # In a low chart only 1, 2 and 5 have room, and their tens.
            return ["" if is_low and text.strip("0.")[:1] not in "125" else text for text in texts]
        # Sums of floats miss the zero by a little.
        return tick_texts([0.0 if abs(place) < 1e-6 * spacing else place for place in places])

    def _draw_line(self, key: tuple[str, str, bool], x: Values, y: Values, colour: QColor) -> None:
        """Draw a line anew, or move the one that is there: making one costs milliseconds."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = pg.PlotDataItem(connect="finite")
            self._plot.getPlotItem().addItem(line, ignoreBounds=True)
            line.setZValue(-1 if key[2] else 1)
        pen = QPen(colour)  # a cosmetic pixel: wider ones are drawn many times slower
        pen.setCosmetic(True)
        if is_validation(key[1]):
            pen.setStyle(Qt.PenStyle.DashLine)
        # A first report alone is no line yet, and rare ones are worth a dot each.
        is_rare = is_validation(key[1]) and len(x) * 9 < self._box.width()
        symbol = "o" if len(x) == 1 or is_rare else None
        connect = "all" if np.isfinite(y).all() else "finite"  # the first is faster
        line.setData(
            x,
            y,
            pen=pen,
            connect=connect,
            symbol=symbol,
            symbolSize=5,
            symbolBrush=colour,
            symbolPen=None,
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
        self._cursor.setPen(pg.mkPen(theme.muted))
        self._readout.setStyleSheet(
            f"background: {theme.raised}; border: 1px solid {theme.border};"
            " border-radius: 5px; padding: 3px 6px;"
        )
        self._draw()
        self._show_values()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fewer numbers along a short axis, and values in the heading where there is room."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW_PIXELS
        self._plot.getPlotItem().getAxis("bottom").setTickDensity(0.45 if is_narrow else 0.9)
        self._show_values()

    # -- pointer -------------------------------------------------------------------------------

    def _on_zoomed(self, _mouse: object = None) -> None:
        (left, right), _ = self._box.viewRange()
        self.range_chosen.emit(left, right)

    def _on_click(self, event: Any) -> None:
        if event.double():
            self.all_requested.emit()

    def _on_pointer(self, position: Any) -> None:
        inside = self._box.sceneBoundingRect().contains(position)
        self.cursor_moved.emit(self._box.mapSceneToView(position).x() if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone: the latest values again."""
        self.cursor_moved.emit(None)
        super().leaveEvent(event)

    # -- values --------------------------------------------------------------------------------

    def _readings(self, x: float | None) -> list[Reading]:
        series = current_theme().series
        readings = []
        for curve, smooth in zip(self._curves, self._smooth, strict=True):
            reading = readings_at(curve.points, smooth, x, self._range)
            if reading is not None:
                colour = series[curve.colour % len(series)]
                validation = is_validation(curve.metric)
                readings.append(Reading(curve.title, colour, validation, *reading))
        return readings

    def _show_values(self) -> None:
        """The latest values in the heading; those at the cursor beside it."""
        x = self._cursor_x
        latest = self._readings(None)
        line = line_html(metric_title(self._metric), latest)
        self._heading.setText(line)
        if self.height() < _LOW_PIXELS and width_of(line, self.font()) > self.width():
            # No room for a second line: the cursor tells the values.
            self._heading.setText(line_html(metric_title(self._metric), []))
        at = self._readings(x) if x is not None else []
        self._cursor.setVisible(bool(at))
        self._readout.setVisible(bool(at))
        if x is None or not at:
            return
        self._cursor.setValue(x)
        self._readout.setText(table_html(self._x_name, x, at, self._range))
        self._readout.adjustSize()
        box = self._box.sceneBoundingRect()
        pointer = self._box.mapViewToScene(pg.Point(x, 0)).x()
        right = pointer + _READOUT_MARGIN
        fits_right = right + self._readout.width() <= box.right()
        left = pointer - _READOUT_MARGIN - self._readout.width()
        self._readout.move(QPoint(round(right if fits_right else max(0, left)), round(box.top())))


def _with_width(left: float, right: float) -> tuple[float, float]:
    """A view that is not empty, so that a first report stands in it."""
    return left, right if right > left else left + 1.0
