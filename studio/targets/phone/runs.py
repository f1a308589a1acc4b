"""Masks as runs: a label and how often it follows, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.targets.phone.wire import WireError

_LONGEST_NUMBER = 10


def encode_runs(mask: NDArray[np.uint8]) -> bytes:
    """Write a mask as runs.

    Args:
        mask: uint8 [H, W].

    Returns:
        A label and an unsigned LEB128 number for each run.
    """
    flat = np.ascontiguousarray(mask).reshape(-1)
    if not flat.size:
        return b""
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(np.concatenate((starts, [flat.size])))
    out = bytearray()
    for label, length in zip(flat[starts].tolist(), lengths.tolist(), strict=True):
        out.append(label)
        rest = length
        while rest >= 0x80:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def decode_runs(runs: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read a mask.

    Args:
        runs: as `encode_runs` writes them.
        size: height and width.

    Returns:
        uint8 [H, W].

    Raises:
        WireError: the runs do not cover the mask exactly.
    """
    labels: list[int] = []
    lengths: list[int] = []
    at = 0
    while at < len(runs):
        labels.append(runs[at])
        at += 1
        length = shift = 0
        while True:
            if at >= len(runs) or shift >= 7 * _LONGEST_NUMBER:
                raise _damaged("a run without its length")
            byte = runs[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    pixels = size[0] * size[1]
    if sum(lengths) != pixels or 0 in lengths:
        raise _damaged(f"runs of {sum(lengths)} pixels instead of {pixels}")
    return np.repeat(np.array(labels, np.uint8), lengths).reshape(size)


def _damaged(what: str) -> WireError:
    return WireError(f"A mask from the phone is damaged: {what}.", remedy="Deploy again.")
