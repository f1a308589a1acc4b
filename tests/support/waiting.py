"""Wait for something that another process or thread brings about."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(
    holds: Callable[[], bool], timeout_seconds: float = 20.0, what: str = "the condition"
) -> None:
    """Return as soon as `holds()`; fail the test when it never does."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {timeout_seconds} s for {what}"
        time.sleep(0.02)
