"""Masks as palette PNGs: the pixel values are class indices, the palette only colours them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.video.atomic_file import write_atomically

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE_PALETTE = 3
_FILTER_UP = 2


def write_mask_png(path: Path, mask: NDArray[np.uint8], palette: NDArray[np.uint8]) -> None:
    """Write a mask as PASCAL VOC has them; the file appears complete or not at all.

    OpenCV cannot write palette PNGs. Rows are stored as differences from the row above, mostly
    zeros in a mask, which a fast run-length deflate then packs well.

    Args:
        path: where to write to.
        mask: uint8 [H, W] class indices.
        palette: uint8 [up to 256, 3] RGB, one colour for each index that occurs.

    Raises:
        OutputError: it cannot be written.
        ValueError: the mask or the palette is malformed.
    """
    content = encode_mask_png(mask, palette)
    # A sync for each of thousands of masks would take minutes.
    write_atomically(path, content, is_synced=False)


def encode_mask_png(mask: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Encode a mask; see `write_mask_png`.

    Reference:
        W3C, Portable Network Graphics Specification, sections 9 to 11.
    """
    if mask.ndim != 2 or mask.dtype != np.uint8 or not mask.size:
        raise ValueError(
            f"Expected a uint8 mask [H, W]. Received instead: {mask.dtype} {mask.shape}."
        )
    if palette.ndim != 2 or palette.shape[1] != 3 or not 1 <= len(palette) <= 256:
        raise ValueError(f"Expected a palette [up to 256, 3]. Received instead: {palette.shape}.")
    if int(mask.max()) >= len(palette):
        raise ValueError(f"Index {int(mask.max())} has no colour among {len(palette)}.")
    height, width = mask.shape
    rows = np.empty((height, 1 + width), np.uint8)
    rows[:, 0] = _FILTER_UP
    rows[0, 1:] = mask[0]
    np.subtract(mask[1:], mask[:-1], out=rows[1:, 1:])
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    packed = packer.compress(rows.data) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE_PALETTE, 0, 0, 0)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", np.ascontiguousarray(palette, np.uint8).tobytes()),
            _chunk(b"IDAT", packed),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
