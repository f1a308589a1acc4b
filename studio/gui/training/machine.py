"""The machine's load while a run works: a number and its recent course, a tile each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from studio.gui.theme import current_theme, theme_changed
from studio.gui.training.curves import RunCurves, Values
from studio.gui.training.decimation import decimated

WAITING_TOO_LONG = 0.2
"""Share of the time that the network waits for images, above which data is the bottleneck."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a tile shows.

    Attributes:
        metric: as reported.
        caption: what it is.
        explanation: tool tip.
        scale: factor from the reported value to the shown one.
        unit: of the shown one.
        digits: after the point.
        top: upper end of the course's scale; 0 for the highest value.
        bad_above: shown value from which on it is marked; infinite for never.
    """

    metric: str
    caption: str
    explanation: str
    scale: float
    unit: str
    digits: int = 0
    top: float = 0.0
    bad_above: float = float("inf")


MEASURES = (
    Measure("cpu_percent", "Processor", "Load of all cores by the training.", 1.0, "%", top=100.0),
    Measure("memory_bytes", "Memory", "Main memory that the training uses.", 1e-9, "GB", digits=1),
    Measure(
        "data_wait_share",
        "Waits for data",
        "Share of the time in which the network waits for images. Above 20 %, reading and "
        "augmenting images holds the training up.",
        100.0,
        "%",
        top=100.0,
        bad_above=100.0 * WAITING_TOO_LONG,
    ),
)


class LoadTile(QWidget):
    """Caption, number, and the course of the whole run behind them.

    Args:
        measure: what it shows.
    """

    def __init__(self, measure: Measure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self._values: Values = np.empty(0)
        self.setToolTip(measure.explanation)
        self.setAccessibleName(measure.caption)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_changed.connect(self.update)

    @property
    def text(self) -> str:
        """The latest value with its unit; a dash for none."""
        finite = self._values[np.isfinite(self._values)]
        if not len(finite):
            return "–"
        return f"{finite[-1]:.{self.measure.digits}f} {self.measure.unit}"

    @property
    def is_bad(self) -> bool:
        """Whether the latest value is marked."""
        finite = self._values[np.isfinite(self._values)]
        return bool(len(finite)) and float(finite[-1]) > self.measure.bad_above

    def show_values(self, values: Values) -> None:
        """Take what was reported, float64 [N], oldest first."""
        self._values = values * self.measure.scale
        self.setAccessibleDescription(self.text)
        self.update()

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(140, 48)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which it can be read."""
        return QSize(96, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(self.rect(), 6, 6)
        self._paint_course(painter, QColor(theme.warn if self.is_bad else theme.accent))
        small = QFont(self.font())
        small.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.88)))
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        inner = self.rect().adjusted(8, 4, -8, -4)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        is_low = self.height() < 2 * QFontMetrics(bold).height() + 10
        top = Qt.AlignmentFlag.AlignVCenter if is_low else Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | top, self.measure.caption)
        painter.setFont(bold)
        painter.setPen(QColor(theme.warn if self.is_bad else theme.text))
        side = Qt.AlignmentFlag.AlignRight if is_low else Qt.AlignmentFlag.AlignLeft
        below = QRect(inner)
        if not is_low:
            below.setTop(inner.top() + QFontMetrics(small).height() + 1)
        painter.drawText(below, side | top, self.text)
        painter.end()

    def _paint_course(self, painter: QPainter, colour: QColor) -> None:
        """A faint area from the bottom up."""
        finite = self._values[np.isfinite(self._values)]
        if len(finite) < 2:
            return
        x, y = decimated(
            np.arange(len(finite), dtype=np.float64), finite, 0.0, len(finite) - 1.0, self.width()
        )
        top = max(self.measure.top, float(finite.max())) or 1.0
        area = QRectF(self.rect()).adjusted(1, 4, -1, -1)
        shape = QPolygonF([QPointF(area.left(), area.bottom())])
        across = area.left() + area.width() * x / x[-1]
        heights = area.bottom() - area.height() * np.clip(y / top, 0.0, 1.0)
        for place, height in zip(across.tolist(), heights.tolist(), strict=True):
            shape.append(QPointF(place, height))
        shape.append(QPointF(area.right(), area.bottom()))
        colour.setAlpha(46)
        painter.setBrush(colour)
        painter.drawPolygon(shape)


class MachineLoad(QWidget):
    """The tiles of one run, abreast or below each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = [LoadTile(measure, self) for measure in MEASURES]
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        for tile in self.tiles:
            self._layout.addWidget(tile)
        self.hide()

    def set_is_column(self, is_column: bool) -> None:
        """Put the tiles below each other, or abreast."""
        direction = QBoxLayout.Direction
        self._layout.setDirection(direction.TopToBottom if is_column else direction.LeftToRight)

    def show_run(self, curves: RunCurves | None) -> bool:
        """Show a run's load.

        Returns:
            Whether the run reports any.
        """
        names = set() if curves is None else set(curves.metrics)
        for tile in self.tiles:
            is_there = tile.measure.metric in names
            tile.setVisible(is_there)
            if curves is not None and is_there:
                tile.show_values(curves.curve(tile.measure.metric)[1])
        return any(tile.measure.metric in names for tile in self.tiles)
