"""The check that fails a test for what it leaves behind does see it."""

from __future__ import annotations

import subprocess
import sys
import threading
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest

from tests.support.processes import belongings, left_behind

_GRACE_SECONDS = 5.0


def test_a_thread_is_seen_until_it_ends() -> None:
    before = belongings()
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait, name="forgotten")
    thread.start()
    assert left_behind(before, grace_seconds=0.0) == ["thread forgotten"]
    may_end.set()
    assert left_behind(before, grace_seconds=_GRACE_SECONDS) == []


def test_a_process_is_seen_until_it_ends() -> None:
    before = belongings()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (left,) = left_behind(before, grace_seconds=0.0)
        assert left.startswith(f"process {process.pid}: ")
        process.kill()
    assert left_behind(before, grace_seconds=_GRACE_SECONDS) == []


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="this system has no /dev/shm")
def test_shared_memory_is_seen_until_it_is_unlinked() -> None:
    before = belongings()
    memory = SharedMemory(create=True, size=64)
    assert left_behind(before, grace_seconds=0.0) == [f"shared memory {memory.name}"]
    memory.close()
    assert left_behind(before, grace_seconds=0.0) == [f"shared memory {memory.name}"]
    memory.unlink()
    assert left_behind(before, grace_seconds=_GRACE_SECONDS) == []


def test_what_was_there_before_is_nobodys_fault() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        before = belongings()
        assert left_behind(before, grace_seconds=0.0) == []
        process.kill()
