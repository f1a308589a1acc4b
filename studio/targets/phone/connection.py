"""The computer's end of the wire: sends to a runner, and hears it in a thread of its own."""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from studio.errors import PhoneError
from studio.targets.phone.refusals import (
    ConnectionLostError,
    another_runner,
    refusal,
)
from studio.targets.phone.wire import (
    PROTOCOL_VERSION,
    Close,
    Command,
    Decoder,
    FrameMessage,
    Hello,
    Open,
    Opened,
    Output,
    Play,
    Probe,
    Probed,
    Ready,
    Refused,
    Reply,
    Result,
    WireError,
    encode,
    header,
)

HELLO_SECONDS = 5.0
OPEN_SECONDS = 120.0
SEND_STALLED_SECONDS = 4.0

_POLL_SECONDS = 0.25
_READ_BYTES = 1 << 18
_MOST_WAITING_REPLIES = 256

_FRAME_REFUSED = 5

Expected = TypeVar("Expected", bound=Reply)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something the runner said about frames.

    Attributes:
        reply: what.
        at_seconds: unix time when it was read.
        at_micros: the same by the computer's own clock, as in `host_micros`.
    """

    reply: Result | Output | Refused
    at_seconds: float
    at_micros: int


@dataclass(frozen=True, slots=True)
class Echo:
    """What a probe told.

    Attributes:
        seconds: from the first byte sent to the last one back.
        offset_micros: the runner's clock less the computer's, as if the way there were as long
            as the way back.
    """

    seconds: float
    offset_micros: int


def host_micros() -> int:
    """The computer's clock for the wire."""
    return time.monotonic_ns() // 1000


