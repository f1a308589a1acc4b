"""The few things about PNG files that OpenCV does not tell."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
_HEADER = struct.Struct(">IIBBBBB")


@dataclass(frozen=True, slots=True)
class PngHeader:
    """What the first chunk says.

    Attributes:
        bit_depth: 1, 2, 4, 8 or 16, of each channel or index.
        colour_type: `GREY`, `RGB`, `PALETTE`, `GREY_ALPHA` or `RGB_ALPHA`.
    """

    bit_depth: int
    colour_type: int


def is_png(content: bytes) -> bool:
    """Whether a file's content begins as a PNG does."""
    return content.startswith(SIGNATURE)


def read_header(content: bytes) -> PngHeader | None:
    """Read what kind of PNG it is; None when there is no header."""
    for kind, data in _chunks(content):
        if kind != b"IHDR" or len(data) != _HEADER.size:
            return None
        _, _, bit_depth, colour_type, *_ = _HEADER.unpack(data)
        return PngHeader(bit_depth, colour_type)
    return None


def fault(content: bytes) -> str:
    """Find what is wrong with a PNG's chunks.

    OpenCV draws what it can of a damaged file and says nothing.

    Returns:
        In words; empty when all chunks are there and their checksums fit.
    """
    kind = b""
    position = len(SIGNATURE)
    for kind, data in _chunks(content):
        position += 12 + len(data)
        checksum = int.from_bytes(content[position - 4 : position], "big")
        if zlib.crc32(data, zlib.crc32(kind)) != checksum:
            return "its data is damaged"
    return "" if kind == b"IEND" else "it is cut off"


def as_grey(content: bytes) -> bytes:
    """Turn a palette PNG into a grey one whose values are the indices.

    OpenCV always replaces indices by colours. The pixel data of both kinds is the same, so it is
    enough to change the type and to leave the palette out.

    Reference: W3C, Portable Network Graphics Specification, section 11.2.2.
    """
    parts = [SIGNATURE]
    for kind, data in _chunks(content):
        if kind == b"IHDR":
            data = data[:9] + bytes([GREY]) + data[10:]
        if kind in (b"IHDR", b"IDAT", b"IEND"):
            checksum = zlib.crc32(data, zlib.crc32(kind))
            parts += [struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)]
    return b"".join(parts)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each complete chunk."""
    position = len(SIGNATURE)
    while position + 12 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        end = position + 8 + size
        if end + 4 > len(content):
            return
        kind = content[position + 4 : position + 8]
        yield kind, content[position + 8 : end]
        if kind == b"IEND":
            return
        position = end + 4
