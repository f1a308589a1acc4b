"""Ends what waits on a phone when the user stops: a deployment heeds a stop at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_POLL_SECONDS = 0.1


@contextmanager
def ended_by_stop(should_stop: Callable[[], bool], end: Callable[[], None]) -> Iterator[None]:
    """Watch for a stop while something waits.

    Args:
        should_stop: asked ten times a second, in a thread of its own.
        end: makes what waits fail; called once, in that thread.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_POLL_SECONDS):
            if should_stop():
                end()
                return

    thread = threading.Thread(target=watch, name="stop watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
