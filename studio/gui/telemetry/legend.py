"""The line above the chart: stages with their colours, and the values at the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.telemetry.painting import short_number
from studio.gui.telemetry.records import STAGES
from studio.gui.theme import current_theme

STAGE_WORDS = {
    "decode": "read and decode the picture",
    "preprocess": "bring it to the network's input",
    "invoke": "run the network",
    "postprocess": "logits to a mask at the frame's size",
    "draw": "overlay and painting",
}
_SHORT = ("dec", "pre", "inv", "post", "draw")  # where there is no room for whole words


class StageLegend(QWidget):
    """Colour, name and milliseconds of each stage; then words about what they belong to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._millis: Sequence[float] = [float("nan")] * len(STAGES)
        self._about = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Milliseconds by stage")
        self.setToolTip("\n".join(f"{stage}: {words}" for stage, words in STAGE_WORDS.items()))

    @property
    def text(self) -> str:
        """All that it says, as one line."""
        parts = [
            f"{stage} {short_number(value)}"
            for stage, value in zip(STAGES, self._millis, strict=True)
        ]
        return " · ".join([*parts, self._about])

    def show_stages(self, millis: Sequence[float], about: str) -> None:
        """Write the values.

        Args:
            millis: one a stage, in the order of `STAGES`; NaN is a dash.
            about: which frames they belong to.
        """
        self._millis = millis
        self._about = about
        self.update()

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(600, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which it can be read."""
        return QSize(200, self.fontMetrics().height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        middle = self.height() // 2
        x = 4
        room = self.width()
        widest = metrics.horizontalAdvance("88.8")
        needed = sum(metrics.horizontalAdvance(stage) + widest + 34 for stage in STAGES)
        names = STAGES if needed <= room else _SHORT
        for row, (stage, value) in enumerate(zip(names, self._millis, strict=True)):
            painter.fillRect(QRect(x, middle - 5, 10, 10), QColor(theme.series[row]))
            x += 15
            painter.setPen(QColor(theme.muted))
            painter.drawText(x, middle + metrics.ascent() // 2 - 1, stage)
            x += metrics.horizontalAdvance(stage) + 5
            number = short_number(value)
            painter.setPen(QColor(theme.text))
            painter.drawText(x, middle + metrics.ascent() // 2 - 1, number)
            # Numbers change width as they change; a fixed stride keeps the line still.
            x += max(metrics.horizontalAdvance(number), widest) + 14
        about = metrics.elidedText(self._about, Qt.TextElideMode.ElideRight, max(0, room - x - 4))
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            QRect(x, 0, room - x - 4, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            about,
        )
        painter.end()
