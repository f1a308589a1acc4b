"""What a test may leave behind by mistake: threads, child processes, shared memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_SHARED_MEMORY = Path("/dev/shm")
_OUR_PREFIXES = ("psm_", "jejunet")
_POLL_SECONDS = 0.02
# One per interpreter, started by the standard library with the first shared memory; it stays.
_KEPT_PROCESS = "multiprocessing.resource_tracker"


@dataclass(frozen=True)
class Belongings:
    """What this process has at one moment.

    Attributes:
        threads: the running Python threads.
        processes: the live descendants of this process.
        segments: names of the shared memory segments on this machine.
    """

    threads: frozenset[threading.Thread]
    processes: frozenset[psutil.Process]
    segments: frozenset[str]


def _is_kept(process: psutil.Process) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return True  # dead already; only its exit code waits to be fetched
        return any(_KEPT_PROCESS in part for part in process.cmdline())
    except psutil.Error:
        return True


def _segments() -> frozenset[str]:
    if not _SHARED_MEMORY.is_dir():
        return frozenset()
    return frozenset(
        path.name for path in _SHARED_MEMORY.iterdir() if path.name.startswith(_OUR_PREFIXES)
    )


def belongings() -> Belongings:
    """Look at what this process has now.

    Returns:
        Its threads (without those that Qt started, which Python only notices), its descendants
        and the shared memory segments of this machine.
    """
    return Belongings(
        threads=frozenset(
            thread
            for thread in threading.enumerate()
            if not isinstance(thread, threading._DummyThread)
        ),
        processes=frozenset(
            process
            for process in psutil.Process().children(recursive=True)
            if not _is_kept(process)
        ),
        segments=_segments(),
    )


def _is_in_use_elsewhere(segment: str) -> bool:
    """Whether another program, such as a second test run on this machine, has it mapped."""
    ours = {psutil.Process().pid}
    for process in psutil.process_iter():
        if process.pid in ours:
            continue
        try:
            maps = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if f"/dev/shm/{segment}" in maps:
            return True
    return False


def _new(before: Belongings) -> list[str]:
    now = belongings()
    left = [f"thread {thread.name}" for thread in now.threads - before.threads]
    for process in now.processes - before.processes:
        try:
            left.append(f"process {process.pid}: {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    left += [
        f"shared memory {segment}"
        for segment in now.segments - before.segments
        if not _is_in_use_elsewhere(segment) and (_SHARED_MEMORY / segment).exists()
    ]
    return left


def left_behind(before: Belongings, *, grace_seconds: float) -> list[str]:
    """Name what has come since and does not go away.

    Args:
        before: what was there at the start.
        grace_seconds: how long to wait for threads and processes that are just ending.

    Returns:
        One line each; empty when nothing was left behind.
    """
    deadline = time.monotonic() + grace_seconds
    while left := _new(before):
        if time.monotonic() > deadline:
            return left
        time.sleep(_POLL_SECONDS)
    return []
