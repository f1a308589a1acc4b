"""Talking to the user and starting other programs, before anything is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_KEPT_LINES = 60


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        code: its exit code.
        tail: the end of what it printed.
    """

    code: int
    tail: str


def say(words: str) -> None:
    """Tell the user something, on stderr: stdout belongs to the program that is started later."""
    sys.stderr.write(f"jejunet: {words}\n")
    sys.stderr.flush()


def run_aloud(
    command: Sequence[str], env: Mapping[str, str] | None = None, *, chatter: str = r"$^"
) -> Outcome:
    """Run a program, show what it prints as it comes, and keep the end of it.

    Args:
        command: the program and its arguments.
        env: its environment; this process's own when None.
        chatter: a pattern; lines that begin with it are kept but not shown.

    Returns:
        Its exit code and the last lines it printed, to find the cause of a failure in.
    """
    tail: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(
        command,
        env=env,
        stdin=None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail.append(line)
            if not re.match(chatter, line):
                sys.stderr.write(f"  {line.rstrip()}\n")
                sys.stderr.flush()
    return Outcome(process.returncode, "".join(tail))
