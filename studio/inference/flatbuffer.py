"""Reads FlatBuffers tables without generated code, every access checked against the file's end.

The generated schema lies in packages that load native libraries; the window must not load them,
and a damaged file must give an error in words instead of garbage. So this reads the few fields
that the studio needs by their number in the schema.

Reference:
    https://flatbuffers.dev/internals/ and tensorflow/compiler/mlir/lite/schema/schema.fbs.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DamagedBufferError(ValueError):
    """An offset or a length in the file points outside it."""


class Table:
    """One table inside a FlatBuffers buffer.

    Args:
        data: the whole buffer.
        position: byte offset of the table.

    Raises:
        DamagedBufferError: the table or its vtable does not lie inside the buffer.
    """

    def __init__(self, data: memoryview, position: int) -> None:
        self._data = data
        self._position = position
        self._vtable = position - self._unpack("<i", position)
        self._vtable_bytes = self._unpack("<H", self._vtable)

    @classmethod
    def root(cls, buffer: bytes | memoryview) -> Table:
        """The root table of a buffer."""
        data = memoryview(buffer).cast("B")
        if len(data) < 8:
            raise DamagedBufferError(f"a FlatBuffers file has 8 bytes at least, this {len(data)}")
        return cls(data, struct.unpack_from("<I", data, 0)[0])

    def integer(self, number: int, code: str, default: int = 0) -> int:
        """A scalar field.

        Args:
            number: of the field in the schema.
            code: its type as `struct` has it (`b` int8, `B` uint8 or bool, `i`, `I`, `Q`, ...).
            default: what an absent field means.
        """
        at = self._field(number)
        return default if at is None else int(self._unpack("<" + code, at))

    def text(self, number: int) -> str:
        """A string field; empty when absent."""
        at = self._field(number)
        if at is None:
            return ""
        start, length = self._vector_at(at, 1)
        return bytes(self._data[start : start + length]).decode("utf-8", "replace")

    def array(self, number: int, dtype: str) -> NDArray[Any]:
        """A vector of scalars, as a view; empty when absent."""
        at = self._field(number)
        if at is None:
            return np.empty(0, dtype)
        item = np.dtype(dtype)
        start, length = self._vector_at(at, item.itemsize)
        return np.frombuffer(self._data, item, length, start)

    def table(self, number: int) -> Table | None:
        """A table field; None when absent."""
        at = self._field(number)
        return None if at is None else Table(self._data, at + self._unpack("<I", at))

    def tables(self, number: int) -> list[Table]:
        """A vector of tables; empty when absent."""
        at = self._field(number)
        if at is None:
            return []
        start, length = self._vector_at(at, 4)
        entries = (start + 4 * index for index in range(length))
        return [Table(self._data, entry + self._unpack("<I", entry)) for entry in entries]

    def entries(self, number: int) -> list[int]:
        """Byte offsets of the entries of a vector of tables; empty when absent."""
        start, length = self.span(number, 4)
        return [start + 4 * index for index in range(length)]

    def span(self, number: int, item_bytes: int) -> tuple[int, int]:
        """Where a vector lies: byte offset of its first item, and how many; (0, 0) when absent."""
        at = self._field(number)
        return (0, 0) if at is None else self._vector_at(at, item_bytes)

    def place(self, number: int) -> int | None:
        """Byte offset of a scalar field; None when it is absent, which means its default."""
        return self._field(number)

    @property
    def position(self) -> int:
        """Byte offset of the table."""
        return self._position

    def _field(self, number: int) -> int | None:
        slot = 4 + 2 * number
        if slot + 2 > self._vtable_bytes:
            return None
        offset = self._unpack("<H", self._vtable + slot)
        return self._position + offset if offset else None

    def _vector_at(self, at: int, item_bytes: int) -> tuple[int, int]:
        start = at + self._unpack("<I", at)
        length = self._unpack("<I", start)
        if start + 4 + length * item_bytes > len(self._data):
            raise DamagedBufferError(f"{length} items at byte {start} reach past the file's end")
        return start + 4, length

    def _unpack(self, code: str, at: int) -> Any:
        if at < 0 or at + struct.calcsize(code) > len(self._data):
            raise DamagedBufferError(f"an offset points to byte {at} of {len(self._data)}")
        return struct.unpack_from(code, self._data, at)[0]
