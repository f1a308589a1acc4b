"""A stand-in for the adb server, so that windows under test start none."""

from __future__ import annotations

from collections.abc import Callable

from studio.errors import PhoneError
from studio.targets.phone.listing import Phone


class NoPhones:
    """Says once that no phone is connected."""

    def __init__(
        self,
        on_phones: Callable[[tuple[Phone, ...]], None],
        on_trouble: Callable[[PhoneError | None], None],
    ) -> None:
        del on_trouble
        on_phones(())

    def close(self) -> None:
        """Nothing is there to end."""
