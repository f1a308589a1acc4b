"""Reads pictures and masks beside the GUI thread, and keeps the latest ones."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, qRgb, qRgba

from studio.classes import voc_palette

_MOST_BYTES = 160 << 20
_MOST_WAITING = 400
_LONGEST_PIXELS = 1024
_MOST_AT_ONCE = 2
_TRY_AGAIN_SECONDS = 2.0
Palette = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MaskPicture:
    """A mask that can be painted over its image.

    Attributes:
        image: Format_Indexed8; the background is transparent.
        pixels: how many of each class that occurs.
        palette: uint8 [256, 3] RGB.
    """

    image: QImage
    pixels: dict[int, int]
    palette: Palette

    def class_at(self, x: float, y: float) -> int | None:
        """The class at a place; None outside.

        Args:
            x: 0..1 of the width.
            y: 0..1 of the height.
        """
        if not (0 <= x < 1 and 0 <= y < 1):
            return None
        width, height = self.image.width(), self.image.height()
        return self.image.pixelIndex(int(x * width), int(y * height))


Picture = QImage | MaskPicture


def read_photo(path: Path) -> QImage | None:
    """Decode a photograph, a large one smaller than it is; None when it cannot be."""
    reader = QImageReader(str(path))
    size = reader.size()
    if max(size.width(), size.height()) > _LONGEST_PIXELS:
        longest = QSize(_LONGEST_PIXELS, _LONGEST_PIXELS)
        reader.setScaledSize(size.scaled(longest, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB32)


def read_mask(path: Path) -> MaskPicture | None:
    """Decode a mask with palette or in grey; None when it cannot be."""
    image = QImage(str(path))
    if image.isNull():
        return None
    table = [] if image.isGrayscale() else image.colorTable()
    if image.format() in (QImage.Format.Format_Mono, QImage.Format.Format_MonoLSB):
        image = image.convertToFormat(QImage.Format.Format_Indexed8)
    if image.depth() != 8:
        return None
    stored = np.frombuffer(image.constBits(), np.uint8)
    indices = stored.reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    return mask_picture(np.ascontiguousarray(indices), _palette(table))


def mask_picture(indices: NDArray[np.uint8], palette: Palette) -> MaskPicture:
    """Make a mask that can be painted.

    Args:
        indices: uint8 [H, W], class indices.
        palette: uint8 [256, 3] RGB.
    """
    height, width = indices.shape
    image = QImage(indices.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    colours = [qRgb(*(int(value) for value in colour)) for colour in palette]
    colours[0] = qRgba(0, 0, 0, 0)
    image.setColorTable(colours)
    counts = np.bincount(indices.ravel(), minlength=256)
    pixels = {int(index): int(counts[index]) for index in np.flatnonzero(counts)}
    return MaskPicture(image, pixels, palette)


def _palette(table: list[int]) -> Palette:
    """A file's own colours; the usual ones where it has none."""
    palette = voc_palette()
    for index, colour in enumerate(table):
        palette[index] = (colour >> 16) & 255, (colour >> 8) & 255, colour & 255
    return palette


class _Read(QRunnable):
    """Reads one file."""

    def __init__(
        self, path: Path, read: Callable[[Path], Picture | None], tell: Callable[..., object]
    ) -> None:
        super().__init__()
        self._path, self._read, self._tell = path, read, tell

    def run(self) -> None:
        """Read, and say what came."""
        picture = self._read(self._path)
        with contextlib.suppress(RuntimeError):  # the widgets are gone, and who owned them
            self._tell(self._path, picture)


class PictureStore(QObject):
    """Hands out pictures that it has, and reads the others: what was asked for last comes first.

    Args:
        most_bytes: kept at most; the ones not asked for longest go first.
    """

    loaded = Signal(object)  # Path
    _read = Signal(object, object)  # Path, Picture or None

    def __init__(self, parent: QObject | None = None, most_bytes: int = _MOST_BYTES) -> None:
        super().__init__(parent)
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Path, Picture] = OrderedDict()
        self._bytes = 0
        self._missing: dict[Path, float] = {}
        self._waiting: OrderedDict[Path, Callable[[Path], Picture | None]] = OrderedDict()
        self._under_way: set[Path] = set()
        self._outdated: set[Path] = set()
        self._read.connect(self._on_read)

    @property
    def kept_bytes(self) -> int:
        """What the kept pictures take."""
        return self._bytes

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be read."""
        return not self._waiting and not self._under_way

    def photo(self, path: Path | None) -> QImage | None:
        """A photograph, if it has been read; otherwise `loaded` follows."""
        found = None if path is None else self._find(path, read_photo)
        return found if isinstance(found, QImage) else None

    def mask(self, path: Path | None) -> MaskPicture | None:
        """A mask, if it has been read; otherwise `loaded` follows."""
        found = None if path is None else self._find(path, read_mask)
        return found if isinstance(found, MaskPicture) else None

    def is_missing(self, path: Path | None) -> bool:
        """Whether a file was looked for in vain."""
        return path is None or path in self._missing

    def forget(self, folder: Path) -> None:
        """Read the files of a folder anew."""
        for path in [path for path in self._kept if path.parent == folder]:
            self._bytes -= _size_bytes(self._kept.pop(path))
        self._outdated |= {path for path in self._under_way if path.parent == folder}
        self._missing = {p: at for p, at in self._missing.items() if p.parent != folder}

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._waiting.clear()
        self._missing.clear()
        self._outdated |= self._under_way
        self._bytes = 0

    def _find(self, path: Path, read: Callable[[Path], Picture | None]) -> Picture | None:
        kept = self._kept.get(path)
        if kept is not None:
            self._kept.move_to_end(path)
            return kept
        missing_since = self._missing.get(path)
        is_due = missing_since is None or time.monotonic() - missing_since > _TRY_AGAIN_SECONDS
        if is_due and path not in self._under_way:
            self._waiting[path] = read
            self._waiting.move_to_end(path)
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)
            self._start_next()
        return None

    def _start_next(self) -> None:
        while self._waiting and len(self._under_way) < _MOST_AT_ONCE:
            path, read = self._waiting.popitem(last=True)
            self._under_way.add(path)
            QThreadPool.globalInstance().start(_Read(path, read, self._read.emit))

    def _on_read(self, path: Path, picture: Picture | None) -> None:
        self._under_way.discard(path)
        if path in self._outdated:
            self._outdated.discard(path)
        elif picture is None:
            self._missing[path] = time.monotonic()
        else:
            self._missing.pop(path, None)
            self._kept[path] = picture
            self._bytes += _size_bytes(picture)
            while self._bytes > self._most_bytes and len(self._kept) > 1:
                self._bytes -= _size_bytes(self._kept.popitem(last=False)[1])
        self.loaded.emit(path)
        self._start_next()


def _size_bytes(picture: Picture) -> int:
    image = picture.image if isinstance(picture, MaskPicture) else picture
    return image.sizeInBytes()
