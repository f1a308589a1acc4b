"""Read ahead in threads while the network is busy, in order and without filling the memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")

_THREADS = 2
_ITEMS_AHEAD = 6


def prefetched(
    load: Callable[[Item], Loaded], items: Iterable[Item]
) -> Generator[Loaded, None, None]:
    """Apply a function that waits for files and decoders, some items ahead of the consumer.

    Args:
        load: runs in other threads.
        items: in order.

    Yields:
        What `load` made of each, in the same order. What it raised is raised in its item's turn.
        When the consumer leaves early, what has not begun is not begun.
    """
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="read-ahead")
    waiting: deque[Future[Loaded]] = deque()
    source = iter(items)
    try:
        for item in islice(source, _ITEMS_AHEAD):
            waiting.append(pool.submit(load, item))
        while waiting:
            loaded = waiting.popleft().result()
            for item in islice(source, 1):
                waiting.append(pool.submit(load, item))
            yield loaded
    finally:
        pool.shutdown(cancel_futures=True)
