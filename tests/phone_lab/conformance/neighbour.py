"""What stands beside a daemon in its network: servers that echo, and the way to Android's daemon.

`python -m tests.phone_lab.conformance.neighbour [ADBD...]` prints one line of JSON and stays until
its standard input ends. With the command of Android's adb daemon it starts that in a network of
its own, because it lets everybody in on every interface, and carries connections to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_ADBD_PORT = 15555
_START_SECONDS = 10.0
_CHUNK_BYTES = 1 << 16


def _enter_own_network() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "no network of its own can be had")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _IFF_UP, b""))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _pump(reader, writer)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        there, back = await asyncio.open_connection("127.0.0.1", _ADBD_PORT)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _wait_for_adbd() -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", _ADBD_PORT)
        except OSError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def _stay(listener: socket.socket | None) -> None:
    name = f"jejunet-echo-{os.getpid()}"
    tcp = await asyncio.start_server(_echo, "127.0.0.1", 0)
    await asyncio.start_unix_server(_echo, "\0" + name)
    said = {"tcp": tcp.sockets[0].getsockname()[1], "localabstract": name}
    if listener is not None:
        await _wait_for_adbd()
        await asyncio.start_server(_carry, sock=listener)
        said["port"] = listener.getsockname()[1]
    print(json.dumps(said), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


def main(adbd: list[str]) -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what `nohup` runs ignores it
    if not adbd:
        asyncio.run(_stay(None))
        return
    # A socket belongs to the network in which it was made, and so leads out of the new one.
    listener = socket.create_server(("127.0.0.1", 0))
    _enter_own_network()
    with subprocess.Popen(
        adbd,
        env=os.environ | {"ADBD_PORT": str(_ADBD_PORT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as daemon:
        try:
            asyncio.run(_stay(listener))
        finally:
            os.killpg(daemon.pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
