"""A runner's process and the bare wire to it, for tests that say what the studio never would."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from studio.targets.phone.wire import (
    Command,
    Decoder,
    FrameMessage,
    Hello,
    Open,
    Opened,
    Ready,
    Reply,
    encode,
)
from tests.device_runner.build import HASH

_WAIT_SECONDS = 20.0
_numbers = itertools.count()

Expected = TypeVar("Expected", bound=Reply)


class RunnerClient:
    """A runner that listens, and a socket to it once `connect` was called.

    Args:
        command: that starts it, without its socket.
        folder: to start it in; the program's own when None.
    """

    def __init__(self, command: Sequence[str], folder: Path | None = None) -> None:
        self.name = f"jejunet-test-{os.getpid()}-{next(_numbers)}"
        self.process = subprocess.Popen(
            [*command, "--socket", self.name],
            cwd=folder or Path(command[0]).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._socket: socket.socket | None = None
        self._decoder = Decoder()
        self._replies: list[Reply] = []
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"listening\n"

    @property
    def socket(self) -> socket.socket:
        """The connection."""
        assert self._socket is not None
        return self._socket

    def connect(self) -> RunnerClient:
        """Connect, without a word."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect("\0" + self.name)
        self._socket.settimeout(_WAIT_SECONDS)
        return self

    def greet(self, runner_hash: bytes = HASH) -> Ready:
        """Connect and say HELLO."""
        self.connect()
        self.send(Hello(runner_hash))
        return self.expect(Ready)

    def open(self, message: Open, runner_hash: bytes = HASH) -> Opened:
        """Connect, say HELLO, open a model."""
        self.greet(runner_hash)
        self.send(message)
        return self.expect(Opened)

    def send(self, *commands: Command | bytes) -> None:
        """Send messages in one go, or bytes as they are."""
        self.socket.sendall(
            b"".join(item if isinstance(item, bytes) else encode(item) for item in commands)
        )

    def receive(self) -> Reply | None:
        """The next message; None when the runner has hung up."""
        while not self._replies:
            data = self.socket.recv(1 << 18)
            if not data:
                return None
            self._replies += self._decoder.feed(data)
        return self._replies.pop(0)

    def expect(self, kind: type[Expected]) -> Expected:
        """The next message, which must be of this kind."""
        reply = self.receive()
        assert isinstance(reply, kind), reply
        return reply

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        return not self._replies and not select.select([self.socket], [], [], seconds)[0]

    def exit_code(self, seconds: float = _WAIT_SECONDS) -> int:
        """Wait for its end, and tell how it ended."""
        return self.process.wait(seconds)

    def hang_up(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()

    def memory_kib(self) -> int:
        """Its resident memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024

    def kill(self) -> None:
        """Make an end of it."""
        self.hang_up()
        self.process.kill()
        self.process.wait(_WAIT_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def host_micros() -> int:
    """The computer's clock for the wire."""
    return time.monotonic_ns() // 1000


def frame_message(
    sequence: int,
    size: tuple[int, int],
    fitted: tuple[int, int],
    picture: bytes,
    *,
    encoding: int = 1,
    flags: int = 0,
    index: int | None = None,
    time_seconds: float | None = None,
) -> FrameMessage:
    """A frame of this very moment, by default of a video of 32 frames a second."""
    return FrameMessage(
        sequence,
        host_micros(),
        size,
        fitted,
        encoding,
        flags,
        picture,
        sequence if index is None else index,
        sequence / 32 if time_seconds is None else time_seconds,
    )
