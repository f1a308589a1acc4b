"""Which types take how much of the file, as one divided bar with its legend."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.quantization.summary import StorageSummary
from studio.gui.quantization.words import bytes_words, count_words
from studio.gui.theme import current_theme

_BAR_PIXELS = 10


class ShareBar(QWidget):
    """A bar of the file's bytes by type; below it a line a type."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[str, str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stored bytes by type")
        self.setToolTip(
            "What the file is made of. int32 beside int8 are biases and shapes, which stay wide."
        )

    @property
    def text(self) -> str:
        """The legend, line by line."""
        return "\n".join(f"{name}: {words}" for name, words, _ in self._lines)

    def show_summary(self, summary: StorageSummary) -> None:
        """Draw another model's shares."""
        total = sum(share.size_bytes for share in summary.shares) + summary.other_bytes
        self._lines = [
            (
                share.dtype,
                f"{bytes_words(share.size_bytes)} · {count_words(share.parameters)} numbers "
                f"({100 * share.parameters / max(1, summary.parameters):.1f} %)",
                share.size_bytes / max(1, total),
            )
            for share in summary.shares
        ]
        if summary.other_bytes:
            ratio = summary.other_bytes / max(1, total)
            self._lines.append(("graph", f"{bytes_words(summary.other_bytes)}, names", ratio))
        self.setAccessibleDescription(self.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line a type."""
        line = QFontMetrics(self.font()).height() + 2
        return QSize(240, _BAR_PIXELS + 6 + line * len(self._lines))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it all anew."""
        theme = current_theme()
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        colours = [
            QColor(theme.faint if name == "graph" else theme.series[row % len(theme.series)])
            for row, (name, _, _) in enumerate(self._lines)
        ]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRect(0, 0, self.width(), _BAR_PIXELS), 5, 5)
        painter.setClipPath(outline)
        x = 0.0
        for (_, _, ratio), colour in zip(self._lines, colours, strict=True):
            width = ratio * self.width()
            painter.fillRect(QRect(round(x), 0, max(1, round(width)), _BAR_PIXELS), colour)
            x += width
        painter.restore()
        y = _BAR_PIXELS + 6
        line = metrics.height() + 2
        names = max((metrics.horizontalAdvance(name) for name, _, _ in self._lines), default=0)
        for (name, words, _), colour in zip(self._lines, colours, strict=True):
            painter.fillRect(QRect(0, y + line // 2 - 5, 9, 9), colour)
            painter.setPen(QColor(theme.text))
            painter.drawText(15, y + metrics.ascent(), name)
            painter.setPen(QColor(theme.muted))
            painter.drawText(15 + names + 10, y + metrics.ascent(), words)
            y += line
        painter.end()
