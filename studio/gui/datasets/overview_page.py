"""A dataset in words: what it holds, what to look at, sizes, and images in two lists."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.data.report import DatasetReport
from studio.gui import icons
from studio.gui.training.results.words import count, percent
from studio.gui.widgets.icon_label import IconLabel

_MOST_SIZES = 8
_MOST_NAMES = 40


def facts(report: DatasetReport) -> list[tuple[str, str]]:
    """What the dataset holds: name of the fact, value."""
    usable = report.checked - len(report.broken)
    occurring = sum(images > 0 for images in report.class_images)
    labelled = sum(report.class_pixels)
    everything = labelled + report.void_pixels
    rows = [
        ("Folder", report.root),
        ("List", f"{report.split}, {count(report.images)} images"),
        (
            "Usable",
            f"{count(usable)} of {count(report.checked)} that were looked at"
            + ("" if report.checked == report.images else " before the check was stopped"),
        ),
        ("Classes", f"{occurring} of {len(report.labels)} occur"),
    ]
    if everything:
        background = report.class_pixels[0] if report.class_pixels else 0
        rows.append(("Background", f"{percent(background / everything)} of all pixels"))
        rows.append(("Void", f"{percent(report.void_pixels / everything)} of all pixels"))
    if report.sizes:
        rows.append(("Sizes", sizes_words(report)))
    return rows


def sizes_words(report: DatasetReport) -> str:
    """The extent of the images' sizes."""
    widths = [size.width for size in report.sizes]
    heights = [size.height for size in report.sizes]
    if len(report.sizes) == 1:
        return f"all {widths[0]} × {heights[0]} pixels"
    landscape = sum(size.images for size in report.sizes if size.width > size.height)
    total = sum(size.images for size in report.sizes)
    return (
        f"{min(widths)} to {max(widths)} pixels wide, {min(heights)} to {max(heights)} high; "
        f"{percent(landscape / total)} wider than high"
    )


def overlap_words(report: DatasetReport) -> list[str]:
    """Images that lie in two lists, or twice in one; empty when there are none."""
    words = []
    if report.shared:
        words.append(
            f"In {report.split} and {report.val_split} alike ({count(len(report.shared))}): "
            f"{_some(report.shared)}."
        )
    for group in report.identical[:_MOST_NAMES]:
        words.append(f"The same file: {' = '.join(group)}.")
    hidden = len(report.identical) - _MOST_NAMES
    if hidden > 0:
        words.append(f"… and {count(hidden)} more groups of the same file.")
    return words


class OverviewPage(QScrollArea):
    """Sections one under the other; all words can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self._words: list[str] = []

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(self._words)

    def show_report(self, report: DatasetReport) -> None:
        """Describe another dataset."""
        self._words = []
        body = QWidget()
        column = QVBoxLayout(body)
        column.setSpacing(8)
        self._add_table(column, "", facts(report))
        if report.warnings:
            self._add_heading(column, "Worth a look")
            for words in report.warnings:
                row = QHBoxLayout()
                row.addWidget(IconLabel(icons.icon("warning", "warn"), 16))
                row.addWidget(self._label(words), 1)
                column.addLayout(row)
        overlaps = overlap_words(report)
        if overlaps:
            self._add_heading(column, "Images that are there twice")
            for words in overlaps:
                column.addWidget(self._label(words))
        elif report.val_split:
            self._add_heading(column, "Images that are there twice")
            column.addWidget(self._label(f"None: {report.split} and {report.val_split} are apart."))
        shown = report.sizes[:_MOST_SIZES]
        rows = [(f"{s.width} × {s.height}", f"{count(s.images)} images") for s in shown]
        if len(report.sizes) > _MOST_SIZES:
            rest = sum(size.images for size in report.sizes[_MOST_SIZES:])
            others = len(report.sizes) - _MOST_SIZES
            rows.append((f"{others} others", f"{count(rest)} images"))
        if len(shown) > 1:
            self._add_table(column, "Most frequent sizes", rows)
        column.addStretch(1)
        self.setWidget(body)

    def _add_heading(self, column: QVBoxLayout, words: str) -> None:
        heading = self._label(words)
        heading.setProperty("role", "heading")
        column.addSpacing(6)
        column.addWidget(heading)

    def _add_table(self, column: QVBoxLayout, heading: str, rows: list[tuple[str, str]]) -> None:
        if heading:
            self._add_heading(column, heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for position, (name, value) in enumerate(rows):
            label = self._label(name)
            label.setProperty("role", "muted")
            grid.addWidget(label, position, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._label(value), position, 1)
        column.addLayout(grid)

    def _label(self, words: str) -> QLabel:
        self._words.append(words)
        label = QLabel(words)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


def _some(names: tuple[str, ...]) -> str:
    rest = len(names) - _MOST_NAMES
    listed = ", ".join(names[:_MOST_NAMES])
    return f"{listed} and {count(rest)} more" if rest > 0 else listed
