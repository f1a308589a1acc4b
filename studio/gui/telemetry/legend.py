"""The line above the chart: stages with their colours, and the values at the cursor."""

from __future__ import annotations

import math
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
    "propagate": "carry the mask of a key frame on",
    "postprocess": "logits to a mask at the frame's size",
    "draw": "overlay and painting",
}
_SHORT = {  # where there is no room for whole words
    "decode": "dec",
    "preprocess": "pre",
    "invoke": "inv",
    "propagate": "prop",
    "postprocess": "post",
}


class StageLegend(QWidget):
    """Colour, name and milliseconds of each stage; then words about what they belong to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stages: tuple[str, ...] = ()
        self._millis: Sequence[float] = ()
        self._link_millis: float | None = None
        self._about = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Milliseconds by stage")
        self.show_stages(STAGES, [float("nan")] * len(STAGES), "")

    @property
    def text(self) -> str:
        """All that it says, as one line."""
        parts = [
            f"{stage} {short_number(value)}"
            for stage, value in zip(self._stages, self._millis, strict=True)
        ]
        if self._link_millis is not None:
            parts.append(f"link {short_number(self._link_millis)}")
        return " · ".join([*parts, self._about])

    def show_stages(
        self,
        stages: tuple[str, ...],
        millis: Sequence[float],
        about: str,
        link_millis: float | None = None,
    ) -> None:
        """Write the values.

        Args:
            stages: their names, in the order of their colours.
            millis: one a stage; NaN is a dash.
            about: which frames they belong to.
            link_millis: shown apart, for it is no stage of a phone's work; None for none.
        """
        if stages != self._stages:
            lines = [f"{stage}: {STAGE_WORDS[stage]}" for stage in stages]
            if link_millis is not None:
                lines.append("link: both ways over the cable; not stacked, for it is no work")
            self.setToolTip("\n".join(lines))
        self._stages = stages
        self._millis = millis
        self._link_millis = link_millis
        self._about = about
        self.update()

    def sizeHint(self) -> QSize:
        """The size that it would like."""
        return QSize(600, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """The smallest size at which it can be read."""
        return QSize(200, self.fontMetrics().height() + 6)

    def _entries(self) -> list[tuple[str, float]]:
        entries = list(zip(self._stages, self._millis, strict=True))
        if self._link_millis is not None:
            entries.append(("link", self._link_millis))
        return entries

    def _names(self, widest: int) -> list[str]:
        """Names of the entries: whole, short or none, as there is room for all and the words."""
        metrics = self.fontMetrics()
        whole = [stage for stage, _ in self._entries()]
        short = [_SHORT.get(stage, stage) for stage in whole]

        def needed(names: list[str]) -> int:
            return sum(metrics.horizontalAdvance(name) + widest + 34 for name in names)

        if needed(whole) + metrics.horizontalAdvance(self._about) <= self.width():
            return whole
        # Without names, the tool tip still tells them.
        return short if needed(short) <= self.width() else [""] * len(short)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        middle = self.height() // 2
        baseline = middle + metrics.ascent() // 2 - 1
        entries = self._entries()
        is_known = any(math.isfinite(value) for _, value in entries)
        widest = metrics.horizontalAdvance("88.8") if is_known else 0
        x = 4
        for row, name in enumerate(self._names(widest)):
            if row < len(self._stages):
                painter.fillRect(QRect(x, middle - 5, 10, 10), QColor(theme.series[row]))
            else:
                painter.fillRect(QRect(x, middle - 7, 1, 14), QColor(theme.border))
                x -= 6
            x += 15
            painter.setPen(QColor(theme.muted))
            painter.drawText(x, baseline, name)
            x += metrics.horizontalAdvance(name) + 5
            if is_known:
                number = short_number(entries[row][1])
                painter.setPen(QColor(theme.text))
                painter.drawText(x, baseline, number)
                # Numbers change width as they change; a fixed stride keeps the line still.
                x += max(metrics.horizontalAdvance(number), widest)
            x += 14
        area = QRect(x, 0, max(0, self.width() - x - 4), self.height())
        about = metrics.elidedText(self._about, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(QColor(theme.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, about)
        painter.end()
