"""Programs that fetch and compile: run with a watchful eye, ended when asked to stop."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import output_error
from studio.targets.phone.bundle.progress import ShouldStop, check_stop, never

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        code: its exit code; 127 when it could not be started.
        output: what it printed on both streams.
    """

    code: int
    output: str

    def words(self, command: Sequence[str]) -> str:
        """For a report: what was run, and what came of it."""
        return f"{shlex.join(command)}: exit code {self.code}\n{self.output.strip()}"


def run(
    command: Sequence[str],
    *,
    folder: Path,
    env: Mapping[str, str] | None = None,
    watch: Callable[[], None] | None = None,
    should_stop: ShouldStop = never,
) -> Outcome:
    """Run a program to its end.

    Args:
        command: the program and its arguments.
        folder: to run it in; may be written to.
        env: variables to set on top of this process's.
        watch: called ten times a second meanwhile.
        should_stop: asked as often; the program and its children are ended then.

    Returns:
        How it ended.

    Raises:
        OutputError: there is no room for what it prints.
        BundleStoppedError: it was stopped.
    """
    try:
        said = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by the block below
    except OSError as error:
        raise output_error(folder, error) from error
    with said:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Outcome(127, str(error))
        try:
            while process.poll() is None:
                check_stop(should_stop)
                if watch is not None:
                    watch()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            _end(process)
        said.seek(0)
        return Outcome(process.returncode, said.read().decode(errors="replace"))


def folder_bytes(folder: Path) -> int:
    """What lies in a folder, for the progress; files that go meanwhile count nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(where) / name).stat().st_size
    return total


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, gently at first."""
    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    end = time.monotonic() + _GRACE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if sys.platform == "win32":
        process.terminate()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
