"""Keeps a library's chatter off the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def quiet() -> Iterator[TextIO]:
    """Send all that this process prints into a file, native libraries' words included.

    TensorFlow's converter writes its progress to standard output, which with `--json` must hold
    one object only, and from C++, where Python's redirection does not reach.

    Yields:
        The file, to be read when something went wrong.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        kept = [(number, _duplicate(number)) for number in (1, 2)]
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        try:
            for number, copy in kept:
                if copy is not None:
                    os.dup2(log.fileno(), number)
            with (
                contextlib.redirect_stdout(log),
                contextlib.redirect_stderr(log),
                warnings.catch_warnings(action="ignore"),
            ):
                yield log
        finally:
            log.flush()
            for number, copy in kept:
                if copy is not None:
                    os.dup2(copy, number)
                    os.close(copy)


def last_words(log: TextIO, most_characters: int = 4000) -> str:
    """The end of what was printed."""
    log.flush()
    log.seek(0)
    return log.read()[-most_characters:]


def _duplicate(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:
        return None  # a process without a terminal may have closed it
