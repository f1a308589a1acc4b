"""The packets of the adb protocol: six little-endian words, then a payload.

Reference: AOSP, packages/modules/adb/protocol.txt.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 0x01000001
"""From this version on nobody fills in or checks the payload's sum."""
MOST_PAYLOAD_BYTES = 1 << 20

_HEAD = struct.Struct("<6I")
_ALL_ONES = 0xFFFFFFFF


class Command(IntEnum):
    """What a packet asks for; the name as four letters, read as a number."""

    CNXN = 0x4E584E43
    AUTH = 0x48545541
    OPEN = 0x4E45504F
    OKAY = 0x59414B4F
    CLSE = 0x45534C43
    WRTE = 0x45545257


class AuthKind(IntEnum):
    """The first argument of `AUTH`."""

    TOKEN = 1
    SIGNATURE = 2
    PUBLIC_KEY = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        command: what it asks for; a number when it is none that we know.
        first: argument; in stream packets the sender's number of the stream.
        second: argument; in stream packets the receiver's number of the stream.
        payload: at most `MOST_PAYLOAD_BYTES`.
    """

    command: int
    first: int
    second: int
    payload: bytes = b""


class PacketError(Exception):
    """The other side sent what is no packet."""


def packet_head(packet: Packet, version: int) -> bytes:
    """The 24 bytes that go before a payload.

    Args:
        packet: to send.
        version: that both sides agreed on.
    """
    total = 0 if version >= VERSION else sum(packet.payload) & _ALL_ONES
    size = len(packet.payload)
    magic = packet.command ^ _ALL_ONES
    return _HEAD.pack(packet.command, packet.first, packet.second, size, total, magic)


async def read_packet(reader: asyncio.StreamReader, payload_chunk_bytes: int) -> Packet:
    """Wait for the next packet.

    Args:
        reader: of the connection.
        payload_chunk_bytes: how much of a payload is taken at once.

    Raises:
        PacketError: it is none, or larger than was agreed.
        asyncio.IncompleteReadError: the connection has ended.
    """
    command, first, second, size, _, magic = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if magic != command ^ _ALL_ONES or size > MOST_PAYLOAD_BYTES:
        raise PacketError(f"no packet: command {command:08x}, magic {magic:08x}, {size} bytes")
    chunks: list[bytes] = []
    while size:
        chunks.append(await reader.readexactly(min(size, payload_chunk_bytes)))
        size -= len(chunks[-1])
    return Packet(command, first, second, b"".join(chunks))
