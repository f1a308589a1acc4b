"""The service `sync:`: files to the phone, from it, and what lies there.

Reference: AOSP, packages/modules/adb/file_sync_protocol.h and daemon/file_sync_service.cpp.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath
from typing import BinaryIO

from tests.phone_lab.device.streams import Stream

_REQUEST = struct.Struct("<4sI")
_STAT_1 = struct.Struct("<4sIII")
_STAT_2 = struct.Struct("<4sIQQIIIIQqqq")
_ENTRY_1 = struct.Struct("<4sIIII")
_NAME_LENGTH = struct.Struct("<I")
_CHUNK_BYTES = 1 << 16
_CHUNKS_AT_ONCE = 15
_MOST_SIZE_1 = 0xFFFFFFFF
_LIST_1_END = b"DONE" + bytes(16)
_LIST_2_END = b"DONE" + bytes(72)

OnPushed = Callable[[int], Awaitable[int]]
"""Told how many bytes are to be written, answers how many may still be."""


class SyncSession:
    """One conversation on one stream.

    Args:
        stream: to the computer.
        on_pushed: asked before each piece of a file is written.
    """

    def __init__(self, stream: Stream, on_pushed: OnPushed) -> None:
        self._stream = stream
        self._on_pushed = on_pushed

    async def run(self) -> None:
        """Serve until the computer says that it is done."""
        while True:
            kind, size = _REQUEST.unpack(await self._stream.read_exactly(_REQUEST.size))
            if kind == b"QUIT":
                return
            path = os.fsdecode(await self._stream.read_exactly(size))
            if kind == b"STAT":
                await self._stream.write(_STAT_1.pack(kind, *_stat_1(_lstat(path)[0])))
            elif kind in (b"STA2", b"LST2"):
                found = _lstat(path) if kind == b"LST2" else _stat(path)
                await self._stream.write(_STAT_2.pack(kind, *_stat_2(*found)))
            elif kind in (b"LIST", b"LIS2"):
                await self._list(path, is_second=kind == b"LIS2")
            elif kind == b"SEND":
                await self._receive(path)
            elif kind == b"RECV":
                await self._send(path)
            else:
                await self._fail(f"unknown command {kind!r}")
                return

    async def _list(self, path: str, *, is_second: bool) -> None:
        out: list[bytes] = []
        with contextlib.suppress(OSError):
            for name in [".", "..", *os.listdir(path)]:  # noqa: PTH208
                found, error = _lstat(str(PurePosixPath(path) / name))
                raw = os.fsencode(name)
                if is_second:
                    out.append(_STAT_2.pack(b"DNT2", *_stat_2(found, error)))
                    out.append(_NAME_LENGTH.pack(len(raw)) + raw)
                elif found is not None:
                    out.append(_ENTRY_1.pack(b"DENT", *_stat_1(found), len(raw)) + raw)
        out.append(_LIST_2_END if is_second else _LIST_1_END)
        await self._stream.write(b"".join(out))

    async def _send(self, path: str) -> None:
        try:
            file = open(path, "rb")  # noqa: PTH123, SIM115
        except OSError as error:
            await self._fail(f"open failed: {error.strerror}")
            return
        with file:
            try:
                while data := file.read(_CHUNK_BYTES * _CHUNKS_AT_ONCE):
                    pieces = [
                        data[start : start + _CHUNK_BYTES]
                        for start in range(0, len(data), _CHUNK_BYTES)
                    ]
                    out = [_REQUEST.pack(b"DATA", len(piece)) + piece for piece in pieces]
                    await self._stream.write(b"".join(out))
            except OSError as error:
                await self._fail(f"read failed: {error.strerror}")
                return
        await self._stream.write(_REQUEST.pack(b"DONE", 0))

    async def _receive(self, target: str) -> None:
        """Take a file. What goes wrong is told at its end, because the computer sends on."""
        path, _, mode_text = target.rpartition(",")
        mode = int(mode_text)
        file: BinaryIO | None = None
        link = b""
        trouble = ""
        try:
            os.makedirs(os.path.dirname(path) or "/", mode=0o775, exist_ok=True)  # noqa: PTH103, PTH120
        except OSError as error:
            trouble = f"secure_mkdirs failed: {error.strerror}"
        if not trouble and not stat.S_ISLNK(mode):
            try:
                if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112
                    os.unlink(path)  # noqa: PTH108
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                file = os.fdopen(descriptor, "wb", buffering=0)
            except OSError as error:
                trouble = f"couldn't create file: {error.strerror}"
        with contextlib.ExitStack() as closing:
            if file is not None:
                closing.enter_context(file)
            while True:
                kind, size = _REQUEST.unpack(await self._stream.read_exactly(_REQUEST.size))
                if kind == b"DONE":
                    modified = size
                    break
                if kind != b"DATA":
                    await self._fail(f"invalid data message: expected DATA, got {kind!r}")
                    return
                data = await self._stream.read_exactly(size)
                allowed = await self._on_pushed(len(data))
                if file is None:
                    link += data
                elif not trouble:
                    try:
                        _write_all(file, data[:allowed])
                    except OSError as error:
                        trouble = f"write failed: {error.strerror}"
        if file is None and not trouble:
            try:
                os.symlink(link, path)  # noqa: PTH211
            except OSError as error:
                trouble = f"couldn't create symlink: {error.strerror}"
        if trouble:
            if file is not None:
                with contextlib.suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
            await self._fail(trouble)
            return
        if file is not None:
            os.chmod(path, _for_everybody(mode))  # noqa: PTH101
            os.utime(path, (modified, modified))
        await self._stream.write(_REQUEST.pack(b"OKAY", 0))

    async def _fail(self, why: str) -> None:
        message = why.encode()
        await self._stream.write(_REQUEST.pack(b"FAIL", len(message)) + message)


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _for_everybody(mode: int) -> int:
    """Permissions of a pushed file: what its owner may, its group and all others may too."""
    mode &= 0o777
    mode |= mode >> 3 & 0o070
    return mode | mode >> 3 & 0o007


def _stat(path: str) -> tuple[os.stat_result | None, int]:
    try:
        return os.stat(path), 0  # noqa: PTH116
    except OSError as error:
        return None, error.errno or 0


def _lstat(path: str) -> tuple[os.stat_result | None, int]:
    try:
        return os.lstat(path), 0
    except OSError as error:
        return None, error.errno or 0


def _stat_1(found: os.stat_result | None) -> tuple[int, int, int]:
    if found is None:
        return 0, 0, 0
    return found.st_mode, min(found.st_size, _MOST_SIZE_1), int(found.st_mtime)


def _stat_2(found: os.stat_result | None, error: int) -> tuple[int, ...]:
    if found is None:
        return (error, *([0] * 10))
    identity = (found.st_dev, found.st_ino, found.st_mode, found.st_nlink)
    owner = (found.st_uid, found.st_gid, found.st_size)
    times = (int(found.st_atime), int(found.st_mtime), int(found.st_ctime))
    return (0, *identity, *owner, *times)
