"""The phone's adb daemon: its port, its cable to an adb server, its services."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import sys
from dataclasses import dataclass, replace
from typing import Any

from tests.phone_lab.device.control import done, failed
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.device.shell import ShellSession, hang
from tests.phone_lab.device.sockets import SOCKET_KINDS, Reversals, connect, join
from tests.phone_lab.device.streams import Stream
from tests.phone_lab.device.sync import SyncSession
from tests.phone_lab.device.transport import Transport

_ASK_SERVER_SECONDS = 0.25
_CONNECT_SECONDS = 15.0
_BUFFER_BYTES = 1 << 21
_BACKLOG = 8


@dataclass(frozen=True)
class Identity:
    """What the daemon says of its phone, and where it is found.

    Attributes:
        port: on loopback that it listens on.
        server_port: of the adb server to which the cable leads.
        banner: in adb's own form.
        environment: of the programs started by `adb shell`, on top of Android's.
    """

    port: int
    server_port: int
    banner: str
    environment: dict[str, str]


class Adbd:
    """The daemon.

    Args:
        identity: of its phone.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._transports: set[Transport] = set()
        self._reversals: dict[Transport, Reversals] = {}
        self._server: asyncio.Server | None = None
        self._pushed_bytes = 0
        self._is_plugged = False
        self.faults = Faults()
        self.banner = identity.banner

    async def order(self, order: dict[str, Any]) -> Any:
        """Carry out an order of the test."""
        do = order.pop("do")
        if do == "plug":
            await self.plug()
        elif do == "unplug":
            await self.unplug()
        elif do == "faults":
            await self._set_faults(Faults(**order))
        elif do == "is-plugged":
            return self._is_plugged
        else:
            raise ValueError(f"unknown order {do}")
        return None

    async def plug(self) -> None:
        """Put the cable in. Does nothing when it is."""
        if not self._is_plugged:
            limit = self.faults.unplug_after_bytes
            if limit is not None and self._pushed_bytes >= limit:
                self.faults = replace(self.faults, unplug_after_bytes=None)
            self._is_plugged = True
            await self._listen()

    async def unplug(self) -> None:
        """Pull the cable: the adb server sees the phone vanish."""
        self._is_plugged = False
        self._cut()
        await self._tell_server("disconnect")

    async def keep_connected(self) -> None:
        """Show the phone to the adb server whenever the cable is in, as USB does by itself."""
        while True:
            wanted = self._is_plugged and not self.faults.offline
            if wanted and not self._transports:
                await self._tell_server("connect")
            await asyncio.sleep(_ASK_SERVER_SECONDS)

    async def _set_faults(self, faults: Faults) -> None:
        before, self.faults = self.faults, faults
        self._pushed_bytes = 0
        if not self._is_plugged:
            return
        if faults.offline and not before.offline:
            self._cut()
        elif before.offline and not faults.offline:
            await self._tell_server("disconnect")
            await self._listen()
        elif faults.unauthorized and not before.unauthorized:
            self._cut()
            await self._tell_server("disconnect")
            await self._listen()
        elif before.unauthorized and not faults.unauthorized:
            for transport in self._transports:
                await transport.allow()

    async def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self._identity.port), backlog=_BACKLOG)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=_BUFFER_BYTES)

    def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for transport in list(self._transports):
            transport.cut()
        self._transports.clear()

    async def _tell_server(self, what: str) -> None:
        """Tell the adb server that the phone is here or gone; nobody needs to be there."""
        message = f"host:{what}:127.0.0.1:{self._identity.port}".encode()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._identity.server_port)
            try:
                writer.write(b"%04x" % len(message) + message)
                await asyncio.wait_for(reader.read(), _CONNECT_SECONDS)
            finally:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = Transport(self, self._serve_stream, reader, writer)
        self._transports.add(transport)
        self._reversals[transport] = Reversals(transport)
        try:
            await transport.run()
        finally:
            self._transports.discard(transport)
            del self._reversals[transport]

    async def _serve_stream(self, transport: Transport, stream: Stream, service: str) -> None:
        name, _, rest = service.partition(":")
        kind, *options = name.split(",")
        if kind in ("shell", "exec"):
            await stream.accept()
            if self._hangs(rest):
                await hang(stream)
                return
            await ShellSession(
                stream,
                rest,
                has_parts="v2" in options,
                has_terminal="pty" in options or (kind == "shell" and not rest and not options),
                extra_environment=self._identity.environment,
            ).run()
        elif kind == "sync":
            await stream.accept()
            await SyncSession(stream, self._count_pushed).run()
        elif kind in SOCKET_KINDS:
            reader, writer = await connect(service)
            await stream.accept()
            await join(stream, reader, writer)
        elif kind == "reverse":
            await stream.accept()
            await stream.write(await self._reversals[transport].order(rest))
        elif kind in ("root", "remount"):
            await stream.accept()
            await stream.write(b"adbd cannot run as root in production builds\n")

    def _hangs(self, command: str) -> bool:
        pattern = self.faults.hang_shell_on
        return pattern is not None and re.search(pattern, command) is not None

    async def _count_pushed(self, count: int) -> int:
        """Pull the cable where the test wants it pulled."""
        limit = self.faults.unplug_after_bytes
        if limit is None:
            return count
        allowed = max(0, min(count, limit - self._pushed_bytes))
        self._pushed_bytes += count
        if self._pushed_bytes >= limit and self._is_plugged:
            # Later, so that the bytes before still reach the file.
            pulling = asyncio.ensure_future(self.unplug())
            pulling.add_done_callback(lambda task: task.exception())
        return allowed


async def _obey(adbd: Adbd, line: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=line)
    writer.write(done("ready"))
    while order := await reader.readline():
        try:
            answer = done(await adbd.order(json.loads(order)))
        except Exception as error:  # noqa: BLE001 - told to the test, which raises it
            answer = failed(error)
        writer.write(answer)
        await writer.drain()


async def _main(identity: Identity, line: socket.socket) -> None:
    adbd = Adbd(identity)
    showing = asyncio.ensure_future(adbd.keep_connected())
    await _obey(adbd, line)
    showing.cancel()


def run_adbd(identity: Identity, line: socket.socket) -> None:
    """Run the daemon until the test hangs up.

    Args:
        identity: of the phone.
        line: to the test.
    """
    if sys.version_info < (3, 12):
        # The other watchers wait for each child in a thread of its own.
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
    asyncio.run(_main(identity, line))
