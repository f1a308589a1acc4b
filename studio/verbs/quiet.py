"""Keeps libraries that talk a lot off the terminal."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator


class _Nowhere(io.TextIOBase):
    """Takes everything and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def quiet_output() -> Iterator[None]:
    """Keep what libraries print, and their warnings, from the user."""
    with contextlib.redirect_stdout(_Nowhere()), warnings.catch_warnings():
        if "PYTHONWARNINGS" not in os.environ:
            warnings.simplefilter("ignore")
        yield
