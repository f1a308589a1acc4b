"""One socket to the adb server, in which no wait is without a limit.

Reference:
    AOSP, packages/modules/adb: OVERVIEW.TXT, SERVICES.TXT.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import time

from studio.errors import PhoneError
from studio.targets.phone.troubles import (
    PhoneGoneError,
    error_from_adb,
    gone_error,
    server_gone_error,
    timeout_error,
)

_HOST = "127.0.0.1"
_DEFAULT_PORT = 5037
_CONNECT_SECONDS = 2.0
_MOST_BLOCK_BYTES = 1 << 24
# What lies in the socket counts as sent; a small buffer keeps the progress of a push honest.
_SEND_BUFFER_BYTES = 1 << 18
# Those that need no descriptor of their own.
_Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


def server_port() -> int:
    """Where the adb server listens; `ANDROID_ADB_SERVER_PORT` moves it, as it does for adb.

    Raises:
        PhoneError: the variable holds no port.
    """
    chosen = os.environ.get("ANDROID_ADB_SERVER_PORT", "").strip()
    if not chosen:
        return _DEFAULT_PORT
    if not chosen.isascii() or not chosen.isdigit() or not 1 <= int(chosen) <= 65535:
        raise PhoneError(
            f"Expected a port in the variable ANDROID_ADB_SERVER_PORT; got “{chosen}”.",
            remedy=f"Set it to a number from 1 to 65535, or unset it for {_DEFAULT_PORT}.",
        )
    return int(chosen)


def try_connect() -> socket.socket | None:
    """Connect to the adb server.

    Returns:
        None when none answers.

    Raises:
        PhoneError: the port that was chosen for it is none.
    """
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_SECONDS)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((_HOST, server_port()))
    except OSError:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


class Conversation:
    """One socket to the adb server, with a deadline for whatever is done next.

    Args:
        connection: to the server.
        serial: of the phone that is spoken of, for the words of errors.
        doing: what it is for, as in “while listing the phones”.
        timeout_seconds: for all that is done until `allow` is called.
    """

    def __init__(
        self, connection: socket.socket, serial: str | None, doing: str, timeout_seconds: float
    ) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._is_closed = False
        self.serial = serial
        self.doing = doing
        self.allow(timeout_seconds)

    def allow(self, timeout_seconds: float) -> None:
        """Set the time for what comes next, from now on."""
        self._seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds

    def request(self, service: str) -> None:
        """Ask for a service and wait until it is granted.

        Raises:
            PhoneError: it is refused, late, or somebody went away.
        """
        data = service.encode()
        self.send(f"{len(data):04x}".encode() + data)
        self.expect_okay()

    def expect_okay(self) -> None:
        """Wait for the server's consent.

        Raises:
            PhoneError: it is refused, late, or somebody went away.
        """
        status = self.read_exactly(4)
        if status == b"OKAY":
            return
        if status == b"FAIL":
            words = self.read_block()
            raise error_from_adb(words, self.doing, self.serial)
        raise PhoneError(
            f"Expected an adb server on port {server_port()}; something else answers there.",
            remedy="End that program, or choose another port with ANDROID_ADB_SERVER_PORT.",
            details=repr(status),
        )

    def read_block(self) -> str:
        """A text whose length stands before it in hexadecimal digits.

        Raises:
            PhoneError: it is late, broken, or somebody went away.
        """
        digits = self.read_exactly(4)
        try:
            length = int(digits, 16)
        except ValueError as error:
            raise PhoneError(
                "The adb server said something unintelligible.",
                remedy="Run `adb kill-server` and try again.",
                details=repr(digits),
            ) from error
        return self.read_exactly(length).decode(errors="replace")

    def read_exactly(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            PhoneError: they are late, or somebody went away.
        """
        assert count <= _MOST_BLOCK_BYTES
        data = bytearray()
        while len(data) < count:
            piece = self.receive(count - len(data))
            if not piece:
                raise self.gone()
            data += piece
        return bytes(data)

    def receive(self, most_bytes: int = 1 << 16) -> bytes:
        """What has come; empty when the other side has ended the conversation.

        Raises:
            PhoneTimeoutError: nothing came in time.
            PhoneGoneError: the connection broke, or was closed here.
        """
        while True:
            try:
                data = self._socket.recv(most_bytes)
                break
            except BlockingIOError as error:
                if not self.has_news(self._deadline - time.monotonic()):
                    raise timeout_error(self.doing, self.serial, self._seconds) from error
            except OSError as error:
                raise self.gone(str(error)) from error
        if not data and self._is_closed:
            raise self.gone("closed here")
        return data

    def send(self, data: bytes | memoryview) -> None:
        """All of it.

        Raises:
            PhoneTimeoutError: it was not taken in time.
            PhoneGoneError: the connection broke, or was closed here.
        """
        view = memoryview(data)
        while len(view):
            view = view[self.send_some(view, self._deadline - time.monotonic()) :]
            if len(view) and time.monotonic() >= self._deadline:
                raise timeout_error(self.doing, self.serial, self._seconds)

    def send_some(self, data: memoryview, patience_seconds: float) -> int:
        """What is taken within a while.

        Returns:
            How many bytes; 0 when none were taken.

        Raises:
            PhoneGoneError: the connection broke, or was closed here.
        """
        for patience in (patience_seconds, 0.0):
            try:
                return self._socket.send(data)
            except BlockingIOError:
                self._wait(selectors.EVENT_WRITE, patience)
            except OSError as error:
                raise self.gone(str(error)) from error
        return 0

    def has_news(self, patience_seconds: float = 0.0) -> bool:
        """Whether something can be received, or comes within a while; also an end is news."""
        return self._wait(selectors.EVENT_READ, patience_seconds)

    def gone(self, details: str = "") -> PhoneGoneError:
        """Why the other side went away; asks the server when it was not we who closed."""
        if self._is_closed:
            return PhoneGoneError(f"Stopped {self.doing}.", details=details)
        connection = try_connect()
        if connection is None:
            return server_gone_error(self.doing, details)
        connection.close()
        return gone_error(self.doing, self.serial, details)

    def close(self) -> None:
        """End it, also from another thread. A second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in it
        self._socket.close()

    def _wait(self, event: int, patience_seconds: float) -> bool:
        # No timeout of the socket itself: one thread may send while another one receives.
        with _Selector() as selector:
            try:
                selector.register(self._socket, event)
            except (OSError, ValueError):
                return True  # closed, as the next use of the socket tells
            return bool(selector.select(max(patience_seconds, 0.0)))

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