class RunnerConnection:
    """An open wire to a runner. One thread sends, one receives; `close` may come from anywhere.

    Args:
        sock: connected; it belongs to the connection from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers: queue.Queue[Ready | Opened | Probed | Refused] = queue.Queue(8)
        self._arrivals: queue.Queue[Arrival] = queue.Queue(_MOST_WAITING_REPLIES)
        self._sending = threading.Lock()
        self._is_asking = False
        self._is_closed = threading.Event()
        self._error: PhoneError | None = None
        self._token = 0
        self._reader = threading.Thread(target=self._read, name="phone wire", daemon=True)
        self._reader.start()

    @property
    def error(self) -> PhoneError | None:
        """Why the wire broke; None while it holds."""
        return self._error

    def hello(self, runner_hash: bytes, seconds: float = HELLO_SECONDS) -> Ready:
        """Find out whether the runner is the one that this studio knows.

        Args:
            runner_hash: 32 bytes.
            seconds: to wait.

        Raises:
            RunnerRefusedError: it is another one.
            ConnectionLostError: it does not answer.
        """
        ready = self._ask(Hello(runner_hash), Ready, seconds)
        if ready.version != PROTOCOL_VERSION or ready.runner_hash != runner_hash:
            raise another_runner(
                f"version {ready.version}, hash {ready.runner_hash.hex()[:12]}", runner_hash
            )
        return ready

    def open(self, message: Open, seconds: float = OPEN_SECONDS) -> Opened:
        """Load a model and warm it up.

        Args:
            message: says which and how.
            seconds: to wait.

        Raises:
            RunnerRefusedError: the runner cannot use it.
            ConnectionLostError: it died over it, or does not answer.
        """
        return self._ask(message, Opened, seconds)

    def probe(
        self, *, reply_bytes: int = 0, payload: bytes = b"", seconds: float = HELLO_SECONDS
    ) -> Echo:
        """Measure the wire. Not while frames are on their way: the answer would wait for them.

        Args:
            reply_bytes: to carry back.
            payload: to carry there.
            seconds: to wait.

        Raises:
            ConnectionLostError: no answer came.
        """
        self._token = (self._token + 1) & 0xFFFFFFFF
        began = host_micros()
        probed = self._ask(Probe(self._token, reply_bytes, payload), Probed, seconds)
        ended = host_micros()
        if probed.token != self._token:
            raise WireError(
                f"The runner answered probe {probed.token} when {self._token} was asked.",
                remedy="Deploy again.",
            )
        middle = (began + ended) // 2
        return Echo((ended - began) / 1e6, probed.runner_micros - middle)

    def send_frame(self, message: FrameMessage) -> None:
        """Send a picture, from where it lies.

        Raises:
            ConnectionLostError: the runner takes no more.
        """
        picture = memoryview(message.picture).cast("B")
        head = message.head()
        self._send([header(message.kind, len(head) + len(picture)) + head, picture])

    def play(self, message: Play) -> None:
        """Have frames worked on that lie on the phone.

        Raises:
            ConnectionLostError: the runner takes no more.
        """
        self._send([encode(message)])

    def receive(self, seconds: float) -> Arrival | None:
        """Wait for what comes back of frames.

        Args:
            seconds: to wait.

        Returns:
            The next arrival; None when there was none in time.

        Raises:
            PhoneError: the wire broke, and all that had come before has been taken.
        """
        try:
            return self._arrivals.get_nowait()
        except queue.Empty:
            self._check()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                return self._arrivals.get(timeout=min(left, _POLL_SECONDS))
            except queue.Empty:
                if self._arrivals.empty():
                    self._check()
        return None

    def close(self) -> None:
        """Say good-bye if that is still possible, and hang up. A second call does nothing."""
        if self._is_closed.is_set():
            return
        if self._error is None and self._sending.acquire(timeout=_POLL_SECONDS):
            with contextlib.suppress(OSError):
                self._socket.send(encode(Close()))
            self._sending.release()
        self._is_closed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def _check(self) -> None:
        """Raise why the wire broke, if it did."""
        if self._error is not None:
            raise self._error from None

    def _ask(self, command: Command, kind: type[Expected], seconds: float) -> Expected:
        """Send something that has one answer, and wait for it."""
        self._is_asking = True
        try:
            self._send([encode(command)])
            answer = self._answer(kind.__name__, seconds)
        finally:
            self._is_asking = False
        if isinstance(answer, Refused):
            raise refusal(answer, command)
        if not isinstance(answer, kind):
            raise WireError(
                f"The runner answered {type(command).__name__} with {type(answer).__name__}.",
                remedy="Deploy again; if it stays so, run `jejunet clean-phone` first.",
            )
        return answer

    def _answer(self, what: str, seconds: float) -> Ready | Opened | Probed | Refused:
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            try:
                return self._answers.get(timeout=max(0.0, min(left, _POLL_SECONDS)))
            except queue.Empty:
                if self._answers.empty():
                    self._check()
                if left <= 0:
                    raise ConnectionLostError(
                        f"The runner on the phone did not answer within {seconds:g} s"
                        f" ({what} was expected).",
                        remedy="Unplug the phone, plug it in again, and deploy anew.",
                    ) from None

    def _send(self, parts: Sequence[bytes | memoryview]) -> None:
        """Send a message in one go; gives up when nothing moves for too long."""
        rest = [memoryview(part) for part in parts if len(part)]
        with self._sending:
            moved_at = time.monotonic()
            while rest:
                self._check()
                if self._is_closed.is_set():
                    raise ConnectionLostError("The connection to the phone is closed.")
                try:
                    sent = _send_some(self._socket, rest)
                except (BlockingIOError, InterruptedError):
                    select.select([], [self._socket], [], _POLL_SECONDS)
                    if time.monotonic() - moved_at > SEND_STALLED_SECONDS:
                        raise ConnectionLostError(
                            "The phone has taken no data for"
                            f" {SEND_STALLED_SECONDS:g} s: it hangs, or its cable does.",
                            remedy="Unplug the phone and plug it in again.",
                        ) from None
                    continue
                except (OSError, ValueError) as error:
                    raise self._error or _broken(repr(error)) from error
                moved_at = time.monotonic()
                while rest and sent >= len(rest[0]):
                    sent -= len(rest.pop(0))
                if rest and sent:
                    rest[0] = rest[0][sent:]

    def _read(self) -> None:
        """Hear the runner until the wire ends."""
        decoder = Decoder()
        try:
            while not self._is_closed.is_set():
                if not select.select([self._socket], [], [], _POLL_SECONDS)[0]:
                    continue
                try:
                    data = self._socket.recv(_READ_BYTES)
                except (BlockingIOError, InterruptedError):
                    continue
                if not data:
                    raise _broken("the runner's end was closed")
                at_seconds, at_micros = time.time(), host_micros()
                for reply in decoder.feed(data):
                    self._sort(reply, at_seconds, at_micros)
        except PhoneError as error:
            self._error = error
        except (OSError, ValueError) as error:
            self._error = _broken(repr(error))

    def _sort(self, reply: Reply, at_seconds: float, at_micros: int) -> None:
        """Put a reply where it is waited for."""
        if isinstance(reply, Result | Output) or (
            isinstance(reply, Refused) and reply.code == _FRAME_REFUSED
        ):
            arrival = Arrival(reply, at_seconds, at_micros)
            while not self._is_closed.is_set():
                try:
                    # Full: who should take them is slow, so the phone waits as well.
                    self._arrivals.put(arrival, timeout=_POLL_SECONDS)
                except queue.Full:
                    continue
                return
        elif isinstance(reply, Refused) and not self._is_asking:
            raise refusal(reply, None)
        elif self._answers.full():
            raise _broken("the runner answers what nobody asked")
        else:
            self._answers.put(reply)


def connect(port: int, seconds: float = HELLO_SECONDS) -> RunnerConnection:
    """Reach a runner through a forwarded port of this computer.

    Args:
        port: that adb forwards.
        seconds: to wait.

    Raises:
        ConnectionLostError: nothing is there.
    """
    try:
        sock = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    except OSError as error:
        raise ConnectionLostError(
            "The port that adb forwards to the phone does not answer.",
            remedy="Unplug the phone, plug it in again, and deploy anew.",
            details=repr(error),
        ) from error
    return RunnerConnection(sock)


def _send_some(sock: socket.socket, parts: list[memoryview]) -> int:
    if hasattr(sock, "sendmsg"):
        return sock.sendmsg(parts)
    return sock.send(parts[0])  # Windows gathers nothing


def _broken(details: str) -> ConnectionLostError:
    return ConnectionLostError(
        "The connection to the runner on the phone broke.",
        remedy="Check the cable.",
        details=details,
    )
