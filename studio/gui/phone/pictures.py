"""Reads and draws frames of a recording in a thread: what was asked for last wins."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.gui.phone.compose import compose, style_of
from studio.gui.playback.shown import OverlaySettings
from studio.targets.phone.recording import RecordingReader

_log = logging.getLogger(__name__)

MOST_A_SECOND = 15
_JOIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """A frame to show.

    Attributes:
        recording: the file.
        sequence: of the frame.
        palette: RGB of each class.
        overlay: what the user set for masks.
    """

    recording: Path
    sequence: int
    palette: tuple[tuple[int, int, int], ...] = ()
    overlay: OverlaySettings = field(default_factory=OverlaySettings)


class PictureMaker(QObject):
    """A thread that turns requests into panes, at most 15 a second.

    Its thread starts with the first request.
    """

    made = Signal(object, object)  # Request, Panes
    failed = Signal(object)  # StudioError: once a recording

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: Request | None = None
        self._is_stopped = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, request: Request) -> None:
        """Have a frame drawn; one that was asked for before and is not begun is forgotten."""
        with self._changed:
            if self._is_stopped:
                return
            self._wanted = request
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="phone-pictures", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """End the thread; a disk that hangs is not waited for."""
        with self._changed:
            self._is_stopped = True
            self._wanted = None
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def _next(self) -> Request | None:
        with self._changed:
            self._changed.wait_for(lambda: self._wanted is not None or self._is_stopped)
            request, self._wanted = self._wanted, None
            return request

    def _work(self) -> None:
        reader: RecordingReader | None = None
        path: Path | None = None
        broken: Path | None = None
        while (request := self._next()) is not None:
            began = time.monotonic()
            if request.recording != path:
                if reader is not None:
                    reader.close()
                path, reader = request.recording, RecordingReader(request.recording)
            assert reader is not None
            try:
                reader.refresh()
                style = style_of(request.palette, request.overlay)
                panes = compose(reader.frame(request.sequence), style)
            except StudioError as error:
                if broken != path:
                    broken = path
                    self.failed.emit(error)
                continue
            self.made.emit(request, panes)
            rest = 1 / MOST_A_SECOND - (time.monotonic() - began)
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, timeout=max(0.0, rest))
        if reader is not None:
            reader.close()
