"""Saves measurements beside the GUI thread, and asks where to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.errors import StudioError
from studio.gui.telemetry.export import RecordTables
from studio.gui.telemetry.phone_export import PhoneTables
from studio.gui.telemetry.phone_session import PhoneSession
from studio.gui.telemetry.saving import png_bytes, save_bytes
from studio.gui.telemetry.source import TelemetrySource


class TelemetryExporter(QObject):
    """Writes the records of a source, or a picture of its panel.

    Args:
        data: whose records are written.
        panel: what a picture shows.
    """

    finished = Signal(str)  # path
    failed = Signal(object)  # StudioError

    _done = Signal(str, object)  # path, StudioError or None

    def __init__(self, data: TelemetrySource, panel: QWidget) -> None:
        super().__init__(panel)
        self._data = data
        self._panel = panel
        self._done.connect(self._on_done)

    def show_source(self, data: TelemetrySource) -> None:
        """Write the records of another source from now on."""
        self._data = data

    def fill_menu(self, menu: QMenu) -> None:
        """Offer each kind of export, with a question for the place."""
        kinds: tuple[tuple[str, str, str, Callable[[Path], object]], ...] = (
            ("Table, one row a frame (CSV) …", "telemetry.csv", "Tables (*.csv)", self.save_csv),
            (
                "Everything with conditions (JSON) …",
                "telemetry.json",
                "JSON (*.json)",
                self.save_json,
            ),
            ("Picture of this panel (PNG) …", "telemetry.png", "Pictures (*.png)", self.save_png),
        )
        for words, name, pattern, save in kinds:
            action = menu.addAction(words)
            action.triggered.connect(
                lambda _checked=False, n=name, p=pattern, s=save: self._ask(n, p, s)
            )

    def _ask(self, name: str, pattern: str, save: Callable[[Path], object]) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self._panel, "Export telemetry", name, pattern)
        if chosen:
            path = Path(chosen)
            save(path if path.suffix else path.with_suffix(Path(name).suffix))

    def save_csv(self, path: Path) -> threading.Thread:
        """Write every record that is kept as a table; `finished` or `failed` follows.

        Returns:
            The thread that writes, so that a caller can wait for it.
        """
        return self._write_beside(path, _tables_of(self._data).csv)

    def save_json(self, path: Path) -> threading.Thread:
        """Write conditions, numbers and every record; answers and returns as `save_csv`."""
        return self._write_beside(path, _tables_of(self._data).json)

    def save_png(self, path: Path) -> threading.Thread:
        """Write a picture of the panel as it is; answers and returns as `save_csv`."""
        picture = self._panel.grab().toImage()
        picture.setText("Description", self._data.conditions.details)
        return self._write_beside(path, lambda: png_bytes(picture))

    def _write_beside(self, path: Path, make: Callable[[], bytes]) -> threading.Thread:
        """Write in a thread of its own: an hour of records takes seconds to put into words.

        It is no daemon: a studio that is closed meanwhile finishes the file first.
        """

        def work() -> None:
            try:
                save_bytes(path, make())
            except StudioError as error:
                self._tell(str(path), error)
            else:
                self._tell(str(path), None)

        thread = threading.Thread(target=work, name="telemetry-export")
        thread.start()
        return thread

    def _tell(self, path: str, error: StudioError | None) -> None:
        # Qt deletes this with its panel when the studio closes; then there is nobody to tell.
        with contextlib.suppress(RuntimeError):
            self._done.emit(path, error)

    def _on_done(self, path: str, error: StudioError | None) -> None:
        if error is not None:
            self.failed.emit(error)
        else:
            self.finished.emit(path)


def _tables_of(source: TelemetrySource) -> RecordTables | PhoneTables:
    if isinstance(source, PhoneSession):
        return PhoneTables.of(source)
    return RecordTables.of(source)
