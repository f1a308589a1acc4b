"""The distribution of latency, with its percentiles."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.painting import nice_ceiling, short_number, tick_number
from studio.gui.telemetry.painting import ticks as tick_values
from studio.gui.telemetry.records import Records
from studio.gui.telemetry.statistics import Histogram, Summary, latency_histogram
from studio.gui.theme import Theme, current_theme

_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 10, 24, 22


class LatencyHistogram(QWidget):
    """Bars of how many frames took how long; lines at p50, p90 and p99."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._histogram: Histogram | None = None
        self._summary: Summary | None = None
        self._budget_millis = 1000.0 / 24.0
        self.setMinimumSize(190, 90)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Distribution of milliseconds a frame")
        self.setToolTip(
            "How many frames took how many milliseconds, all stages together. Bars beyond the "
            "budget are red. The last bar also holds everything slower."
        )

    @property
    def histogram(self) -> Histogram | None:
        """What is drawn."""
        return self._histogram

    def show_records(self, records: Records, summary: Summary, budget_millis: float) -> None:
        """Draw the distribution of some records, whose summary is known already."""
        self._summary = summary
        self._budget_millis = budget_millis
        if summary.frames:
            top = max(1.6 * summary.p50_millis, 1.15 * summary.p99_millis, 1e-3)
            self._histogram = latency_histogram(records, nice_ceiling(top), self._bins())
        else:
            self._histogram = None
        self.update()

    def _bins(self) -> int:
        return max(10, min(60, (self.width() - _LEFT - _RIGHT) // 6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        area = QRect(
            _LEFT,
            _TOP,
            max(1, self.width() - _LEFT - _RIGHT),
            max(1, self.height() - _TOP - _BOTTOM),
        )
        painter.setPen(QColor(theme.muted))
        heading = QRect(area.left(), 2, area.width(), _TOP - 2)
        if self._histogram is None or self._summary is None:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "No frames that count yet")
            painter.drawLine(area.bottomLeft(), area.bottomRight())
        else:
            self._paint_bars(painter, area, self._histogram, theme)
            self._paint_percentiles(painter, area, heading, self._histogram, self._summary, theme)
        painter.end()

    def _paint_bars(
        self, painter: QPainter, area: QRect, histogram: Histogram, theme: Theme
    ) -> None:
        top = float(histogram.edges_millis[-1])
        highest = max(1, int(histogram.counts.max()))
        width = area.width() / len(histogram.counts)
        within, beyond = QColor(theme.accent), QColor(theme.bad)
        for position, count in enumerate(histogram.counts.tolist()):
            if count:
                # A single frame among thousands must still be seen.
                height = max(2.0, count / highest * area.height())
                late = histogram.edges_millis[position] >= self._budget_millis
                painter.fillRect(
                    QRectF(
                        area.left() + position * width,
                        area.bottom() + 1 - height,
                        max(1.0, width - 1),
                        height,
                    ),
                    beyond if late else within,
                )
        painter.setPen(QColor(theme.muted))
        painter.drawLine(area.left(), area.bottom() + 1, area.right(), area.bottom() + 1)
        metrics = painter.fontMetrics()
        values = tick_values(top, max(2, area.width() // 60))
        for value in values:
            words = f"{tick_number(value)} ms" if value == values[-1] else tick_number(value)
            box_width = metrics.horizontalAdvance(words) + 2
            x = area.left() + round(value / top * area.width())
            left = min(max(x - box_width // 2, 0), self.width() - box_width)
            box = QRect(left, area.bottom() + 5, box_width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_percentiles(
        self,
        painter: QPainter,
        area: QRect,
        heading: QRect,
        histogram: Histogram,
        summary: Summary,
        theme: Theme,
    ) -> None:
        top = float(histogram.edges_millis[-1])
        marks = (
            ("p50", summary.p50_millis, theme.text),
            ("p90", summary.p90_millis, theme.text),
            ("p99", summary.p99_millis, theme.text),
        )
        known = [(name, value) for name, value, _ in marks if math.isfinite(value)]
        for _name, value, colour in marks:
            if not math.isfinite(value):
                continue
            x = area.left() + min(value / top, 1.0) * area.width()
            painter.setPen(QPen(QColor(colour), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(QColor(theme.text))
        words = "  ".join(f"{name} {short_number(value)}" for name, value in known) + " ms"
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(words) > heading.width():
            words = "  ".join(f"{name} {value:.0f}" for name, value in known) + " ms"
        if metrics.horizontalAdvance(words) > heading.width():
            words = " · ".join(f"{value:.0f}" for _name, value in known) + " ms"
        painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, words)
