"""Fetches and builds what tests with an emulated phone need: `python -m tests.phone_lab.prepare`.

Afterwards these tests need no network. What cannot be had is named, and the tests that need it
skip.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from studio.errors import PhoneError
from studio.targets.phone.bundle import ensure_bundle
from tests.phone_lab.conformance import real_adbd
from tests.phone_lab.packages import UnavailableError
from tests.phone_lab.userland import provide_userland

_PARTS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("the phone's user land", provide_userland),
    ("Android's own adbd", real_adbd.command),
    ("the bundle for phones", ensure_bundle),
)


def main() -> int:
    """Provide all that can be had."""
    for name, provide in _PARTS:
        try:
            provide()
        except (UnavailableError, PhoneError) as error:
            print(f"{name}: not to be had here ({error})")
        else:
            print(f"{name}: there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
