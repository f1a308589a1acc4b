"""What all pages share: the epoch bar, tools of their own, an empty state, and export."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from studio.errors import StudioError
from studio.gui import icons
from studio.gui.errors import in_words
from studio.gui.telemetry.saving import png_bytes, save_bytes
from studio.gui.training.results.epoch_bar import EpochBar
from studio.gui.training.results.selection import Selection
from studio.gui.widgets.empty_state import EmptyState

_ONE_ROW_PIXELS = 1250
_ONE_ROW_LOW_PIXELS = 780
_LOW_PIXELS = 260


class _Signals(QObject):
    done = Signal(str)
    failed = Signal(object)


class _Write(QRunnable):
    """Makes a file's content and writes it, beside the GUI thread."""

    def __init__(self, path: Path, make: Callable[[], bytes]) -> None:
        super().__init__()
        self.signals = _Signals()
        self._path, self._make = path, make

    def run(self) -> None:
        """Write; say how it went."""
        error: StudioError | None = None
        try:
            save_bytes(self._path, self._make())
        except Exception as caught:  # noqa: BLE001 - told to the user, whatever it is
            error = in_words(caught)
        with contextlib.suppress(RuntimeError):  # the studio closes, and nobody is there to tell
            if error is None:
                self.signals.done.emit(str(self._path))
            else:
                self.signals.failed.emit(error)


class ResultsPage(QWidget):
    """A page over one evaluation.

    Args:
        selection: which evaluation.
        name: of the page, for file names.
    """

    failed = Signal(object)  # StudioError
    saved = Signal(str)  # path

    def __init__(self, selection: Selection, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = selection
        self._name = name
        self._is_stale = True
        self._is_wide: bool | None = None
        self.bar = EpochBar(selection)
        self._export = QToolButton()
        self._export.setIcon(icons.icon("export"))
        self._export.setToolTip("Save this page as a picture (PNG)")
        self._export.setAccessibleName("Save this page as a picture")
        self._export.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._export.clicked.connect(self._ask_png)
        self._tool_row = QWidget()
        self.tools = QHBoxLayout(self._tool_row)
        self.tools.setContentsMargins(0, 0, 0, 0)
        self.tools.setSpacing(8)
        self.content = QWidget()
        filled = QWidget()
        self._grid = QGridLayout(filled)
        self._grid.setContentsMargins(8, 6, 8, 6)
        self._grid.setSpacing(6)
        self._grid.addWidget(self.content, 2, 0, 1, 3)
        self._grid.setRowStretch(2, 1)
        self._arrange()
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(filled)
        self._empty: EmptyState | None = None
        # Its own word on it: an empty state claims height for its words before it is laid out.
        self.setMinimumSize(360, 140)
        selection.run_changed.connect(self._on_change)
        selection.epoch_changed.connect(self._on_change)

    @property
    def empty_words(self) -> str:
        """What it says while there is nothing to show; empty when there is."""
        return "" if self._empty is None else self._empty.text

    @property
    def is_low(self) -> bool:
        """Whether there is little height, as in a dock below the video."""
        return self.height() < _LOW_PIXELS

    def _arrange(self) -> None:
        """One row over the content where there is room for it, or no height for two."""
        is_wide = self.width() >= (_ONE_ROW_LOW_PIXELS if self.is_low else _ONE_ROW_PIXELS)
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        self._grid.addWidget(self.bar, 0, 0, 1, 1 if is_wide else 2)
        self._grid.addWidget(self._tool_row, *((0, 1, 1, 1) if is_wide else (1, 0, 1, 3)))
        self._grid.addWidget(self._export, 0, 2)
        self._grid.setColumnStretch(0, 4)
        self._grid.setColumnStretch(1, 3 if is_wide else 0)
        self._grid.setHorizontalSpacing(16 if is_wide else 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the tools anew."""
        super().resizeEvent(event)
        self._arrange()

    def show_epoch(self) -> None:
        """Show the chosen evaluation; there is one."""
        raise NotImplementedError

    def _on_change(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Show what is chosen, if that has changed since."""
        if not self._is_stale:
            return
        self._is_stale = False
        if self._empty is not None:
            self._pages.removeWidget(self._empty)
            self._empty.hide()
            self._empty.deleteLater()
            self._empty = None
        if self.selection.epoch is not None:
            self.show_epoch()
        else:
            self._empty = EmptyState("chart", *self._reason())
            self._pages.addWidget(self._empty)
            self._pages.setCurrentWidget(self._empty)

    def _reason(self) -> tuple[str, str]:
        """Why there is nothing to show: heading and text."""
        folder = self.selection.folder
        if folder is None:
            return "No run is chosen", "Choose a training run to see its scores and masks."
        if not folder.path.is_dir():
            return (
                "This run is gone",
                "Its folder was deleted or moved. Choose another training run.",
            )
        return (
            "No evaluations yet",
            "Scores and predicted masks appear after the first epoch that is evaluated.",
        )

    def showEvent(self, event: object) -> None:
        """Catch up with what changed while hidden."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the epoch."""
        if event.key() == Qt.Key.Key_Left:
            self.selection.step(-1)
        elif event.key() == Qt.Key.Key_Right:
            self.selection.step(1)
        else:
            super().keyPressEvent(event)

    # -- export --------------------------------------------------------------------------------

    def save_png(self, path: Path) -> None:
        """Write a picture of the page as it is; `saved` or `failed` follows."""
        picture = self.grab().toImage()
        self.write_beside(path, lambda: png_bytes(picture))

    def write_beside(self, path: Path, make: Callable[[], bytes]) -> None:
        """Write a file beside the GUI thread; `saved` or `failed` follows."""
        task = _Write(path, make)
        task.signals.done.connect(self.saved)
        task.signals.failed.connect(self.failed)
        QThreadPool.globalInstance().start(task)

    def ask_path(self, suffix: str, pattern: str) -> Path | None:
        """Ask where a file goes."""
        epoch = self.selection.epoch or 0
        name = f"{self._name}-epoch-{epoch:04d}{suffix}"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save", name, pattern)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(suffix)

    def _ask_png(self) -> None:
        path = self.ask_path(".png", "Pictures (*.png)")
        if path is not None:
            self.save_png(path)
