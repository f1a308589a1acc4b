"""A teacher's logits for each image, computed once and kept on disk.

```
FOLDER/
  index.json     what the logits were made with, their size, and the images' names in order
  logits.f16     float16 [images, h, w, classes]
  checksums.u32  CRC-32 of each image's logits; 0 where they are still missing
```

An image's checksum is written after its logits, so a process killed at any moment leaves no image
that is half written: its checksum is missing or does not fit. Files are written with the system's
calls and only read through memory maps, because a full disk under a written map kills the process.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.data.samples import Sample
from studio.data.teacher_layout import TeacherLayout
from studio.errors import output_error
from studio.inference.model import LogitsGrid
from studio.video.atomic_file import write_atomically

_SCHEMA = 1
_INDEX, _LOGITS, _CHECKSUMS = "index.json", "logits.f16", "checksums.u32"


class _Index(msgspec.Struct, frozen=True):
    schema: int
    key: str
    shape: tuple[int, int, int]
    names: tuple[str, ...]


def teacher_name(sample: Sample) -> str:
    """The name of a sample's logits: the file's, its folder's, and how many bytes it has.

    Names alone may occur in another dataset or among unlabelled images, and files may be replaced
    by others of the same name.
    """
    try:
        size_bytes = sample.image.stat().st_size
    except OSError:
        size_bytes = 0  # it cannot be read either, which is told where it is read
    return f"{sample.image.parent.name}/{sample.image.name} {size_bytes}"


class TeacherCache:
    """Logits by image; see the module. Use `open_or_create`, and `close` or `with` at the end.

    Attributes:
        path: the folder.
        names: of the images, in the order of their numbers.
        shape: height, width and classes of the logits.
        layout: where the logits lie on an image.
    """

    def __init__(self, path: Path, index: _Index, layout: TeacherLayout) -> None:
        self.path = path
        self.names = index.names
        self.shape = index.shape
        self.layout = layout
        self._numbers = {name: number for number, name in enumerate(index.names)}
        self._entry_bytes = int(np.prod(index.shape)) * 2
        self._logits_file: BinaryIO | None = None
        self._checksums_file: BinaryIO | None = None
        self._map: NDArray[np.float16] | None = None
        self._done = np.zeros(len(index.names), bool)

    @classmethod
    def open_or_create(
        cls,
        path: Path,
        key: str,
        names: tuple[str, ...],
        shape: tuple[int, int, int],
        *,
        input_size: tuple[int, int],
        grid: LogitsGrid,
    ) -> TeacherCache:
        """Open the cache for a teacher; what was made with another key is thrown away.

        Names that are new are added, and what is there already stays.

        Args:
            path: the folder.
            key: says what the logits are made with: the teacher's hash, its sizes, the flip.
            names: of the images, see `teacher_name`.
            shape: height, width and classes of the logits of an image.
            input_size: height and width of the input into which images are letterboxed.
            grid: where the logits lie on that input.

        Raises:
            OutputError: it cannot be written.
        """
        whole_key = f"{key} input {input_size[0]}x{input_size[1]} {grid}"
        known = _read_index(path)
        try:
            if known is None or (known.key, known.shape) != (whole_key, shape):
                known = None
                for name in (_INDEX, _LOGITS, _CHECKSUMS):
                    (path / name).unlink(missing_ok=True)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(path, error) from error
        kept = known.names if known else ()
        added = tuple(name for name in dict.fromkeys(names) if name not in set(kept))
        index = _Index(_SCHEMA, whole_key, shape, kept + added)
        if added or known is None:
            write_atomically(path / _INDEX, msgspec.json.encode(index))
        cache = cls(path, index, TeacherLayout(input_size, grid))
        cache._open()
        return cache

    def missing(self) -> tuple[int, ...]:
        """Numbers of the images whose logits are not there yet."""
        return tuple(int(number) for number in np.flatnonzero(~self._done))

    def write(self, number: int, logits: NDArray[np.floating[Any]]) -> None:
        """Keep an image's logits.

        Args:
            number: of the image.
            logits: [h, w, classes]; values beyond float16's range are cut off.

        Raises:
            OutputError: the disk is full or the like; what was written before stays.
        """
        if logits.shape != self.shape:
            raise ValueError(f"Expected logits {self.shape}. Received instead: {logits.shape}.")
        assert self._logits_file is not None
        assert self._checksums_file is not None
        limit = float(np.finfo(np.float16).max)
        content = logits.clip(-limit, limit).astype("<f2").tobytes()
        checksum = (zlib.crc32(content) or 1).to_bytes(4, "little")
        try:
            _write_at(self._logits_file, content, number * self._entry_bytes)
            _write_at(self._checksums_file, checksum, number * 4)
        except OSError as error:
            raise output_error(self.path, error) from error
        self._done[number] = True

    def find(self, name: str) -> NDArray[np.float16] | None:
        """An image's logits, float16 [h, w, classes]; None when they are not there."""
        number = self._numbers.get(name)
        if number is None or not self._done[number]:
            return None
        return self.read(number)

    def read(self, number: int) -> NDArray[np.float16]:
        """The logits of an image that is not missing, float16 [h, w, classes]."""
        if self._map is None:
            file = self.path / _LOGITS
            self._map = np.memmap(file, "<f2", "r", shape=(len(self.names), *self.shape))
        logits: NDArray[np.float16] = self._map[number]
        return logits

    def close(self) -> None:
        """Let go of the files. A second call does nothing."""
        self._map = None
        for file in (self._logits_file, self._checksums_file):
            if file is not None:
                file.close()

    def __enter__(self) -> TeacherCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        """Open both files at their full size and check what is there."""
        try:
            self._logits_file = _open_at_size(
                self.path / _LOGITS, len(self.names) * self._entry_bytes
            )
            self._checksums_file = _open_at_size(self.path / _CHECKSUMS, len(self.names) * 4)
            checksums = np.frombuffer(self._checksums_file.read(), "<u4")
        except OSError as error:
            self.close()
            raise output_error(self.path, error) from error
        for number in np.flatnonzero(checksums):
            content = np.ascontiguousarray(self.read(int(number)))
            self._done[number] = (zlib.crc32(content.data) or 1) == checksums[number]


def _read_index(path: Path) -> _Index | None:
    """What is there; None when nothing is, or nothing that can be used."""
    try:
        index = msgspec.json.decode((path / _INDEX).read_bytes(), type=_Index)
    except (OSError, msgspec.MsgspecError):  # what cannot be written either says so in a moment
        return None
    return index if index.schema == _SCHEMA else None


def _open_at_size(path: Path, size_bytes: int) -> BinaryIO:
    """Open a file to read and write, made longer by zeros if needed, without a buffer."""
    path.touch()
    file: BinaryIO = path.open("r+b", buffering=0)
    if os.fstat(file.fileno()).st_size < size_bytes:
        file.truncate(size_bytes)
    return file


def _write_at(file: BinaryIO, content: bytes, offset: int) -> None:
    file.seek(offset)
    while content:
        content = content[file.write(content) :]  # a nearly full disk takes a part
