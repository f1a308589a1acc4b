"""The runner's half of the wire in Python: a real server of the protocol, with faults to order."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.targets.phone.runs import encode_runs
from studio.targets.phone.wire import PROTOCOL_VERSION

HASH = bytes(range(32))

HELLO, OPEN, FRAME, PLAY, PROBE, CLOSE = range(1, 7)
READY, OPENED, RESULT, REFUSED, PROBED, OUTPUT = range(129, 135)

Segment = Callable[[NDArray[np.uint8]], tuple[NDArray[np.uint8], bytes]]
"""From a picture, uint8 [H, W, 3] BGR, to its mask and the output tensor as stored."""


def dark_is_background(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bytes]:
    """A network of one rule."""
    mask = (image.max(axis=2) > 127).astype(np.uint8)
    return mask, mask[:4, :4].tobytes()


@dataclass
class Faults:
    """What goes wrong, by order; may be changed while the runner runs.

    Attributes:
        hash: that it says it has.
        version: of the protocol that it speaks.
        refuse_open: text with which it refuses every model.
        dies_at: number of the frame at which it hangs up.
        hangs_at: number of the frame at which it falls silent.
        refuses_frames: numbers of frames that it refuses.
        frame_seconds: that each frame takes.
        garbage: to send instead of the next result.
    """

    hash: bytes = HASH
    version: int = PROTOCOL_VERSION
    refuse_open: str = ""
    dies_at: int | None = None
    hangs_at: int | None = None
    refuses_frames: frozenset[int] = frozenset()
    frame_seconds: float = 0.0
    garbage: bytes = b""


class _GoneError(Exception):
    """The computer hung up, or the runner is told to end."""


@dataclass
class FakeRunner:
    """Serves one connection after another, each as a runner of its own would.

    Attributes:
        segment: the network.
        faults: what goes wrong.
        files: where paths of `PLAY` lead.
        opens: bodies of the `OPEN` messages that came.
        frames: numbers of the frames that came.
        connections: how many were made.
    """

    segment: Segment = dark_is_background
    faults: Faults = field(default_factory=Faults)
    files: dict[str, Path] = field(default_factory=dict)
    opens: list[bytes] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._ends = threading.Event()
        self._hang_up = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="fake runner", daemon=True)
        self._thread.start()

    def __enter__(self) -> FakeRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """Hang up on who is connected; the next may come."""
        self._hang_up.set()

    def close(self) -> None:
        """End."""
        self._ends.set()
        self._hang_up.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._ends.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._hang_up.clear()
            sock.settimeout(0.05)
            with sock, contextlib.suppress(_GoneError, OSError):
                self._talk(sock)

    def _talk(self, sock: socket.socket) -> None:
        while True:
            length, kind = struct.unpack("<IB", self._read(sock, 5))
            body = self._read(sock, length - 1)
            match kind:
                case 1:
                    self._hello(sock, body)
                case 2:
                    self.opens.append(body)
                    if self.faults.refuse_open:
                        self._refuse(sock, 3, self.faults.refuse_open)
                        raise _GoneError
                    opened = struct.pack("<ffBBIII", 12.0, 30.0, 1, 1, 4096, 48, 16)
                    self._say(sock, OPENED, opened)
                case 3:
                    self._frame(sock, body, 0)
                case 4:
                    self._play(sock, body)
                case 5:
                    token, wanted = struct.unpack_from("<II", body)
                    answer = struct.pack("<IQ", token, self.micros()) + bytes(wanted)
                    self._say(sock, PROBED, answer)
                case _:
                    raise _GoneError

    def _hello(self, sock: socket.socket, body: bytes) -> None:
        magic, version, runner_hash = struct.unpack("<4sH32s", body)
        faults = self.faults
        if magic != b"JNRP" or version != faults.version:
            self._refuse(sock, 1, f"protocol {version} was asked for, this is {faults.version}")
            raise _GoneError
        if runner_hash != faults.hash:
            self._refuse(sock, 2, f"the hash is {faults.hash.hex()}")
            raise _GoneError
        text = b"2.0.3"
        head = struct.pack("<H32sIHH", version, faults.hash, 4242, 8, len(text))
        self._say(sock, READY, head + text)

    def _play(self, sock: socket.socket, body: bytes) -> None:
        repeats, _ = struct.unpack_from("<IH", body)
        clip = self.files[body[6:].decode()].read_bytes()
        messages = []
        at = 0
        while at < len(clip):
            (length,) = struct.unpack_from("<I", clip, at)
            messages.append(clip[at + 5 : at + 4 + length])
            at += 4 + length
        for turn in range(repeats):
            for message in messages:
                self._frame(sock, message, turn * len(messages))

    def _frame(self, sock: socket.socket, body: bytes, offset: int) -> None:
        received = self.micros()
        head = struct.Struct("<IQIdHHHHBB")
        sequence, host, _, _, width, height, _, _, encoding, flags = head.unpack_from(body)
        sequence += offset
        self.frames.append(sequence)
        faults = self.faults
        if sequence == faults.dies_at:
            faults.dies_at = None
            raise _GoneError
        if sequence == faults.hangs_at:
            faults.hangs_at = None
            self._hang_up.wait()
            raise _GoneError
        if sequence in faults.refuses_frames:
            self._refuse(sock, 5, "the picture is no JPEG")
            return
        if faults.garbage:
            sock.sendall(faults.garbage)
        data = np.frombuffer(body, np.uint8, offset=head.size)
        if encoding == 2:
            decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
            assert decoded is not None
            image = np.asarray(decoded, np.uint8)
        else:
            image = data.reshape(height, width, 3)
        started = self.micros()
        self._hang_up.wait(faults.frame_seconds)
        if self._hang_up.is_set():
            raise _GoneError
        mask, output = self.segment(image)
        finished = max(self.micros(), started + 1)
        millis = (finished - started) / 1000
        stages = (0.25, 0.5, millis, 0.0, 0.0, 0.0, 0.0, 0.0, 0.75)
        size = (0, 0) if flags & 1 else mask.shape[::-1]
        result = struct.pack(
            "<IQQQQfffffffffBBIIHH",
            *(sequence, host, received, started, finished),
            *stages,
            *(12, 5, 2_457_600, 4096),
            *size,
        )
        self._say(sock, RESULT, result + (b"" if flags & 1 else encode_runs(mask)))
        if flags & 2:
            self._say(sock, OUTPUT, struct.pack("<I", sequence) + output)

    @staticmethod
    def micros() -> int:
        """The phone's clock: a thousand seconds ahead of the computer's."""
        return time.monotonic_ns() // 1000 + 1_000_000_000

    def _refuse(self, sock: socket.socket, code: int, text: str) -> None:
        self._say(sock, REFUSED, struct.pack("<H", code) + text.encode())

    def _say(self, sock: socket.socket, kind: int, body: bytes) -> None:
        sock.settimeout(5.0)
        sock.sendall(struct.pack("<IB", len(body) + 1, kind) + body)
        sock.settimeout(0.05)

    def _read(self, sock: socket.socket, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            if self._hang_up.is_set():
                raise _GoneError
            try:
                part = sock.recv(min(count - len(data), 1 << 18))
            except TimeoutError:
                continue
            if not part:
                raise _GoneError
            data += part
        return bytes(data)
