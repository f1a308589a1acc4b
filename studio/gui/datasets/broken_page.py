"""Pairs of image and mask that cannot be used, by reason."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.data.report import BrokenSample, DatasetReport
from studio.gui import icons
from studio.gui.training.results.words import count

_MOST_UNFOLDED = 60
_SAMPLE_ROLE = int(Qt.ItemDataRole.UserRole)


def kind_of(broken: BrokenSample) -> str:
    """A reason without what is particular to one sample: its paths, its name, its numbers."""
    words = broken.reason
    for own in sorted({broken.image, broken.mask, broken.name}, key=len, reverse=True):
        if own:
            words = words.replace(own, "…").replace(Path(own).name, "…")
    words = re.sub(r"\S*…[^\s.,;:]*", "…", words)
    return re.sub(r"\d+", "N", words)


def by_kind(broken: tuple[BrokenSample, ...]) -> dict[str, list[BrokenSample]]:
    """Put samples that fail alike together, the largest group first."""
    groups: dict[str, list[BrokenSample]] = defaultdict(list)
    for sample in broken:
        groups[kind_of(sample)].append(sample)
    return dict(sorted(groups.items(), key=lambda group: -len(group[1])))


def table_text(broken: tuple[BrokenSample, ...]) -> str:
    """All of them, tab between columns, ready to paste into a table."""
    lines = ["name\treason\timage\tmask"]
    lines += [f"{b.name}\t{b.reason}\t{b.image}\t{b.mask}" for b in broken]
    return "\n".join(lines)


class BrokenPage(QWidget):
    """A tree: reasons, and under each the samples with their paths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._broken: tuple[BrokenSample, ...] = ()
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Name", "What is wrong", "File"])
        self.tree.setAccessibleName("Pairs that cannot be used")
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setColumnWidth(0, 220)
        self.tree.setColumnWidth(2, 300)
        self.tree.currentItemChanged.connect(self._on_current)
        self._remedy = QLabel()
        self._remedy.setWordWrap(True)
        self._remedy.setProperty("role", "muted")
        self._copy = self._button("Copy path", "copy", "Copy the path of this file", self.copy_path)
        self._open = self._button(
            "Open folder", "external", "Show the folder of this file", self._open_folder
        )
        self._all = self._button(
            "Copy all", "table", "Copy all rows, to paste into a table", self.copy_all
        )
        row = QHBoxLayout()
        row.addWidget(self._remedy, 1)
        for button in (self._copy, self._open, self._all):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._none = QLabel("Every image has a mask of its size, with known classes only.")
        self._none.setProperty("role", "good")
        column = QVBoxLayout(self)
        column.addWidget(self._none)
        column.addWidget(self.tree, 1)
        column.addLayout(row)

    def _button(self, text: str, icon: str, tip: str, run: object) -> QPushButton:
        button = QPushButton(icons.icon(icon), text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button

    def show_report(self, report: DatasetReport) -> None:
        """Show what is wrong with another dataset."""
        self._broken = report.broken
        self.tree.clear()
        for kind, samples in by_kind(report.broken).items():
            items = [_item(sample) for sample in samples]
            if len(items) == 1:
                self.tree.addTopLevelItem(items[0])
                continue
            group = QTreeWidgetItem([f"{count(len(items))} times: {kind}"])
            group.setToolTip(0, kind)
            group.addChildren(items)
            self.tree.addTopLevelItem(group)
            group.setFirstColumnSpanned(True)
            group.setExpanded(len(items) <= _MOST_UNFOLDED)
        is_fine = not report.broken
        partly = report.checked < report.images
        self._none.setVisible(is_fine)
        self._none.setText(
            f"Nothing is wrong with the {report.checked} images that were looked at."
            if partly
            else "Every image has a mask of its size, with known classes only."
        )
        for widget in (self.tree, self._copy, self._open, self._all, self._remedy):
            widget.setVisible(not is_fine)
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first.child(0) or first)
        self._on_current()
        self.layout().setAlignment(  # type: ignore[union-attr]
            self._none, Qt.AlignmentFlag.AlignCenter if is_fine else Qt.AlignmentFlag.AlignLeft
        )

    def _current(self) -> BrokenSample | None:
        item = self.tree.currentItem()
        sample = None if item is None else item.data(0, _SAMPLE_ROLE)
        return sample if isinstance(sample, BrokenSample) else None

    def _on_current(self, *_items: object) -> None:
        sample = self._current()
        self._copy.setEnabled(sample is not None)
        self._open.setEnabled(sample is not None)
        self._remedy.setText("" if sample is None else f"{sample.reason} {sample.remedy}")

    def copy_path(self) -> None:
        """Put the path of the chosen file on the clipboard."""
        sample = self._current()
        if sample is not None:
            QGuiApplication.clipboard().setText(str(_file_of(sample)))

    def copy_all(self) -> None:
        """Put all rows on the clipboard."""
        QGuiApplication.clipboard().setText(table_text(self._broken))

    def _open_folder(self) -> None:
        sample = self._current()
        if sample is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(_file_of(sample).parent)))


def _item(sample: BrokenSample) -> QTreeWidgetItem:
    path = _file_of(sample)
    item = QTreeWidgetItem([sample.name, sample.reason, str(path)])
    item.setData(0, _SAMPLE_ROLE, sample)
    for position in range(3):
        item.setToolTip(position, f"{sample.reason}\n{path}")
    return item


def _file_of(sample: BrokenSample) -> Path:
    """The file to look at: the mask where the reason names it or speaks of it, else the image."""
    mask = Path(sample.mask)
    is_mask = sample.mask and (mask.name in sample.reason or "mask" in sample.reason.lower())
    return mask if is_mask else Path(sample.image)
