"""A phone behind the adb server: shell, forwards, files. Nothing here waits without a limit."""

from __future__ import annotations

import re
import shlex
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from studio.errors import PhoneError
from studio.targets.phone.adb_server import DEFAULT_TIMEOUT_SECONDS, ask_server, converse
from studio.targets.phone.conversation import Conversation
from studio.targets.phone.shell import ShellResult, ShellStream, run_to_end
from studio.targets.phone.troubles import PhoneGoneError, timeout_error

_CHUNK_BYTES = 1 << 16
_PATIENCE_SECONDS = 0.1
_STALL_SECONDS = 15.0
_FLUSH_SECONDS = 60.0
_PROPERTY = re.compile(r"^\[(?P<name>[^]]+)\]: \[(?P<value>.*?)\]$", re.MULTILINE | re.DOTALL)


class AdbPhone:
    """One phone. Cheap to make: each call opens a connection of its own. Thread-safe.

    Args:
        serial: as adb lists it.
    """

    def __init__(self, serial: str) -> None:
        self._serial = serial
        self._lock = threading.Lock()
        self._open: set[Conversation] = set()
        self._is_closed = False

    @property
    def serial(self) -> str:
        """By which adb knows it."""
        return self._serial

    def shell(
        self,
        command: str | Sequence[str],
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        doing: str = "running a command",
    ) -> ShellResult:
        """Run a command to its end. Its standard input is empty.

        Args:
            command: for the phone's shell; words of a sequence are quoted.
            timeout_seconds: for all of it.
            doing: what it is for, as in “while reading the battery”.

        Raises:
            PhoneTimeoutError: it does not end in time; it is ended then.
            PhoneGoneError: the phone went away.
            PhoneError: adb refuses, such as for a phone that is not authorized.
        """
        deadline = time.monotonic() + timeout_seconds
        with self._service(_shell_service(command), doing, timeout_seconds) as conversation:
            left = max(deadline - time.monotonic(), 0.0)
            return run_to_end(ShellStream(conversation), left)

    def open_shell_stream(
        self,
        command: str | Sequence[str],
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        doing: str = "running a command",
    ) -> ShellStream:
        """Start a long-lived command.

        Args:
            command: for the phone's shell; words of a sequence are quoted.
            timeout_seconds: for its start.
            doing: what it is for, as in “while the runner worked”.

        Returns:
            Its standard streams; closing it ends the command.

        Raises:
            PhoneError: as `shell`.
        """
        return ShellStream(
            self._start_service(_shell_service(command), doing, timeout_seconds), self._forget
        )

    def properties(self, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> dict[str, str]:
        """Android's properties by name.

        Raises:
            PhoneError: as `shell`.
        """
        return parse_properties(self.shell("getprop", timeout_seconds, "reading properties").out)

    def forward(self, abstract_name: str, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> int:
        """Make an abstract Unix socket of the phone reachable here.

        Args:
            abstract_name: of the socket on the phone; it need not exist yet.
            timeout_seconds: for adb's answer.

        Returns:
            The TCP port of this computer.

        Raises:
            PhoneError: adb refuses.
        """
        service = f"host-serial:{self._serial}:forward:tcp:0;localabstract:{abstract_name}"
        with self._service(service, "forwarding a socket", timeout_seconds) as conversation:
            conversation.expect_okay()
            return int(conversation.read_block())

    def remove_forward(self, port: int, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Undo `forward`.

        Raises:
            PhoneError: adb refuses, such as when the phone went away and the forward with it.
        """
        service = f"host-serial:{self._serial}:killforward:tcp:{port}"
        with self._service(service, "removing a forward", timeout_seconds) as conversation:
            conversation.expect_okay()

    def forwards(self, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> dict[int, str]:
        """Names of the phone's abstract sockets that are reachable here, by port.

        Raises:
            PhoneError: adb does not answer.
        """
        listed = ask_server("host:list-forward", "listing forwards", None, timeout_seconds)
        found: dict[int, str] = {}
        for line in listed.splitlines():
            serial, local, remote, *_ = [*line.split(), "", "", ""]
            port, name = local.removeprefix("tcp:"), remote.removeprefix("localabstract:")
            if serial == self._serial and port.isdigit() and name != remote:
                found[int(port)] = name
        return found

    def push(
        self,
        file: BinaryIO,
        remote: str,
        *,
        on_bytes: Callable[[int], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Write a file on the phone, in place; `studio.targets.phone.push` does it atomically.

        Args:
            file: is read to its end.
            remote: where to; folders are made as needed.
            on_bytes: hears how many bytes were sent in all.
            should_stop: asked many times a second, also while the cable is slow.

        Returns:
            False when it was stopped; a part of the file lies there then.

        Raises:
            PhoneTimeoutError: the phone takes nothing any more.
            PhoneGoneError: the phone went away.
            PhoneError: the phone cannot write it.
        """
        doing = f"copying {remote.rpartition('/')[2]}"
        with self._service("sync:", doing, DEFAULT_TIMEOUT_SECONDS) as conversation:
            place = f"{remote},{stat.S_IFREG | 0o644}".encode()
            conversation.send(b"SEND" + struct.pack("<I", len(place)) + place)
            sent = 0
            while chunk := file.read(_CHUNK_BYTES):
                packet = b"DATA" + struct.pack("<I", len(chunk)) + chunk
                if not _send_patiently(conversation, packet, should_stop):
                    return False
                sent += len(chunk)
                on_bytes(sent)
            done = b"DONE" + struct.pack("<I", int(time.time()))
            if not _send_patiently(conversation, done, should_stop):
                return False
            return _await_consent(conversation, should_stop)

    def close(self) -> None:
        """End all that goes on with this object, from any thread; later calls fail."""
        with self._lock:
            self._is_closed = True
            conversations = list(self._open)
        for conversation in conversations:
            conversation.close()

    def _start_service(self, service: str, doing: str, timeout_seconds: float) -> Conversation:
        conversation = converse(doing, self._serial, timeout_seconds)
        with self._lock:
            self._open.add(conversation)
            is_closed = self._is_closed
        try:
            if is_closed:
                raise PhoneGoneError(f"Stopped {doing}.")
            if not service.startswith("host"):
                conversation.request(f"host:transport:{self._serial}")
            conversation.request(service)
        except BaseException:
            self._forget(conversation)
            raise
        return conversation

    def _forget(self, conversation: Conversation) -> None:
        conversation.close()
        with self._lock:
            self._open.discard(conversation)

    @contextmanager
    def _service(self, service: str, doing: str, timeout_seconds: float) -> Iterator[Conversation]:
        conversation = self._start_service(service, doing, timeout_seconds)
        try:
            yield conversation
        finally:
            self._forget(conversation)


def parse_properties(text: str) -> dict[str, str]:
    """Read what `getprop` prints.

    Args:
        text: lines such as `[ro.product.model]: [Pixel 2]`; a value may have several lines.
    """
    return {match["name"]: match["value"] for match in _PROPERTY.finditer(text.replace("\r", ""))}


def _shell_service(command: str | Sequence[str]) -> str:
    text = command if isinstance(command, str) else shlex.join(command)
    return f"shell,v2,raw:{text}"


def _send_patiently(
    conversation: Conversation, data: bytes, should_stop: Callable[[], bool]
) -> bool:
    """Send in slices so that a stop is heeded on a slow cable too; False when it came."""
    view = memoryview(data)
    stalled_at = time.monotonic() + _STALL_SECONDS
    while len(view):
        if should_stop():
            return False
        if conversation.has_news():  # before the end only to refuse, or because it went away
            conversation.allow(_PATIENCE_SECONDS)
            _expect_sync_okay(conversation)
        try:
            taken = conversation.send_some(view, _PATIENCE_SECONDS)
        except PhoneGoneError:
            conversation.allow(_PATIENCE_SECONDS)
            _expect_sync_okay(conversation)  # it may have hung up because it refuses
            raise
        view = view[taken:]
        if taken:
            stalled_at = time.monotonic() + _STALL_SECONDS
        elif time.monotonic() > stalled_at:
            raise timeout_error(conversation.doing, conversation.serial, _STALL_SECONDS)
    return True


def _await_consent(conversation: Conversation, should_stop: Callable[[], bool]) -> bool:
    """Wait until the phone has written all that still lies in buffers; False when stopped."""
    deadline = time.monotonic() + _FLUSH_SECONDS
    while not conversation.has_news(_PATIENCE_SECONDS):
        if should_stop():
            return False
        if time.monotonic() > deadline:
            raise timeout_error(conversation.doing, conversation.serial, _FLUSH_SECONDS)
    conversation.allow(DEFAULT_TIMEOUT_SECONDS)
    _expect_sync_okay(conversation)
    return True


def _expect_sync_okay(conversation: Conversation) -> None:
    status, length = struct.unpack("<4sI", conversation.read_exactly(8))
    if status == b"OKAY":
        return
    words = conversation.read_exactly(min(length, 1 << 12)).decode(errors="replace")
    if "no space" in words.lower():
        raise PhoneError(
            f"The phone's storage is full; it stopped {conversation.doing}.",
            remedy="Free some space on the phone: `jejunet clean-phone` removes what we put there.",
            details=words,
        )
    raise PhoneError(
        f"The phone refused {conversation.doing}: {words}.",
        remedy="Remove what lies in its way with `jejunet clean-phone`.",
        details=words,
    )
