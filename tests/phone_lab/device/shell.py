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
        loop = asyncio.get_running_loop()
        ours: list[int] = []
        theirs: tuple[int, int, int]
        if self._has_terminal:
            leader, follower = os.openpty()
            self._terminal = leader
            theirs = (follower, follower, follower)
            into, sources = os.dup(leader), [(leader, Part.STDOUT)]
        else:
            in_theirs, into = os.pipe()
            out, out_theirs = os.pipe()
            sources = [(out, Part.STDOUT)]
            err_theirs = out_theirs
            if self._has_parts:
                err, err_theirs = os.pipe()
                sources.append((err, Part.STDERR))
            theirs = (in_theirs, out_theirs, err_theirs)
        try:
            process = await asyncio.create_subprocess_exec(
                *([SHELL, "-c", self._command] if self._command else [SHELL, "-"]),
                stdin=theirs[0],
                stdout=theirs[1],
                stderr=theirs[2],
                cwd="/",
                env=self._environment | ({"TERM": "xterm-256color"} if self._has_terminal else {}),
                start_new_session=True,
                preexec_fn=_take_terminal if self._has_terminal else None,
            )
        finally:
            for descriptor in set(theirs):
                os.close(descriptor)
        input_pipe, _ = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(into, "wb", 0)
        )
        feeding = asyncio.ensure_future(self._feed(input_pipe, process))
        try:
            await asyncio.gather(*(self._forward(source, part) for source, part in sources))
            code = await process.wait()
            if self._has_parts:
                status = code & 0xFF if code >= 0 else 128 - code
                await self._send(Part.EXIT, bytes([status]))
        finally:
            feeding.cancel()
            input_pipe.close()
            del ours
            _hang_up(process)

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

    async def _feed(
        self, pipe: asyncio.WriteTransport, process: asyncio.subprocess.Process
    ) -> None:
        """Hand input on; when the computer hangs up, so does the phone."""
        try:
            while True:
                if not self._has_parts:
                    pipe.write(await self._stream.read())
                    continue
                part, size = _HEAD.unpack(await self._stream.read_exactly(_HEAD.size))
                data = await self._stream.read_exactly(size)
                if part == Part.STDIN:
                    pipe.write(data)
                elif part == Part.CLOSE_STDIN:
                    pipe.close()
                elif part == Part.WINDOW_SIZE and self._terminal is not None:
                    _resize(self._terminal, data)
        except StreamClosedError:
            pipe.close()
            _hang_up(process)


def _hang_up(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGHUP)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _resize(terminal: int, data: bytes) -> None:
    """Set the terminal's size from `ROWSxCOLUMNS,WIDTHxHEIGHT`."""
    with contextlib.suppress(ValueError, OSError):
        characters, _, _ = data.rstrip(b"\0").decode().partition(",")
        rows, columns = (int(number) for number in characters.split("x"))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
