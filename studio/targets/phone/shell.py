"""Shell commands on a phone over adb's shell protocol, version 2.

Packets of `u8 id`, `u32 length` (little-endian), data; ids: 0 stdin, 1 stdout, 2 stderr, 3 exit
code, 4 close stdin.

Reference:
    AOSP, packages/modules/adb/shell_protocol.h.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import PhoneError
from studio.targets.phone.conversation import Conversation
from studio.targets.phone.troubles import PhoneTimeoutError, timeout_error

_STDIN, _STDOUT, _STDERR, _EXIT, _CLOSE_STDIN = range(5)
_HEAD = struct.Struct("<BI")
_MOST_PACKET_BYTES = 1 << 24
_MOST_PACKET_SENT_BYTES = 1 << 15
_MOST_ERR_BYTES = 1 << 16
_MOST_LINE_BYTES = 1 << 20
MOST_OUTPUT_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class ShellResult:
    """What a command said.

    Attributes:
        out: its standard output.
        err: its standard error.
        exit_code: 0 to 255.
    """

    out: str
    err: str
    exit_code: int


class PacketDecoder:
    """Cuts a stream of bytes into packets of the shell protocol."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take in what has come.

        Args:
            data: any stretch of the stream.

        Returns:
            Kind and content of the packets that are complete now.

        Raises:
            PhoneError: the stream is not what the protocol allows.
        """
        self._pending += data
        packets: list[tuple[int, bytes]] = []
        at = 0
        while len(self._pending) - at >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._pending, at)
            if kind > _CLOSE_STDIN or length > _MOST_PACKET_BYTES:
                raise PhoneError(
                    "The phone's shell does not speak adb's shell protocol.",
                    remedy="A phone with Android 8 or newer is needed.",
                    details=bytes(self._pending[at : at + 64]).decode(errors="replace"),
                )
            end = at + _HEAD.size + length
            if len(self._pending) < end:
                break
            packets.append((kind, bytes(self._pending[at + _HEAD.size : end])))
            at = end
        del self._pending[:at]
        return packets


class ShellStream:
    """A command that runs on the phone. It ends when the stream is closed or the cable is pulled.

    One thread may read, others may write and close.

    Args:
        conversation: after the shell service was granted; belongs to the stream now.
        let_go: called with it when the stream is closed; must close it.
    """

    def __init__(
        self,
        conversation: Conversation,
        let_go: Callable[[Conversation], None] = Conversation.close,
    ) -> None:
        self._conversation = conversation
        self._let_go = let_go
        self._decoder = PacketDecoder()
        self._out = bytearray()
        self._err = bytearray()
        self._exit_code: int | None = None
        self._writing = threading.Lock()
        self.received_bytes = 0

    @property
    def exit_code(self) -> int | None:
        """Of the command; None while it runs. Learned by reading."""
        return self._exit_code

    @property
    def err(self) -> str:
        """The end of what it wrote to standard error so far. Learned by reading."""
        return self._err.decode(errors="replace")

    def read(self, timeout_seconds: float) -> bytes:
        """What it wrote to standard output and was not read yet.

        Args:
            timeout_seconds: how long to wait for any.

        Returns:
            Empty when nothing came in time, or when the command has ended (see `exit_code`).

        Raises:
            PhoneGoneError: the phone went away.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self._out and self._exit_code is None and self._take_in(deadline):
            pass
        data = bytes(self._out)
        self._out.clear()
        return data

    def read_line(self, timeout_seconds: float) -> str | None:
        """The next line of its standard output, without its end.

        Returns:
            None when no whole line came in time, or when the command has ended without one.

        Raises:
            PhoneGoneError: the phone went away.
            PhoneError: a line has no end.
        """
        deadline = time.monotonic() + timeout_seconds
        while (at := self._out.find(b"\n")) < 0:
            if len(self._out) > _MOST_LINE_BYTES:
                raise PhoneError(
                    "The phone's shell sends a line without an end.",
                    details=bytes(self._out[:200]).decode(errors="replace"),
                )
            if self._exit_code is not None:
                line = self._out.decode(errors="replace")
                self._out.clear()
                return line or None
            if not self._take_in(deadline):
                return None
        line = self._out[:at].decode(errors="replace")
        del self._out[: at + 1]
        return line.removesuffix("\r")

    def wait(self, timeout_seconds: float) -> int | None:
        """Wait for the command's end; what it writes is kept for `read`.

        Returns:
            Its exit code; None when it still runs.

        Raises:
            PhoneGoneError: the phone went away.
        """
        deadline = time.monotonic() + timeout_seconds
        while self._exit_code is None and self._take_in(deadline):
            pass
        return self._exit_code

    def write(self, data: bytes, timeout_seconds: float = 5.0) -> None:
        """Send to its standard input.

        Raises:
            PhoneTimeoutError: the phone does not take it in time.
            PhoneGoneError: the phone went away.
        """
        deadline = time.monotonic() + timeout_seconds
        with self._writing:
            for start in range(0, len(data), _MOST_PACKET_SENT_BYTES):
                piece = data[start : start + _MOST_PACKET_SENT_BYTES]
                self._send(_STDIN, piece, deadline, timeout_seconds)

    def close_stdin(self, timeout_seconds: float = 5.0) -> None:
        """Tell the command that nothing more comes.

        Raises:
            PhoneTimeoutError: the phone does not take it in time.
            PhoneGoneError: the phone went away.
        """
        deadline = time.monotonic() + timeout_seconds
        with self._writing:
            self._send(_CLOSE_STDIN, b"", deadline, timeout_seconds)

    def close(self) -> None:
        """End the command, also from another thread. A second call does nothing."""
        self._let_go(self._conversation)

    def __enter__(self) -> ShellStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, kind: int, data: bytes, deadline: float, timeout_seconds: float) -> None:
        view = memoryview(_HEAD.pack(kind, len(data)) + data)
        while len(view):
            view = view[self._conversation.send_some(view, deadline - time.monotonic()) :]
            if len(view) and time.monotonic() >= deadline:
                conversation = self._conversation
                raise timeout_error(conversation.doing, conversation.serial, timeout_seconds)

    def _take_in(self, deadline: float) -> bool:
        """Wait for more; False when the time is over."""
        self._conversation.allow(deadline - time.monotonic())
        try:
            data = self._conversation.receive()
        except PhoneTimeoutError:
            return False
        if not data:
            raise self._conversation.gone()
        self.received_bytes += len(data)
        for kind, content in self._decoder.feed(data):
            if kind == _STDOUT:
                self._out += content
            elif kind == _STDERR:
                self._err += content
                del self._err[:-_MOST_ERR_BYTES]
            elif kind == _EXIT:
                self._exit_code = content[0] if content else 255
        return True


def run_to_end(stream: ShellStream, timeout_seconds: float) -> ShellResult:
    """Collect all that a command says.

    Args:
        stream: its standard input is closed; so is the stream in the end.
        timeout_seconds: for all of it.

    Raises:
        PhoneTimeoutError: it does not end in time; it is ended then.
        PhoneGoneError: the phone went away.
        PhoneError: it says more than anyone would want to hear.
    """
    deadline = time.monotonic() + timeout_seconds
    conversation = stream._conversation
    out = bytearray()
    with stream:
        stream.close_stdin(timeout_seconds)
        while stream.exit_code is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise timeout_error(conversation.doing, conversation.serial, timeout_seconds)
            out += stream.read(left)
            if len(out) > MOST_OUTPUT_BYTES:
                raise PhoneError(
                    f"A command on the phone wrote more than {MOST_OUTPUT_BYTES >> 20} MiB.",
                    details=conversation.doing,
                )
        out += stream.read(0.0)
        return ShellResult(out.decode(errors="replace"), stream.err, stream.exit_code)
