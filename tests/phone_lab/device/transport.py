"""One connection of an adb server to the phone: handshake, and its streams."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Protocol

from tests.phone_lab.device.faults import Faults
from tests.phone_lab.device.packets import (
    MOST_PAYLOAD_BYTES,
    VERSION,
    AuthKind,
    Command,
    Packet,
    PacketError,
    packet_head,
    read_packet,
)
from tests.phone_lab.device.streams import Stream, StreamClosedError

_TOKEN_BYTES = 20
_SLOW_STEPS_PER_SECOND = 10
_SLOWEST_STEP_BYTES = 256


class Host(Protocol):
    """What a connection needs to know of the phone it belongs to."""

    @property
    def faults(self) -> Faults:
        """What is wrong now."""

    @property
    def banner(self) -> str:
        """What the phone says of itself."""


Serve = Callable[["Transport", Stream, str], Awaitable[None]]


class Transport:
    """A connection.

    Args:
        host: the phone.
        serve: carries out one service on one stream; returns when it is done.
        reader: of the connection.
        writer: of the connection.
    """

    def __init__(
        self,
        host: Host,
        serve: Serve,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._host = host
        self._serve = serve
        self._reader = reader
        self._writer = writer
        self._streams: dict[int, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_number = 0
        self._version = VERSION
        self._most_payload_bytes = MOST_PAYLOAD_BYTES
        self._sending = asyncio.Lock()
        self._debts = {"in": 0.0, "out": 0.0}
        self.at_end = contextlib.AsyncExitStack()
        """What belongs to this connection and ends with it."""

    async def run(self) -> None:
        """Serve until the connection ends; never raises."""
        try:
            while True:
                packet = await read_packet(self._reader, self._step_bytes())
                await self._brake(len(packet.payload), "in")
                await self._handle(packet)
        except (asyncio.IncompleteReadError, PacketError, OSError):
            pass
        finally:
            for stream in list(self._streams.values()):
                stream.end()
            self._streams.clear()
            self._writer.close()
            await self.at_end.aclose()

    def cut(self) -> None:
        """End the connection at once, as a pulled cable does."""
        self._writer.transport.abort()

    async def send(self, packet: Packet) -> None:
        """Put a packet on the connection; silently nothing after its end."""
        await self._brake(len(packet.payload), "out")
        async with self._sending:
            if self._writer.is_closing():
                return
            self._writer.write(packet_head(packet, self._version))
            if packet.payload:
                self._writer.write(packet.payload)
            with contextlib.suppress(OSError):
                await self._writer.drain()

    def new_stream(self, peer: int = 0) -> Stream:
        """Begin a stream.

        Args:
            peer: the other end's number; 0 when we open it.
        """
        self._last_number += 1
        stream = Stream(self.send, self._last_number, peer, self._most_payload_bytes)
        self._streams[stream.number] = stream
        return stream

    async def allow(self) -> None:
        """The user allows debugging, or the key is known: go online."""
        await self.send(
            Packet(Command.CNXN, VERSION, MOST_PAYLOAD_BYTES, self._host.banner.encode())
        )

    async def _handle(self, packet: Packet) -> None:
        stream = self._streams.get(packet.second)
        if packet.command == Command.CNXN:
            self._version = min(packet.first, VERSION)
            self._most_payload_bytes = min(packet.second, MOST_PAYLOAD_BYTES)
            await self._challenge()
        elif packet.command == Command.AUTH:
            if self._host.faults.unauthorized:
                # After the last key comes the public one; then the phone waits for its user.
                if packet.first == AuthKind.SIGNATURE:
                    await self._challenge()
            else:
                await self.allow()
        elif packet.command == Command.OPEN:
            service = packet.payload.rstrip(b"\0").decode(errors="replace")
            self._start(self._run_service(self.new_stream(packet.first), service))
        elif packet.command == Command.OKAY and stream is not None:
            stream.peer = packet.first
            stream.allow_write()
        elif packet.command == Command.WRTE:
            if stream is None:
                await self.send(Packet(Command.CLSE, 0, packet.first))
            else:
                stream.take(packet.payload)
        elif packet.command == Command.CLSE and stream is not None:
            del self._streams[stream.number]
            stream.end()

    async def _challenge(self) -> None:
        await self.send(Packet(Command.AUTH, AuthKind.TOKEN, 0, os.urandom(_TOKEN_BYTES)))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_service(self, stream: Stream, service: str) -> None:
        try:
            with contextlib.suppress(StreamClosedError, OSError):
                await self._serve(self, stream, service)
        finally:
            self._streams.pop(stream.number, None)
            await stream.close()

    def _step_bytes(self) -> int:
        rate = self._host.faults.bytes_per_second
        if rate is None:
            return MOST_PAYLOAD_BYTES
        return max(rate // _SLOW_STEPS_PER_SECOND, _SLOWEST_STEP_BYTES)

    async def _brake(self, count: int, direction: str) -> None:
        """Sleep as long as so many bytes take on a slow link."""
        rate = self._host.faults.bytes_per_second
        if rate is None or not count:
            return
        now = asyncio.get_running_loop().time()
        self._debts[direction] = max(self._debts[direction], now) + count / rate
        await asyncio.sleep(self._debts[direction] - now)
