"""The classes of a dataset and how often they occur."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.data.report import DatasetReport
from studio.gui.datasets.frequencies import Frequency, Order, frequencies
from studio.gui.datasets.frequency_bars import FrequencyBars


class FrequenciesPage(QWidget):
    """Bars with their order and scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: DatasetReport | None = None
        self.bars = FrequencyBars()
        self._order = QComboBox()
        self._order.addItems([order.value for order in Order])
        self._order.setAccessibleName("Sort by")
        self._order.currentIndexChanged.connect(self._show)
        self._log = QCheckBox("&Logarithmic")
        self._log.setToolTip("Each step to the right multiplies: rare classes can be compared.")
        self._log.toggled.connect(self._show)
        self._background = QCheckBox("&Background")
        self._background.setToolTip("Show the background too, which dwarfs the other classes.")
        self._background.setChecked(True)
        self._background.toggled.connect(self._show)
        label = QLabel("&Sort by")
        label.setBuddy(self._order)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (label, self._order, self._log, self._background):
            row.addWidget(widget)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.bars)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(scroll, 1)

    @property
    def rows(self) -> tuple[Frequency, ...]:
        """What is shown, top to bottom."""
        return self.bars.rows

    def show_report(self, report: DatasetReport) -> None:
        """Show another dataset."""
        self._report = report
        self._show()

    def set_order(self, order: Order) -> None:
        """Sort otherwise."""
        self._order.setCurrentText(order.value)

    def set_log(self, on: bool) -> None:
        """Choose the scale."""
        self._log.setChecked(on)

    def _show(self, _choice: object = None) -> None:
        if self._report is None:
            return
        rows = frequencies(self._report, Order(self._order.currentText()))
        if not self._background.isChecked():
            rows = [row for row in rows if row.index]
        self.bars.show_rows(rows, self._report.palette, is_log=self._log.isChecked())
