"""Garbage goes in the GUI thread, and only there."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.gui.garbage import GuiThreadGarbage


class _Node:
    def __init__(self) -> None:
        self.me = self


def test_cycles_are_collected_in_the_gui_thread_and_in_no_other(qtbot: QtBot) -> None:
    owner = QObject()
    garbage = GuiThreadGarbage(owner)
    threads: set[int] = set()

    def note(phase: str, _info: dict[str, int]) -> None:
        threads.add(threading.get_ident())

    gc.callbacks.append(note)
    try:
        lost = weakref.ref(_Node())
        kept: list[list[object]] = []
        worker = threading.Thread(target=lambda: kept.extend([] for _ in range(20_000)))
        worker.start()
        worker.join()
        assert not threads  # so many allocations would have set it off
        qtbot.waitUntil(lambda: lost() is None, timeout=5000)
    finally:
        gc.callbacks.remove(note)
        garbage.stop()
    assert threads == {threading.get_ident()}
    assert gc.isenabled()
    gc.disable()
