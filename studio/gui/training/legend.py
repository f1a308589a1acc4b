"""Which colour belongs to which run; goes on in the next line rather than being cut."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.theme import current_theme, theme_changed
from studio.gui.training.flow_layout import FlowLayout

_LONGEST_PIXELS = 220
_SWATCH = 10


class LegendEntry(QWidget):
    """A swatch and a run's title; a click chooses the run."""

    clicked = Signal(str)  # name of the run's folder

    def __init__(self, run: str, title: str, colour: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._colour = colour
        self.title = title
        self.setToolTip(title)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as its words, up to a limit."""
        metrics = self.fontMetrics()
        words = min(_LONGEST_PIXELS, metrics.horizontalAdvance(self.title))
        return QSize(_SWATCH + 6 + words + 8, metrics.height() + 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the run."""
        self.clicked.emit(self._run)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line in the run's colour and its title."""
        theme = current_theme()
        painter = QPainter(self)
        colour = QColor(theme.series[self._colour % len(theme.series)])
        painter.fillRect(QRect(0, self.height() // 2 - 1, _SWATCH, 3), colour)
        painter.setPen(QColor(theme.text))
        area = self.rect().adjusted(_SWATCH + 6, 0, 0, 0)
        words = painter.fontMetrics().elidedText(
            self.title, Qt.TextElideMode.ElideMiddle, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class RunLegend(QWidget):
    """The runs that are drawn."""

    clicked = Signal(str)  # name of a run's folder

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, spacing=8)
        self._shown: list[tuple[str, str, int]] = []
        self._entries: list[LegendEntry] = []
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def entries(self) -> list[LegendEntry]:
        """In the order of the list of runs."""
        return self._entries

    def show_runs(self, runs: list[tuple[str, str, int]]) -> None:
        """Show them; a single one needs no legend.

        Args:
            runs: name of the folder, title, and colour's position in the theme's series.
        """
        if runs == self._shown:
            return
        self._shown = runs
        while self._flow.count():
            self._flow.takeAt(0)
        for entry in self._entries:
            entry.hide()
            entry.deleteLater()
        self._entries = [LegendEntry(*run, self) for run in runs]
        for entry in self._entries:
            entry.clicked.connect(self.clicked)
            self._flow.addWidget(entry)
            entry.show()
        self.setVisible(len(runs) > 1)
        self._flow.invalidate()
        self.updateGeometry()
