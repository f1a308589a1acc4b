"""Shows in which settings two runs differ, or all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.gui.training.compare import ComparedSetting, compare
from studio.gui.training.run import TrainingRun
from studio.gui.widgets.close_row import close_row


class CompareDialog(QDialog):
    """Two runs to choose, a table of settings.

    Args:
        runs: to choose from; those whose settings cannot be read are left out.
        chosen: the first of the two.
    """

    def __init__(
        self, runs: list[TrainingRun], chosen: TrainingRun, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare settings")
        self.resize(760, 480)
        self._runs = [run for run in runs if run.spec is not None]
        self._shown: list[ComparedSetting] = []
        self.left, self.right = self._box("First run"), self._box("Second run")
        names = [run.name for run in self._runs]
        at = names.index(chosen.name)
        # The one before it in time is what a run is usually compared to.
        self.left.setCurrentIndex(at + 1 if at + 1 < len(names) else max(0, at - 1))
        self.right.setCurrentIndex(at)
        self.all = QCheckBox("&All settings, equal ones too")
        self.words = QLabel()
        self.words.setProperty("role", "muted")
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName("Settings")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        for column in range(3):
            mode = QHeaderView.ResizeMode.Stretch
            self.table.horizontalHeader().setSectionResizeMode(column, mode)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        top = QGridLayout()
        top.setColumnStretch(0, 1)
        top.setColumnStretch(2, 1)
        top.addWidget(self.left, 0, 0)
        top.addWidget(QLabel("against"), 0, 1)
        top.addWidget(self.right, 0, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.words)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.all)
        layout.addWidget(close_row(self, self.copy))
        for box in (self.left, self.right):
            box.currentIndexChanged.connect(self._show)
        self.all.toggled.connect(self._show)
        self._show()

    @property
    def shown(self) -> list[ComparedSetting]:
        """What the table lists."""
        return self._shown

    def copy(self) -> None:
        """Put the table on the clipboard, one setting a line."""
        lines = [f"{each.key}\t{each.left}\t{each.right}" for each in self._shown]
        head = f"setting\t{self.left.currentText()}\t{self.right.currentText()}"
        QGuiApplication.clipboard().setText("\n".join([head, *lines]))

    def _box(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems([run.title for run in self._runs])
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for row, run in enumerate(self._runs):
            box.setItemData(row, run.name, Qt.ItemDataRole.ToolTipRole)
        return box

    def _show(self, _changed: object = None) -> None:
        left = self._runs[self.left.currentIndex()].spec
        right = self._runs[self.right.currentIndex()].spec
        if left is None or right is None:
            return
        everything = compare(left, right)
        differing = [each for each in everything if each.differs]
        self._shown = everything if self.all.isChecked() else differing
        count = len(differing)
        same = f"All {len(everything)} settings are the same."
        words = "1 setting differs" if count == 1 else f"{count} settings differ"
        self.words.setText(f"{words} of {len(everything)}." if count else same)
        self.table.setHorizontalHeaderLabels(
            ["Setting", self.left.currentText(), self.right.currentText()]
        )
        self.table.setRowCount(len(self._shown))
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for row, setting in enumerate(self._shown):
            cells = (f"{setting.group}: {setting.label}", setting.left, setting.right)
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text or "none")
                item.setToolTip(setting.key if column == 0 else text)
                if setting.differs and column and self.all.isChecked():
                    item.setFont(bold)
                self.table.setItem(row, column, item)
