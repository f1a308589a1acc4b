"""Measures how long the GUI thread leaves its event loop unattended."""

from __future__ import annotations

import faulthandler
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer

_TICK_MILLIS = 5
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True)
class Stall:
    """One time that the event loop was not served.

    Attributes:
        millis: how long, without the time in which the thread waited for a free core.
        waited_millis: how long it waited for a free core meanwhile.
        stack: where the GUI thread was, seen from another thread while it stalled.
    """

    millis: float
    waited_millis: float
    stack: str


@dataclass
class StallWatchdog:
    """What `stall_watchdog` measures.

    Attributes:
        limit_millis: longer gaps are stalls.
        longest_millis: the longest gap between two turns of the event loop.
        stalls: the gaps above the limit.
    """

    limit_millis: float
    longest_millis: float = 0.0
    ticks: int = 0
    stalls: list[Stall] = field(default_factory=list)


def _queue_wait_millis() -> float:
    """How long this thread has waited for a free core; 0 where the system does not tell.

    Other programs on the machine make a thread wait; that is no fault of what it runs.
    """
    try:
        return int(_SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


@contextmanager
def stall_watchdog(
    app: QCoreApplication, limit_millis: float = 100.0, check: bool = True
) -> Iterator[StallWatchdog]:
    """Watch the event loop while the block runs (and turns it, with qtbot's waits).

    The block must keep the loop turning all the time: code of the test itself that runs for long
    without processing events counts as a stall.

    Args:
        app: the application; must live in the calling thread.
        limit_millis: what counts as a stall.
        check: fail at the end if there was any; otherwise only measure.

    Raises:
        AssertionError: the loop stalled, with the stack of each stall; or it never turned.
    """
    dog = StallWatchdog(limit_millis)
    last = time.monotonic()
    waited = _queue_wait_millis()
    stack = ""
    stop = threading.Event()

    def tick() -> None:
        nonlocal last, waited, stack
        now, waited_now = time.monotonic(), _queue_wait_millis()
        queue_millis = waited_now - waited
        gap = (now - last) * 1000 - queue_millis - _TICK_MILLIS
        dog.ticks += 1
        dog.longest_millis = max(dog.longest_millis, gap)
        if gap > limit_millis:
            dog.stalls.append(Stall(gap, queue_millis, stack))
        last, waited, stack = now, waited_now, ""

    def look() -> None:
        nonlocal stack
        while not stop.wait(0.01):
            if not stack and (time.monotonic() - last) * 1000 > 0.6 * limit_millis:
                # Not sys._current_frames(): who holds a frame may be the last to let go of it, and
                # Qt objects among its locals would be taken apart in this thread, which deadlocks.
                dump.seek(0)
                dump.truncate()
                faulthandler.dump_traceback(dump, all_threads=True)
                dump.seek(0)
                stack = dump.read().rpartition("Thread")[2]

    dump = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the watch
    timer = QTimer(app)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(_TICK_MILLIS)
    timer.timeout.connect(tick)
    timer.start()
    watcher = threading.Thread(target=look, name="stall-watchdog", daemon=True)
    watcher.start()
    try:
        yield dog
    finally:
        timer.stop()
        timer.deleteLater()
        stop.set()
        watcher.join()
        dump.close()
    if check:
        assert dog.ticks, "the event loop never turned while it was watched"
        told = "\n".join(
            f"{stall.millis:.0f} ms (and {stall.waited_millis:.0f} ms waiting for a core):\n"
            f"{stall.stack or '  (no stack was caught)'}"
            for stall in dog.stalls
        )
        assert not dog.stalls, f"the GUI thread stalled for over {limit_millis:.0f} ms:\n{told}"


def serve_events(seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    """Run the event loop for a time, where no pytest-qt does.

    Args:
        seconds: at most.
        until: asked twenty times a second whether it is enough.
    """
    deadline = time.monotonic() + seconds
    loop = QEventLoop()
    timer = QTimer(interval=50)
    timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > deadline else None)
    timer.start()
    loop.exec()
    timer.stop()
