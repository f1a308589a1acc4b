"""Sample pictures of a dataset with their masks drawn over them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.data.report import DatasetReport, SamplePicture
from studio.gui.datasets.picture_dialog import PictureDialog
from studio.gui.theme import current_theme
from studio.gui.training.results.pictures import PictureStore
from studio.gui.training.results.tile import fitted
from studio.gui.training.results.words import class_name
from studio.gui.widgets.elided_label import ElidedLabel

Index = QModelIndex | QPersistentModelIndex
_ALL = "all classes"
_ROOT = QModelIndex()
_SAMPLE_ROLE = int(Qt.ItemDataRole.UserRole)


def classes_words(sample: SamplePicture, labels: tuple[str, ...]) -> str:
    """The classes that a sample shows, the background left out."""
    return ", ".join(class_name(labels, index) for index in sample.classes if index) or "background"


class _Model(QAbstractListModel):
    """The samples that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.samples: list[SamplePicture] = []
        self.labels: tuple[str, ...] = ()

    def load(self, samples: list[SamplePicture], labels: tuple[str, ...]) -> None:
        self.beginResetModel()
        self.samples, self.labels = samples, labels
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.samples)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sample = self.samples[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return sample.name
        if role == Qt.ItemDataRole.ToolTipRole:
            shown = classes_words(sample, self.labels)
            return f"{sample.name}\n{sample.width} × {sample.height} pixels\n{shown}"
        if role == _SAMPLE_ROLE:
            return sample
        return None


class _Tile(QStyledItemDelegate):
    """A picture over its name and classes."""

    def __init__(self, page: SamplesPage) -> None:
        super().__init__(page)
        self._page = page

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        width = self._page.picture_width
        return QSize(width + 8, round(0.75 * width) + 2 * option.fontMetrics.height() + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        sample = index.data(_SAMPLE_ROLE)
        area: QRect = option.rect.adjusted(4, 4, -4, -4)
        line = option.fontMetrics.height()
        picture = QRectF(area.left(), area.top(), area.width(), area.height() - 2 * line - 4)
        painter.save()
        state: QStyle.StateFlag = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.fillRect(option.rect, QColor(theme.selection))
        painter.fillRect(picture, QColor(theme.stage))
        photo = self._page.store.photo(self._page.path_of(sample))
        if photo is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(fitted((photo.width(), photo.height()), picture), photo)
        else:
            painter.setPen(QColor(theme.muted))
            painter.drawText(picture, Qt.AlignmentFlag.AlignCenter, "…")
        labels = self._page.labels
        for row, (words, colour) in enumerate(
            ((sample.name, theme.text), (classes_words(sample, labels), theme.muted))
        ):
            place = QRectF(area.left(), picture.bottom() + 3 + row * line, area.width(), line)
            fit = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
            painter.setPen(QColor(colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, fit)
        painter.restore()


class SamplesPage(QWidget):
    """A grid of samples, of a class if asked for; a click enlarges."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: DatasetReport | None = None
        self._artifacts = Path()
        self.picture_width = 200
        self.store = PictureStore(self)
        self._model = _Model()
        self._model.setParent(self)
        self.view = self._build_view()
        self._classes = QComboBox()
        self._classes.setAccessibleName("Samples with")
        self._classes.currentIndexChanged.connect(self._filter)
        label = QLabel("Sa&mples with")
        label.setBuddy(self._classes)
        size = QSlider(Qt.Orientation.Horizontal)
        size.setRange(100, 384)
        size.setValue(self.picture_width)
        size.setFixedWidth(110)
        size.setToolTip("Width of the pictures")
        size.setAccessibleName("Width of the pictures")
        size.valueChanged.connect(self._set_width)
        size_label = QLabel("Si&ze")
        size_label.setBuddy(size)
        self._count = ElidedLabel(role="muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._classes)
        row.addWidget(self._count, 1)
        row.addWidget(size_label)
        row.addWidget(size)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self.store.loaded.connect(self._on_loaded)

    def _build_view(self) -> QListView:
        view = QListView()
        view.setModel(self._model)
        view.setItemDelegate(_Tile(self))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setUniformItemSizes(True)
        view.setSpacing(2)
        view.setAccessibleName("Samples")
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.clicked.connect(self._enlarge)
        view.activated.connect(self._enlarge)
        return view

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return () if self._report is None else self._report.labels

    @property
    def shown(self) -> list[str]:
        """Names of the samples in sight or below."""
        return [sample.name for sample in self._model.samples]

    def path_of(self, sample: SamplePicture) -> Path:
        """Where its picture lies."""
        return self._artifacts / sample.file

    def show_report(self, report: DatasetReport, artifacts_dir: Path) -> None:
        """Show another dataset's samples."""
        self._report, self._artifacts = report, artifacts_dir
        self.store.clear()
        present = sorted({index for sample in report.samples for index in sample.classes if index})
        self._classes.blockSignals(True)
        self._classes.clear()
        self._classes.addItem(_ALL, None)
        for index in present:
            self._classes.addItem(class_name(report.labels, index), index)
        self._classes.blockSignals(False)
        self._filter()

    def set_class(self, name: str) -> None:
        """Keep the samples that show a class."""
        self._classes.setCurrentText(name)

    def _filter(self, _choice: object = None) -> None:
        if self._report is None:
            return
        wanted = self._classes.currentData()
        samples = [s for s in self._report.samples if wanted is None or wanted in s.classes]
        self._model.load(samples, self._report.labels)
        drawn = len(self._report.samples)
        self._count.setText(f"{len(samples)} of the {drawn} samples that were drawn")

    def _on_loaded(self, _path: Path) -> None:
        self.view.viewport().update()

    def _set_width(self, width: int) -> None:
        self.picture_width = width
        self.view.scheduleDelayedItemsLayout()

    def _enlarge(self, index: QModelIndex) -> None:
        dialog = PictureDialog(self.store, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        pictures = [
            (
                self.path_of(sample),
                f"{sample.name} · {sample.width} × {sample.height} pixels · "
                f"{classes_words(sample, self.labels)}",
            )
            for sample in self._model.samples
        ]
        dialog.show_pictures(pictures, index.row())
