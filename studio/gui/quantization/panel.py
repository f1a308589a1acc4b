"""The quantization panel: how the opened model stores its numbers."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.quantization.share_bar import ShareBar
from studio.gui.quantization.summary import StorageSummary, summarize
from studio.gui.quantization.table import (
    COLUMNS,
    SIZE,
    SizeBar,
    TensorFilter,
    TensorTable,
    csv_text,
)
from studio.gui.quantization.words import (
    bytes_words,
    count_words,
    quantization_words,
    range_words,
    shape_words,
)
from studio.gui.theme import current_theme, theme_changed
from studio.gui.widgets.empty_state import EmptyState
from studio.inference.model import ModelInfo, TensorInfo

_ROLES = (
    ("All tensors", ""),
    ("Weights", "weights"),
    ("Activations", "activation"),
    ("Inputs", "input"),
    ("Outputs", "output"),
)
_WIDTHS = {"name": 162, "size_bytes": 70, "dtype": 58, "bits": 44, "shape": 120, "scales": 56}


class QuantizationPanel(QWidget):
    """Verdict, shares, input and output in words, and every tensor in a table.

    Args:
        model: playback, whose segmentation model is shown.
    """

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("quantization")
        self._summary: StorageSummary | None = None
        self._table = TensorTable(self)
        self._filter = TensorFilter(self)
        self._filter.setSourceModel(self._table)
        self._build()
        model.model_opened.connect(self.show_model)
        model.model_closed.connect(self._on_closed)
        theme_changed.connect(self._on_theme)
        if model.model is not None:
            self.show_model(model.model)

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        filled = QWidget(self)
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(10, 8, 10, 6)
        layout.setSpacing(8)
        self._name = QLabel(filled)
        self._name.setProperty("role", "heading")
        self._name.setWordWrap(True)
        self._badge = QLabel(filled)
        self._badge.setToolTip("What kind of arithmetic the model runs on.")
        title = QHBoxLayout()
        title.addWidget(self._name, 1)
        title.addWidget(self._badge)
        layout.addLayout(title)
        self._reason = self._words(filled)
        layout.addWidget(self._reason)
        self._shares = ShareBar(filled)
        layout.addWidget(self._shares)
        self._facts = {
            name: self._words(filled, muted=False)
            for name in ("Weights", "Activations", "Scales", "Input", "Output")
        }
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(3)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, label in self._facts.items():
            heading = QLabel(name, filled)
            heading.setProperty("role", "muted")
            form.addRow(heading, label)
        layout.addLayout(form)
        layout.addLayout(self._build_filter(filled))
        layout.addWidget(self._build_table(filled), 1)
        self._details = self._words(filled)
        self._details.setMinimumHeight(3 * self.fontMetrics().height())
        layout.addWidget(self._details)

        empty = EmptyState(
            "quantize",
            "No model is open",
            "Open a model (Ctrl+M): this shows how it stores its numbers, layer by layer: bits, "
            "scales, sizes, and whether it runs on integers.",
            parent=self,
        )
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(empty)
        self._pages.addWidget(filled)

    @staticmethod
    def _words(parent: QWidget, *, muted: bool = True) -> QLabel:
        label = QLabel(parent)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if muted:
            label.setProperty("role", "muted")
        return label

    def _build_filter(self, parent: QWidget) -> QHBoxLayout:
        self._search = QLineEdit(parent)
        self._search.setPlaceholderText("Filter by name, type, shape")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Filter")
        self._search.setToolTip("Keep tensors that have all these words in name, type or shape.")
        self._search.textChanged.connect(self._filter.set_words)
        self._search.textChanged.connect(self._show_count)
        self._role = QComboBox(parent)
        for words, role in _ROLES:
            self._role.addItem(words, role)
        self._role.setAccessibleName("Role")
        self._role.setToolTip("Keep tensors of one role.")
        self._role.currentIndexChanged.connect(self._on_role)
        copy = QToolButton(parent)
        copy.setIcon(icon("copy"))
        copy.setToolTip("Copy the rows below as CSV, with exact numbers.")
        copy.setAccessibleName("Copy as CSV")
        copy.clicked.connect(self.copy_csv)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._search, 1)
        row.addWidget(self._role)
        row.addWidget(copy)
        return row

    def _build_table(self, parent: QWidget) -> QTableView:
        view = QTableView(parent)
        view.setModel(self._filter)
        view.setSortingEnabled(True)
        view.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTextElideMode(Qt.TextElideMode.ElideLeft)
        view.setTabKeyNavigation(False)
        view.setItemDelegateForColumn(SIZE, SizeBar(view))
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        view.horizontalHeader().setHighlightSections(False)
        view.setAccessibleName("Tensors")
        view.setMinimumHeight(120)
        for position, column in enumerate(COLUMNS):
            view.setColumnWidth(position, _WIDTHS.get(column.key, 74))
        view.selectionModel().currentRowChanged.connect(self._on_row)
        self._view = view
        return view

    # -- showing -------------------------------------------------------------------------------

    @property
    def summary(self) -> StorageSummary | None:
        """Of the opened model; None without one."""
        return self._summary

    @property
    def shown_tensors(self) -> list[TensorInfo]:
        """The rows of the table, in their present order."""
        return self._filter.shown()

    def show_model(self, info: ModelInfo) -> None:
        """Show how a model stores its numbers."""
        summary = summarize(info)
        self._summary = summary
        # A break is allowed at underscores: the column is narrow, and file names have no spaces.
        self._name.setText(info.name.replace("_", "_\u200b"))
        self._name.setToolTip(f"{info.name}\n{info.path}\n{bytes_words(info.size_bytes)}")
        self._badge.setText(summary.badge)
        self._reason.setText(summary.reason)
        self._shares.show_summary(summary)
        bits = "" if summary.weight_bits is None else f"{summary.weight_bits} bits, "
        self._facts["Weights"].setText(
            f"{bits}{count_words(summary.parameters)} numbers in {bytes_words(info.size_bytes)}"
        )
        self._facts["Activations"].setText(
            "unknown" if summary.activation_bits is None else f"{summary.activation_bits} bits"
        )
        self._facts["Scales"].setText(summary.granularity)
        for name, role in (("Input", "input"), ("Output", "output")):
            ends = [tensor for tensor in info.tensors if tensor.role == role]
            self._facts[name].setText("\n".join(_end_words(tensor) for tensor in ends) or "unknown")
        self._table.set_tensors(info.tensors)
        self._pages.setCurrentIndex(1)
        self._show_count()
        self._on_theme()

    def _on_closed(self) -> None:
        self._summary = None
        self._table.set_tensors(())
        self._pages.setCurrentIndex(0)

    def _on_role(self) -> None:
        self._filter.set_role(str(self._role.currentData()))
        self._show_count()

    def _show_count(self) -> None:
        kept, total = self._filter.rowCount(), self._table.rowCount()
        if kept == 0 and total:
            words = "No tensor has these words; clear the filter to see all."
        elif kept == total:
            words = f"{total} tensors. Choose one to read about it here."
        else:
            words = f"{kept} of {total} tensors. Choose one to read about it here."
        self._details.setText(words)

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not current.isValid():
            self._show_count()
            return
        tensor = self._table.tensor(self._filter.mapToSource(current).row())
        # A break is allowed at slashes: names are paths, and the column is narrow.
        name = tensor.name.replace("/", "/\u200b").replace(";", ";\u200b")
        self._details.setText(f"{name}\n{shape_words(tensor.shape)} · {_end_words(tensor)}")

    def _on_theme(self, _theme: object = None) -> None:
        theme = current_theme()
        verdict = "float" if self._summary is None else self._summary.verdict
        colour = {"integer": theme.good, "float": theme.muted, "mixed": theme.warn}[verdict]
        self._badge.setStyleSheet(
            f"color: {colour}; border: 1px solid {colour}; border-radius: 8px;"
            "padding: 1px 8px; font-weight: 600;"
        )
        self._shares.update()
        self._view.viewport().update()

    def copy_csv(self) -> None:
        """Put the rows of the table on the clipboard."""
        QGuiApplication.clipboard().setText(csv_text(self._filter.shown()))
        self._details.setText(f"Copied {self._filter.rowCount()} rows as CSV.")


def _end_words(tensor: TensorInfo) -> str:
    """How an end of the network is quantized, and which values that can hold."""
    parts = [quantization_words(tensor), range_words(tensor)]
    return ", ".join(part for part in parts if part)
