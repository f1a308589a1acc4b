"""What the mean frame's milliseconds are spent on: one divided bar with its legend."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.painting import short_number
from studio.gui.temporal.words import STAGE_WORDS, STAGES
from studio.gui.theme import current_theme

_BAR_PIXELS = 8
_LINES = 2


class StageBar(QWidget):
    """A bar of the stages; below it their names and milliseconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._millis: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Milliseconds by stage, mean of the last frames")
        lines = [f"{stage}: {STAGE_WORDS[stage]}" for stage in STAGES]
        self.setToolTip(
            "Milliseconds of the mean frame by stage; the network's are spread over the frames "
            "that did not need it, and left out where masks do not wait for it.\n"
            + "\n".join(lines)
        )

    @property
    def text(self) -> str:
        """The legend, as one line."""
        return " · ".join(
            f"{stage} {short_number(value)}"
            for stage, value in zip(STAGES, self._millis, strict=False)
        )

    def show_millis(self, millis: tuple[float, ...]) -> None:
        """Draw another mean frame.

        Args:
            millis: one a stage; NaN for what is not known.
        """
        if millis != self._millis:
            self._millis = millis
            self.setAccessibleDescription(self.text)
            self.update()

    def sizeHint(self) -> QSize:
        """A bar and two lines."""
        return QSize(280, _BAR_PIXELS + 4 + _LINES * (self._metrics().height() + 1))

    def minimumSizeHint(self) -> QSize:
        """Narrower, words are left out."""
        return QSize(160, self.sizeHint().height())

    def _metrics(self) -> QFontMetrics:
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.88)))
        return QFontMetrics(font)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.fontInfo().pixelSize() * 0.88)))
        painter.setFont(font)
        values = [value if math.isfinite(value) else 0.0 for value in self._millis]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRect(0, 0, self.width(), _BAR_PIXELS), 4, 4)
        painter.setClipPath(outline)
        painter.fillRect(QRect(0, 0, self.width(), _BAR_PIXELS), QColor(theme.raised))
        total = sum(values)
        x = 0.0
        for row, value in enumerate(values):
            width = value / total * self.width() if total > 0 else 0.0
            painter.fillRect(
                QRect(round(x), 0, round(x + width) - round(x), _BAR_PIXELS),
                QColor(theme.series[row]),
            )
            x += width
        painter.restore()
        self._paint_legend(painter, values)
        painter.end()

    def _paint_legend(self, painter: QPainter, values: list[float]) -> None:
        theme = current_theme()
        metrics = painter.fontMetrics()
        line = metrics.height() + 1
        x, y = 0, _BAR_PIXELS + 4
        widest = metrics.horizontalAdvance("8.88")
        for row, stage in enumerate(STAGES):
            is_known = row < len(self._millis) and math.isfinite(self._millis[row])
            number = short_number(values[row]) if is_known else ""
            needed = 11 + metrics.horizontalAdvance(stage) + (4 + widest if number else 0) + 6
            if x and x + needed > self.width():
                x, y = 0, y + line
            if y + line > self.height() + 2:
                return
            painter.fillRect(QRect(x, y + line // 2 - 4, 8, 8), QColor(theme.series[row]))
            painter.setPen(QColor(theme.muted))
            painter.drawText(x + 11, y + metrics.ascent(), stage)
            at = x + 11 + metrics.horizontalAdvance(stage) + 4
            painter.setPen(QColor(theme.text))
            painter.drawText(at, y + metrics.ascent(), number)
            x += needed
