"""The services `shell:` and `exec:`: a program, its input, its output, and its exit code.

Reference: AOSP, packages/modules/adb/daemon/shell_service.cpp and shell_protocol.h.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import termios
from dataclasses import dataclass
from enum import IntEnum

from tests.phone_lab.device.streams import Stream, StreamClosedError

SHELL = "/system/bin/sh"
ENVIRONMENT = {
    "ANDROID_ASSETS": "/system/app",
    "ANDROID_BOOTLOGO": "1",
    "ANDROID_DATA": "/data",
    "ANDROID_ROOT": "/system",
    "ANDROID_STORAGE": "/storage",
    "EXTERNAL_STORAGE": "/sdcard",
    "HOME": "/",
    "HOSTNAME": "walleye",
    "LOGNAME": "shell",
    "PATH": "/product/bin:/system/bin:/system/xbin:/vendor/bin",
    "SHELL": SHELL,
    "TMPDIR": "/data/local/tmp",
    "USER": "shell",
}
_CHUNK_BYTES = 1 << 16
_HEAD = struct.Struct("<BI")

_waiting: set[asyncio.Task[int]] = set()


class Part(IntEnum):
    """What a packet of the second version of the shell protocol holds."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW_SIZE = 5


async def hang(stream: Stream) -> None:
    """Take what comes and never answer, until the other side gives up."""
    with contextlib.suppress(StreamClosedError):
        while True:
            await stream.read()


@dataclass(frozen=True)
class _Plumbing:
    """Descriptors of a program's input and output, at both ends.

    Attributes:
        theirs: the program's standard input, output and errors.
        into: where its input is written.
        out: where its output is read.
    """

    theirs: tuple[int, ...]
    into: int
    out: dict[Part, int]


class ShellSession:
    """One program on one stream.

    Args:
        stream: to the computer.
        command: for the shell; empty for an interactive one.
        has_parts: second version of the protocol: output, errors and exit code apart.
        has_terminal: give the program a terminal.
        extra_environment: on top of Android's.
    """

    def __init__(
        self,
        stream: Stream,
        command: str,
        *,
        has_parts: bool,
        has_terminal: bool,
        extra_environment: dict[str, str],
    ) -> None:
        self._stream = stream
        self._command = command
        self._has_parts = has_parts
        self._has_terminal = has_terminal
        self._environment = ENVIRONMENT | extra_environment
        self._terminal: int | None = None

    async def run(self) -> None:
        """Start the program and stay with it until it ends, or the computer hangs up."""
        plumbing = self._plumb()
        try:
            process = await asyncio.create_subprocess_exec(
                *([SHELL, "-c", self._command] if self._command else [SHELL, "-"]),
                stdin=plumbing.theirs[0],
                stdout=plumbing.theirs[1],
                stderr=plumbing.theirs[2],
                cwd="/",
                env=self._environment | ({"TERM": "xterm-256color"} if self._has_terminal else {}),
                start_new_session=True,
                preexec_fn=_take_terminal if self._has_terminal else None,
            )
        finally:
            for descriptor in set(plumbing.theirs):
                os.close(descriptor)
        _await_end(process)
        feeding = asyncio.ensure_future(self._feed(plumbing.into))
        talking = asyncio.ensure_future(self._talk(process, plumbing.out))
        gone = asyncio.ensure_future(self._stream.wait_closed())
        try:
            await asyncio.wait({talking, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feeding, talking, gone):
                task.cancel()
            await asyncio.gather(feeding, talking, gone, return_exceptions=True)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGHUP)

    def _plumb(self) -> _Plumbing:
        if self._has_terminal:
            leader, follower = os.openpty()
            self._terminal = leader
            return _Plumbing((follower,) * 3, os.dup(leader), {Part.STDOUT: leader})
        in_theirs, into = os.pipe()
        out, out_theirs = os.pipe()
        if not self._has_parts:
            return _Plumbing((in_theirs, out_theirs, out_theirs), into, {Part.STDOUT: out})
        err, err_theirs = os.pipe()
        sources = {Part.STDOUT: out, Part.STDERR: err}
        return _Plumbing((in_theirs, out_theirs, err_theirs), into, sources)

    async def _talk(self, process: asyncio.subprocess.Process, out: dict[Part, int]) -> None:
        """Hand output on, then say how it ended."""
        async with asyncio.TaskGroup() as group:
            for part, descriptor in out.items():
                group.create_task(self._forward(descriptor, part))
        code = await process.wait()
        if self._has_parts:
            status = code & 0xFF if code >= 0 else 128 - code
            await self._send(Part.EXIT, bytes([status]))

    async def _forward(self, descriptor: int, part: Part) -> None:
        reader = asyncio.StreamReader(limit=_CHUNK_BYTES)
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
        )
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._send(part, chunk)
        finally:
            pipe.close()

    async def _send(self, part: Part, data: bytes) -> None:
        await self._stream.write(_HEAD.pack(part, len(data)) + data if self._has_parts else data)

    async def _feed(self, descriptor: int) -> None:
        """Hand input on, no faster than the program takes it."""
        loop = asyncio.get_running_loop()
        pipe, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(descriptor, "wb", 0)
        )
        writer = asyncio.StreamWriter(pipe, protocol, None, loop)
        try:
            while True:
                part, data = await self._next_part()
                if part == Part.STDIN:
                    # A program that takes no more input is no trouble of ours.
                    with contextlib.suppress(OSError):
                        writer.write(data)
                        await writer.drain()
                elif part == Part.CLOSE_STDIN:
                    writer.close()
                elif part == Part.WINDOW_SIZE and self._terminal is not None:
                    _resize(self._terminal, data)
        finally:
            pipe.abort()

    async def _next_part(self) -> tuple[int, bytes]:
        if not self._has_parts:
            return Part.STDIN, await self._stream.read()
        part, size = _HEAD.unpack(await self._stream.read_exactly(_HEAD.size))
        return part, await self._stream.read_exactly(size)


def _await_end(process: asyncio.subprocess.Process) -> None:
    """Keep a program that outlives its connection, because asyncio kills what nobody holds."""
    waiting = asyncio.ensure_future(process.wait())
    _waiting.add(waiting)
    waiting.add_done_callback(_waiting.discard)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _resize(terminal: int, data: bytes) -> None:
    """Set the terminal's size from `ROWSxCOLUMNS,WIDTHxHEIGHT`."""
    with contextlib.suppress(ValueError, OSError):
        characters, _, _ = data.rstrip(b"\0").decode().partition(",")
        rows, columns = (int(number) for number in characters.split("x"))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
