"""How building a bundle tells what it does, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

from studio.errors import PhoneError

OnProgress = Callable[[str, int, int], None]
"""What is being done, how many bytes of it are done, and how many there are (0: unknown)."""

ShouldStop = Callable[[], bool]


class BundleStoppedError(PhoneError):
    """Someone asked to stop."""

    def __init__(self) -> None:
        super().__init__(
            "Building the bundle for phones was stopped.",
            remedy="What was fetched is kept; the next deployment carries on.",
        )


def check_stop(should_stop: ShouldStop) -> None:
    """Go on, or not.

    Raises:
        BundleStoppedError: someone asked to stop.
    """
    if should_stop():
        raise BundleStoppedError


def never() -> bool:
    """Nobody asks to stop."""
    return False


def silent(what: str, done_bytes: int, total_bytes: int) -> None:
    """Nobody wants to know."""
