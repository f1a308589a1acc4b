"""The real bundle for phones, as the studio builds it."""

from __future__ import annotations

import pytest

from studio.targets.phone.bundle import Bundle, ensure_bundle
from studio.targets.phone.bundle.compile import MissingCompilerError
from studio.targets.phone.bundle.fetch import MissingPackagesError


def provide_bundle() -> Bundle:
    """Find or build it, in the user's cache: its packages are fetched once a computer.

    Skips the test where there is neither a compiler nor a network; a runner that does not compile
    is an error.
    """
    try:
        return ensure_bundle()
    except (MissingCompilerError, MissingPackagesError) as error:
        pytest.skip(f"there is no bundle for phones: {error.message}")
