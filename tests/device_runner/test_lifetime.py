"""The runner ends with its connection, whatever it is doing, and never grows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from studio.targets.phone.wire import Probe, Probed, Result, encode
from tests.device_runner.build import HASH
from tests.device_runner.client import RunnerClient, frame_message
from tests.device_runner.messages import open_message, write_model
from tests.support.waiting import wait_until

Start = Callable[..., RunnerClient]

_PICTURE = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8).tobytes()
_SOON_SECONDS = 2.0
_HOUR_MILLIS = 3_600_000


def _busy(start_runner: Start, folder: Path) -> RunnerClient:
    """A runner that is in the middle of a frame that takes an hour, with more behind it."""
    runner = start_runner()
    runner.open(open_message(write_model(folder, delay_millis=_HOUR_MILLIS)))
    runner.send(*(frame_message(number, (20, 30), (8, 8), _PICTURE) for number in range(9)))
    return runner


def test_it_ends_when_the_cable_is_pulled(start_runner: Start, tmp_path: Path) -> None:
    runner = _busy(start_runner, tmp_path)
    runner.hang_up()
    assert runner.exit_code(_SOON_SECONDS) == 0


def test_it_ends_when_its_shell_closes_standard_input(start_runner: Start, tmp_path: Path) -> None:
    runner = _busy(start_runner, tmp_path)
    assert runner.process.stdin is not None
    runner.process.stdin.write(b"what a user may type is ignored\n")
    runner.process.stdin.flush()
    time.sleep(0.1)
    assert runner.process.poll() is None
    runner.process.stdin.close()
    assert runner.exit_code(_SOON_SECONDS) == 0


def test_it_ends_when_standard_input_ends_before_anyone_connects(start_runner: Start) -> None:
    runner = start_runner()
    assert runner.process.stdin is not None
    runner.process.stdin.close()
    assert runner.exit_code(_SOON_SECONDS) == 4


def test_it_ends_when_nobody_connects(start_runner: Start) -> None:
    runner = start_runner("--accept-seconds", "1")
    began = time.monotonic()
    assert runner.exit_code() == 4
    assert 0.5 < time.monotonic() - began < 5


_PARENT = """
import os, subprocess, sys, time
os.mkfifo(sys.argv[3])
endless = os.open(sys.argv[3], os.O_RDWR)  # a standard input that outlives this process
runner = subprocess.Popen(
    [sys.argv[1], "--socket", sys.argv[2]], stdin=endless, stdout=subprocess.PIPE
)
runner.stdout.readline()
print(runner.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_with_the_process_that_started_it(runner_program: Path, tmp_path: Path) -> None:
    arguments = [str(runner_program), f"jejunet-orphan-{os.getpid()}", str(tmp_path / "fifo")]
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, *arguments], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    runner = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(
        lambda: not runner.is_running() or runner.status() == psutil.STATUS_ZOMBIE, _SOON_SECONDS
    )


def test_a_second_caller_finds_no_one(start_runner: Start) -> None:
    runner = start_runner()
    runner.greet()
    with socket.socket(socket.AF_UNIX) as second, pytest.raises(ConnectionRefusedError):
        second.connect("\0" + runner.name)


def test_half_a_message_and_then_the_end_is_an_end_without_complaint(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    runner.send(encode(frame_message(0, (20, 30), (8, 8), _PICTURE))[:100])
    runner.socket.shutdown(socket.SHUT_WR)
    assert runner.receive() is None
    assert runner.exit_code(_SOON_SECONDS) == 0


def test_frames_before_the_end_of_what_is_sent_are_answered(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, delay_millis=20)))
    runner.send(*(frame_message(number, (20, 30), (8, 8), _PICTURE) for number in range(5)))
    runner.socket.shutdown(socket.SHUT_WR)
    assert [runner.expect(Result).sequence for _ in range(5)] == list(range(5))
    assert runner.receive() is None


def test_a_computer_that_never_reads_does_not_make_it_grow(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    size = (64, 64)
    runner.open(open_message(write_model(tmp_path, size), size))
    # Its mask is as ragged as can be, so that a few of them fill the way back.
    picture = np.random.default_rng(3).integers(0, 256, (500, 500, 3), np.uint8).tobytes()
    message = encode(frame_message(0, (500, 500), size, picture))
    before = runner.memory_kib()
    runner.socket.setblocking(False)
    sent, moved_at = 0, time.monotonic()
    while time.monotonic() - moved_at < 0.5:
        try:
            sent += runner.socket.send(message[sent % len(message) :])
            moved_at = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
        assert sent < 40 * len(message), "it takes in what it cannot answer"
    assert runner.memory_kib() - before < 8 * 1024


def test_thousands_of_frames_leave_its_memory_as_it_was(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    frames = [frame_message(number, (60, 80), (8, 8), bytes(14_400)) for number in range(50)]
    batch = b"".join(encode(frame) for frame in frames)
    marks = []
    for _ in range(80):
        runner.send(batch, Probe(7, 1000, bytes(1000)))
        replies = [runner.receive() for _ in range(51)]
        assert sum(isinstance(reply, Result) for reply in replies) == 50
        assert sum(isinstance(reply, Probed) for reply in replies) == 1
        marks.append(runner.memory_kib())
    assert marks[-1] - marks[4] < 256


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--socket"],
        ["--socket", "x", "--accept-seconds", "soon"],
        ["--socket", "x", "--accept-seconds", "0"],
        ["--whatever"],
    ],
)
def test_a_wrong_command_line_is_told_how_it_should_be(
    runner_program: Path, arguments: list[str]
) -> None:
    done = subprocess.run([runner_program, *arguments], capture_output=True, timeout=20)
    assert done.returncode == 2
    assert b"usage: runner --socket NAME" in done.stderr


def test_a_name_that_is_taken_or_too_long_is_told(
    start_runner: Start, runner_program: Path
) -> None:
    for name, words in [
        (start_runner().name, b"Address already in use"),
        ("n" * 108, b"Invalid argument"),
    ]:
        command = [str(runner_program), "--socket", name]
        done = subprocess.run(command, capture_output=True, timeout=20)
        assert done.returncode == 3
        assert words in done.stderr


def test_the_version_tells_protocol_and_sources(runner_program: Path) -> None:
    done = subprocess.run([runner_program, "--version"], capture_output=True, timeout=20)
    assert done.stdout.decode() == f"jejunet runner, protocol 2, sources {HASH.hex()}\n"
