"""Python's garbage is collected in the GUI thread, and there alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MILLIS = 500


class GuiThreadGarbage(QObject):
    """Takes cyclic garbage collection away from whichever thread happens to allocate.

    A collection that runs in a thread of Python's may find Qt objects in a cycle. Taking their
    connections apart there needs a lock of Qt's and then the GIL, while the GUI thread may hold
    the GIL and wait for that lock: both would wait forever.

    Args:
        parent: owner, living in the GUI thread; collections end with it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_INTERVAL_MILLIS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, by the interpreter's own thresholds."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [age for age in range(3) if counts[age] > thresholds[age]]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Give collection back to the interpreter."""
        self._timer.stop()
        gc.enable()
