"""A stream of bytes within a connection, with adb's flow control: one write under way at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.phone_lab.device.packets import Command, Packet

Send = Callable[[Packet], Awaitable[None]]


class StreamClosedError(Exception):
    """The other side has closed the stream, or the connection has ended."""


class Stream:
    """One end of a stream.

    Args:
        send: puts a packet on the connection.
        number: by which the other side addresses this end.
        peer: the other end's number; 0 as long as it is unknown.
        most_payload_bytes: of one packet.
    """

    def __init__(self, send: Send, number: int, peer: int, most_payload_bytes: int) -> None:
        self._send = send
        self.number = number
        self.peer = peer
        self._most = most_payload_bytes
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._may_write = asyncio.Event()
        self._ended = asyncio.Event()
        self._rest = b""
        self._is_open = False
        self.is_closed = False

    def take(self, payload: bytes) -> None:
        """Data has arrived. It is acknowledged when it is read, which slows the sender down."""
        self._arrived.put_nowait(payload)

    def allow_write(self) -> None:
        """The other side took the write before, or opened the stream."""
        self._is_open = True
        self._may_write.set()

    def end(self) -> None:
        """The other side, or the connection, has ended: readers and writers wake."""
        self.is_closed = True
        self._ended.set()
        self._may_write.set()
        self._arrived.put_nowait(b"")

    async def accept(self) -> None:
        """Say that the service behind this stream is there."""
        self.allow_write()
        await self._send(Packet(Command.OKAY, self.number, self.peer))

    async def open_to(self, service: str) -> None:
        """Ask the other side for a service, as `adb reverse` does.

        Raises:
            StreamClosedError: there is none.
        """
        await self._send(Packet(Command.OPEN, self.number, 0, service.encode() + b"\0"))
        await self._may_write.wait()
        if self.is_closed:
            raise StreamClosedError(service)

    async def write(self, data: bytes | memoryview) -> None:
        """Send all of it, piece by piece as the other side takes it.

        Raises:
            StreamClosedError: it does not take it any more.
        """
        view = memoryview(data)
        for start in range(0, len(view), self._most):
            await self._may_write.wait()
            if self.is_closed:
                raise StreamClosedError
            self._may_write.clear()
            piece = bytes(view[start : start + self._most])
            await self._send(Packet(Command.WRTE, self.number, self.peer, piece))

    async def read(self) -> bytes:
        """The next piece as it arrived.

        Raises:
            StreamClosedError: there is no more.
        """
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest
        piece = await self._arrived.get()
        if not piece:
            self._arrived.put_nowait(b"")  # for whoever else reads
            raise StreamClosedError
        if not self.is_closed:
            await self._send(Packet(Command.OKAY, self.number, self.peer))
        return piece

    async def read_exactly(self, count: int) -> bytes:
        """Read that many bytes.

        Raises:
            StreamClosedError: the stream ends before.
        """
        pieces = [self._rest]
        have = len(self._rest)
        self._rest = b""
        while have < count:
            pieces.append(await self.read())
            have += len(pieces[-1])
        whole = b"".join(pieces)
        self._rest = whole[count:]
        return whole[:count]

    async def wait_closed(self) -> None:
        """Until the other side, or the connection, has ended."""
        await self._ended.wait()

    async def close(self) -> None:
        """End the stream. A second call does nothing."""
        if not self.is_closed:
            self.end()
            # Without a number it means: there is no such service.
            number = self.number if self._is_open else 0
            await self._send(Packet(Command.CLSE, number, self.peer))
