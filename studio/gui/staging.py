"""Fills the docks after the window is on screen, without holding it up.

Modules are imported on a thread of their own, one after the other, so the window goes on drawing
and answering; each panel is then built in the GUI thread, in a turn of the event loop of its own.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.gui.errors import in_words

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of filling the window.

    Attributes:
        title: of what appears, as in `The ... could not be opened`.
        modules: imported beforehand, off the GUI thread.
        build: called in the GUI thread once they are imported.
    """

    title: str
    modules: tuple[str, ...]
    build: Callable[[], None]


class Staging(QObject):
    """Runs stages in order; one that fails is told, and the others still run.

    Args:
        stages: what to do.
    """

    failed = Signal(object)  # StudioError
    finished = Signal()
    _imported = Signal(int, object)  # stage, exception or None

    def __init__(self, stages: list[Stage], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stages = stages
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._import_all, name="imports", daemon=True)
        self._imported.connect(self._build)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further import and wait for the one in progress."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _import_all(self) -> None:
        for number, stage in enumerate(self._stages):
            problem: BaseException | None = None
            began = time.perf_counter()
            for module in stage.modules:
                if self._stopped.is_set():
                    return
                try:
                    importlib.import_module(module)
                except Exception as error:  # noqa: BLE001 - told to the user by _build
                    problem = error
                    break
            _log.info("%s: imported in %.0f ms", stage.title, 1000 * (time.perf_counter() - began))
            self._imported.emit(number, problem)

    def _build(self, number: int, problem: BaseException | None) -> None:
        if self._stopped.is_set():
            return
        stage = self._stages[number]
        began = time.perf_counter()
        try:
            if problem is not None:
                raise problem
            stage.build()
        except Exception as error:  # noqa: BLE001 - one broken panel must not take the window along
            _log.exception("%s could not be opened", stage.title)
            self.failed.emit(
                StudioError(
                    f"The {stage.title} could not be opened.",
                    remedy="The rest of the studio works; please report the details.",
                    details=in_words(error).details,
                )
            )
        _log.info("%s: built in %.0f ms", stage.title, 1000 * (time.perf_counter() - began))
        if number == len(self._stages) - 1:
            self.finished.emit()
