"""Sockets on the phone: `adb forward` connects to them, `adb reverse` makes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from tests.phone_lab.device.streams import Stream, StreamClosedError
from tests.phone_lab.device.transport import Transport

SOCKET_KINDS = ("tcp", "localabstract", "local", "localfilesystem", "localreserved")
_CHUNK_BYTES = 1 << 18
_RESERVED_FOLDER = "/dev/socket/"

OnConnection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _unix_path(kind: str, name: str) -> str:
    """Where a Unix socket of some kind lies; one that begins with NUL lies in no folder."""
    if kind == "localabstract":
        return "\0" + name
    return _RESERVED_FOLDER + name if kind == "localreserved" else name


async def connect(spec: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a socket of the phone.

    Args:
        spec: such as `tcp:8000` or `localabstract:name`.

    Raises:
        OSError: nobody listens there.
    """
    kind, _, name = spec.partition(":")
    if kind == "tcp":
        return await asyncio.open_connection("127.0.0.1", int(name.split(":")[0]))
    return await asyncio.open_unix_connection(_unix_path(kind, name))


async def join(stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes both ways until one side ends."""

    async def carry_in() -> None:
        with contextlib.suppress(StreamClosedError, OSError):
            while True:
                writer.write(await stream.read())
                await writer.drain()
        # The computer has hung up: the program must see its connection end.
        writer.close()

    carrying = asyncio.ensure_future(carry_in())
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            await stream.write(chunk)
    finally:
        carrying.cancel()
        writer.close()


class Reversals:
    """The sockets that one connection made on the phone with `adb reverse`.

    Args:
        transport: the connection.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._servers: dict[str, tuple[asyncio.Server, str]] = {}
        transport.at_end.callback(self._close_all)

    async def order(self, order: str) -> bytes:
        """Carry out an order of `adb reverse`.

        Args:
            order: such as `forward:tcp:0;tcp:8000`, `list-forward` or `killforward-all`.

        Returns:
            What the computer gets to read.
        """
        if order == "list-forward":
            lines = [f"host {local} {remote}\n" for local, (_, remote) in self._servers.items()]
            return _sized("".join(lines))
        if order == "killforward-all":
            self._close_all()
            return b"OKAY"
        if order.startswith("killforward:"):
            local = order.partition(":")[2]
            if local not in self._servers:
                return b"FAIL" + _sized(f"listener '{local}' not found")
            self._servers.pop(local)[0].close()
            return b"OKAY"
        if not order.startswith("forward:"):
            return b"FAIL" + _sized(f"unknown order {order}")
        local, _, remote = order.partition(":")[2].removeprefix("norebind:").partition(";")
        if ":norebind:" in order and local in self._servers:
            return b"FAIL" + _sized(f"'{local}' is in use")
        return await self._listen(local, remote)

    async def _listen(self, local: str, remote: str) -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            stream = self._transport.new_stream()
            try:
                with contextlib.suppress(StreamClosedError, OSError):
                    await stream.open_to(remote)
                    await join(stream, reader, writer)
            finally:
                writer.close()
                await stream.close()

        kind, _, name = local.partition(":")
        if local in self._servers:
            self._servers.pop(local)[0].close()
        try:
            if kind == "tcp":
                server = await asyncio.start_server(serve, "127.0.0.1", int(name))
            else:
                server = await asyncio.start_unix_server(serve, _unix_path(kind, name))
        except OSError as error:
            return b"FAIL" + _sized(f"cannot listen on {local}: {error.strerror}")
        answer = b"OKAY"
        if local == "tcp:0":
            port = str(server.sockets[0].getsockname()[1])
            local = f"tcp:{port}"
            answer += _sized(port)
        self._servers[local] = (server, remote)
        return answer

    def _close_all(self) -> None:
        for server, _ in self._servers.values():
            server.close()
        self._servers.clear()


def _sized(text: str) -> bytes:
    """Text after its length in four hexadecimal digits."""
    raw = text.encode()
    return b"%04x" % len(raw) + raw
