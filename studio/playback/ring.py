"""A ring of frame slots in memory that two processes share.

The GUI names the file, the playback process creates it, the GUI maps it and says so, then the
name is removed: whichever process dies first, nothing is left behind.
`multiprocessing.shared_memory` is not used because its resource tracker would unlink the memory of
a process that lives on (bpo-38119, solved only in Python 3.13).
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import output_error
from studio.targets.target import Mask
from studio.video.frame import Image

_HEADER_BYTES = 4096
_PIXEL_BYTES = 8  # picture and mask, and both once more at the size of the view
_BUDGET_BYTES = 256 * 2**20
_MOST_SLOTS = 12
_LEAST_SLOTS = 4  # shown, being decoded, being segmented, ready


def slots_for(width: int, height: int) -> int:
    """How many frames of this size to keep ready: 4 to 12, within 256 MiB if possible."""
    return max(_LEAST_SLOTS, min(_MOST_SLOTS, _BUDGET_BYTES // (width * height * _PIXEL_BYTES)))


def _places(name: str) -> list[Path]:
    folders = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108
    return [folder / name for folder in folders if folder.is_dir()]


def remove_ring(name: str) -> None:
    """Remove a ring's name, if it still has one: the process that made it may have died."""
    for path in _places(name):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


class FrameRing:
    """Slots of one picture and one mask each, and the playing position.

    Each slot has room for both once more, scaled to the view on screen: who has just written a
    picture scales it at half the cost, since it still lies in his cache.

    Args:
        path: of the mapped file.
        width: of each picture.
        height: of each picture.
        slots: number of places.
    """

    def __init__(self, path: Path, width: int, height: int, slots: int) -> None:
        self.path = path
        self.slots = slots
        self._height = height
        self._width = width
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._clock: NDArray[np.float64] = self._bytes[:8].view(np.float64)
        self._view: NDArray[np.int64] = self._bytes[8:16].view(np.int64)

    @classmethod
    def create(cls, name: str, width: int, height: int) -> FrameRing:
        """Reserve the memory, in /dev/shm where there is room, else among temporary files.

        Args:
            name: of the file; must not exist.
            width: of each picture.
            height: of each picture.

        Raises:
            OutputError: there is room nowhere.
        """
        slots = slots_for(width, height)
        size = _HEADER_BYTES + slots * width * height * _PIXEL_BYTES
        failure: OSError | None = None
        for path in _places(name):
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            except OSError as error:
                failure = error
                continue
            try:
                # Reserved, not only sized: writing to a hole on a full disk would be a SIGBUS.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, size)
                else:
                    os.ftruncate(descriptor, size)
            except OSError as error:
                failure = error
                path.unlink()
                continue
            finally:
                os.close(descriptor)
            return cls(path, width, height, slots)
        assert failure is not None  # there is always a folder for temporary files
        raise output_error(tempfile.gettempdir(), failure)

    def image(self, slot: int) -> Image:
        """The picture of a slot: a view, uint8 [H, W, 3] BGR."""
        return self._picture(slot, 0, self._width, self._height)

    def mask(self, slot: int) -> Mask:
        """The mask of a slot: a view, uint8 [H, W]."""
        return self._labels(slot, 3, self._width, self._height)

    def scaled_image(self, slot: int, width: int, height: int) -> Image:
        """The picture of a slot at another size, not larger than its own."""
        return self._picture(slot, 4, width, height)

    def scaled_mask(self, slot: int, width: int, height: int) -> Mask:
        """The mask of a slot at another size, not larger than its own."""
        return self._labels(slot, 7, width, height)

    def _picture(self, slot: int, place: int, width: int, height: int) -> Image:
        start = self._start(slot, place)
        return self._bytes[start : start + width * height * 3].reshape(height, width, 3)

    def _labels(self, slot: int, place: int, width: int, height: int) -> Mask:
        start = self._start(slot, place)
        return self._bytes[start : start + width * height].reshape(height, width)

    def _start(self, slot: int, place: int) -> int:
        """Where a part of a slot begins; `place` counts bytes for each pixel of the slot."""
        return _HEADER_BYTES + (slot * _PIXEL_BYTES + place) * self._width * self._height

    @property
    def view_size(self) -> tuple[int, int]:
        """Width and height of the view on screen; (0, 0) for none, or when frames are smaller."""
        packed = int(self._view[0])
        return packed >> 32, packed & 0xFFFFFFFF

    def set_view_size(self, width: int, height: int) -> None:
        """Ask for frames at this size from now on; larger than they are is not asked for."""
        fits = 0 < width <= self._width and 0 < height <= self._height
        # One number, so that the other process never reads half of a change.
        self._view[0] = width << 32 | height if fits else 0

    @property
    def clock_seconds(self) -> float:
        """Position of the playing clock on the current jump's timeline; -inf while it stands."""
        return float(self._clock[0])

    @clock_seconds.setter
    def clock_seconds(self, seconds: float) -> None:
        self._clock[0] = seconds

    def forget_name(self) -> None:
        """Remove the file's name; the memory lives until both sides have let go of it."""
        with contextlib.suppress(OSError):  # gone already, or Windows, where it goes at exit
            self.path.unlink()
