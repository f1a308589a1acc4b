"""Saves the curves as a picture or a table, beside the GUI thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.errors import StudioError
from studio.gui.telemetry.saving import png_bytes, save_bytes
from studio.gui.theme import current_theme
from studio.gui.training.curves_view import CurvesView, DrawnRun
from studio.gui.training.export import csv_bytes

_SCALE = 2  # a picture for a paper or a slide has twice the screen's pixels


class CurveExporter(QObject):
    """Writes what is drawn.

    Args:
        view: whose charts and runs are written.
    """

    finished = Signal(str)  # path
    failed = Signal(object)  # StudioError
    _done = Signal(str, object)  # path, StudioError or None

    def __init__(self, view: CurvesView) -> None:
        super().__init__(view)
        self._view = view
        self._done.connect(self._on_done)

    def fill_menu(self, menu: QMenu) -> None:
        """Offer each kind of export, with a question for the place."""
        for words, name, pattern, save in (
            ("Picture of the charts (PNG) …", "curves.png", "Pictures (*.png)", self.save_png),
            ("Table of the drawn runs (CSV) …", "curves.csv", "Tables (*.csv)", self.save_csv),
        ):
            action = menu.addAction(words)
            action.triggered.connect(
                lambda _checked=False, n=name, p=pattern, s=save: self._ask(n, p, s)
            )

    def _ask(self, name: str, pattern: str, save: Callable[[Path], object]) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self._view, "Save the curves", name, pattern)
        if chosen:
            path = Path(chosen)
            save(path if path.suffix else path.with_suffix(Path(name).suffix))

    def save_csv(self, path: Path) -> threading.Thread:
        """Write every report of the drawn runs; `finished` or `failed` follows.

        Returns:
            The thread that writes, so that a caller can wait for it.
        """
        runs = [(run.name, run.title, run.curves.table()) for run in self._view.runs]
        return self._write_beside(path, lambda: csv_bytes(runs))

    def save_png(self, path: Path) -> threading.Thread:
        """Write legend and charts as they are; answers and returns as `save_csv`."""
        picture = _picture(self._view.legend, self._view.board, self._view.runs)
        return self._write_beside(path, lambda: png_bytes(picture))

    def _write_beside(self, path: Path, make: Callable[[], bytes]) -> threading.Thread:
        """Write in a thread of its own; a studio that is closed meanwhile finishes the file."""

        def work() -> None:
            problem: StudioError | None = None
            try:
                save_bytes(path, make())
            except StudioError as error:
                problem = error
            # Qt deletes this with its panel when the studio closes; then there is nobody to tell.
            with contextlib.suppress(RuntimeError):
                self._done.emit(str(path), problem)

        thread = threading.Thread(target=work, name="curves-export")
        thread.start()
        return thread

    def _on_done(self, path: str, error: StudioError | None) -> None:
        if error is not None:
            self.failed.emit(error)
        else:
            self.finished.emit(path)


def _picture(legend: QWidget, board: QWidget, runs: list[DrawnRun]) -> QImage:
    """Legend above charts, at twice the screen's pixels; one run's title instead of a legend."""
    margin = 12
    head = legend.height() if len(runs) > 1 else board.fontMetrics().height() + 4
    image = QImage(
        (board.width() + 2 * margin) * _SCALE,
        (board.height() + head + 3 * margin) * _SCALE,
        QImage.Format.Format_RGB32,
    )
    image.setDevicePixelRatio(_SCALE)
    theme = current_theme()
    image.fill(QColor(theme.surface))
    painter = QPainter(image)
    if len(runs) > 1:
        legend.render(painter, QPoint(margin, margin))
    elif runs:
        painter.setPen(QColor(theme.text))
        painter.drawText(QPoint(margin, margin + board.fontMetrics().ascent()), runs[0].title)
    board.render(painter, QPoint(margin, head + 2 * margin))
    painter.end()
    return image
