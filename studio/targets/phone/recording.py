"""What a live session leaves behind beside its events: pictures and masks, by sequence number.

A file of chunks, appended as they are made and readable while it grows: the magic, then for each
chunk `u32 length` (of the rest), `u8 type`, `u32 sequence`, `u16 width`, `u16 height` (of the
frame), and the data. Type 1 is a JPEG, which may be smaller than the frame; types 2 and 3 are the
phone's and the computer's mask, as runs. A torn last chunk waits for its rest.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from studio.errors import RunError, output_error
from studio.opencv import cv2
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import WireError
from studio.video.frame import Image

RECORDING_NAME = "recording.bin"
MAGIC = b"JNREC\x01\r\n"
PICTURE, PHONE_MASK, COMPUTER_MASK = 1, 2, 3

_HEAD = struct.Struct("<IBIHH")
_LENGTH_BYTES = 4
_MOST_CHUNK_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """What was kept of one frame.

    Attributes:
        sequence: of the frame.
        size: height and width of the frame.
        picture: uint8 [h, w, 3] BGR, possibly smaller than the frame; None when none was kept.
        phone_mask: uint8, at the frame's size or smaller; None when there is none.
        computer_mask: likewise.
    """

    sequence: int
    size: tuple[int, int]
    picture: Image | None
    phone_mask: NDArray[np.uint8] | None
    computer_mask: NDArray[np.uint8] | None


class RecordingWriter:
    """Appends chunks; each is flushed, so that readers see it at once.

    Args:
        path: of the file; made anew unless it is a recording already.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("ab", buffering=0)
            if self._file.tell() == 0:
                self._file.write(MAGIC)
            self._end = self._file.tell()
        except OSError as error:
            raise output_error(path, error) from error

    @property
    def size_bytes(self) -> int:
        """Written so far."""
        return self._end

    def write(self, kind: int, sequence: int, size: tuple[int, int], data: bytes) -> None:
        """Append a chunk.

        Args:
            kind: `PICTURE`, `PHONE_MASK` or `COMPUTER_MASK`.
            sequence: of the frame.
            size: height and width of the mask, or of the frame that the picture shows.
            data: JPEG or runs.

        Raises:
            OutputError: the disk is full. What was torn is taken back.
        """
        length = _HEAD.size - _LENGTH_BYTES + len(data)
        chunk = _HEAD.pack(length, kind, sequence, size[1], size[0]) + data
        try:
            written = self._file.write(chunk)
            if written != len(chunk):
                raise OSError(28, "No space left on device")
        except OSError as error:
            self._file.truncate(self._end)
            raise output_error(self._path, error) from error
        self._end += len(chunk)

    def close(self) -> None:
        """No more chunks. A second call does nothing."""
        self._file.close()


class RecordingReader:
    """Finds pictures and masks in a recording that may still grow. Not thread-safe.

    Args:
        path: of the file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._scanned = len(MAGIC)
        self._places: dict[tuple[int, int], tuple[int, int, int, int]] = {}

    def refresh(self) -> int:
        """Take in the chunks that were added.

        Returns:
            How many.

        Raises:
            RunError: the file is no recording, or damaged.
        """
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except OSError:
                return 0
        self._file.seek(0)
        magic = self._file.read(len(MAGIC))
        if magic != MAGIC[: len(magic)]:
            raise _damaged(self._path, "its beginning is that of another kind of file")
        count = 0
        end = self._file.seek(0, 2)
        while end - self._scanned >= _HEAD.size:
            self._file.seek(self._scanned)
            length, kind, sequence, width, height = _HEAD.unpack(self._file.read(_HEAD.size))
            if not _HEAD.size - _LENGTH_BYTES <= length <= _MOST_CHUNK_BYTES:
                raise _damaged(self._path, f"a chunk of {length} bytes at {self._scanned}")
            after = self._scanned + _LENGTH_BYTES + length
            if after > end:
                break
            start = self._scanned + _HEAD.size
            self._places[kind, sequence] = (start, after - start, height, width)
            self._scanned = after
            count += 1
        return count

    def __contains__(self, sequence: int) -> bool:
        return (PHONE_MASK, sequence) in self._places or (PICTURE, sequence) in self._places

    def frame(self, sequence: int) -> RecordedFrame:
        """What was kept of a frame; all None when nothing was.

        Raises:
            RunError: the file is damaged, or cannot be read.
        """
        size = (0, 0)
        for kind in (PICTURE, PHONE_MASK, COMPUTER_MASK):
            place = self._places.get((kind, sequence))
            if place is not None:
                size = place[2:]
                break
        return RecordedFrame(
            sequence=sequence,
            size=size,
            picture=self._picture(sequence),
            phone_mask=self._mask(PHONE_MASK, sequence),
            computer_mask=self._mask(COMPUTER_MASK, sequence),
        )

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _data(self, kind: int, sequence: int) -> bytes | None:
        place = self._places.get((kind, sequence))
        if place is None or self._file is None:
            return None
        try:
            self._file.seek(place[0])
            return self._file.read(place[1])
        except OSError as error:
            raise _damaged(self._path, str(error.strerror)) from error

    def _picture(self, sequence: int) -> Image | None:
        data = self._data(PICTURE, sequence)
        if data is None:
            return None
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise _damaged(self._path, f"the picture of frame {sequence} is no JPEG")
        return np.asarray(picture, np.uint8)

    def _mask(self, kind: int, sequence: int) -> NDArray[np.uint8] | None:
        data = self._data(kind, sequence)
        if data is None:
            return None
        height, width = self._places[kind, sequence][2:]
        try:
            return decode_runs(data, (height, width))
        except WireError as error:
            raise _damaged(self._path, error.message) from error


def _damaged(path: Path, what: str) -> RunError:
    return RunError(
        f"The recording {path} is damaged: {what}.",
        remedy="The measurements of the run are kept apart from it and can still be shown.",
    )
