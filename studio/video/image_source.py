"""A folder of images, played as a video."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from studio.errors import VideoError
from studio.opencv import cv2
from studio.video.frame import Frame, Image, VideoInfo
from studio.video.out_buffer import picture_buffer

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})

DEFAULT_FRAMES_PER_SECOND = 25.0


class ImageSource:
    """The images of a folder in natural order (`2.png` before `10.png`), or one image.

    The first image sets the size. Others are fitted into it, with black bars where the shape
    differs; the first time that happens, `info` gains a warning.

    Args:
        path: the folder or the image.
        frames_per_second: how fast they are played.

    Raises:
        VideoError: there is no image, or the first one cannot be read.
    """

    def __init__(self, path: Path, frames_per_second: float = DEFAULT_FRAMES_PER_SECOND) -> None:
        self._paths = _image_paths(path)
        first = _read_image(self._paths[0])
        self._height, self._width = first.shape[:2]
        count = len(self._paths)
        self._times_seconds = np.arange(count) / frames_per_second
        self._next = 0
        self._is_closed = False
        self._info = VideoInfo(
            location=str(path),
            kind="images",
            width=self._width,
            height=self._height,
            frame_count=count,
            frames_per_second=frames_per_second,
            duration_seconds=count / frames_per_second,
            codec=self._paths[0].suffix[1:].lower(),
        )

    @property
    def info(self) -> VideoInfo:
        """What is known of it."""
        return self._info

    @property
    def times_seconds(self) -> NDArray[np.float64]:
        """Presentation time of each frame, float64 [frame_count]."""
        return self._times_seconds

    def read(self, out: Image | None = None) -> Frame | None:
        """Read the next image; see `VideoSource.read`."""
        index = self._next
        if self._is_closed or index >= len(self._paths):
            return None
        started = time.perf_counter()
        image = picture_buffer(out, self._width, self._height)
        stored = _read_image(self._paths[index])
        if stored.shape == image.shape:
            np.copyto(image, stored)
        else:
            self._warn_of_sizes(self._paths[index], stored)
            _fit(stored, image)
        self._next = index + 1
        millis = (time.perf_counter() - started) * 1000
        return Frame(index, float(self._times_seconds[index]), image, millis)

    def skip(self) -> bool:
        """Pass over the next image without reading it."""
        if self._is_closed or self._next >= len(self._paths):
            return False
        self._next += 1
        return True

    def seek(self, index: int) -> None:
        """Make `read` return exactly image `index` next (clamped to the valid range)."""
        self._next = min(max(index, 0), len(self._paths) - 1)

    def close(self) -> None:
        """Stop. A second call does nothing."""
        self._is_closed = True

    def _warn_of_sizes(self, path: Path, stored: Image) -> None:
        if not self._info.warnings:
            height, width = stored.shape[:2]
            warning = (
                f"The images differ in size: {path.name} has {width}x{height} pixels, the first "
                f"one {self._width}x{self._height}. All are fitted into the size of the first."
            )
            self._info = replace(self._info, warnings=(warning,))


def _image_paths(path: Path) -> list[Path]:
    if not path.is_dir():
        if not path.exists():
            raise VideoError(f"There is no file {path}.", remedy="Check the path.")
        return [path]
    try:
        paths = [
            entry
            for entry in path.iterdir()
            if entry.suffix.lower() in IMAGE_SUFFIXES and not entry.name.startswith(".")
        ]
    except OSError as error:
        raise VideoError(f"Could not read the folder {path}.", details=repr(error)) from error
    if not paths:
        raise VideoError(
            f"Expected a folder of images, but {path} holds none.",
            remedy=f"Images end with {', '.join(sorted(IMAGE_SUFFIXES))}.",
        )
    return sorted(paths, key=natural_key)


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that reads runs of digits as numbers.

    Returns:
        One entry for each run of digits, (0, number, ""), or of other characters, (1, 0, text).
    """
    parts = re.findall(r"\d+|\D+", path.name.lower())
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
    return [*key, (1, 0, path.name)]  # `01.png` and `1.png` stay in a fixed order


def _read_image(path: Path) -> Image:
    """Decode an image upright (its EXIF orientation counts).

    Returns:
        uint8 [H, W, 3] BGR.
    """
    try:
        # cv2.imread takes no names with foreign letters on Windows.
        content = np.fromfile(path, np.uint8)
    except FileNotFoundError as error:
        raise VideoError(
            f"{path} is gone: it was moved or deleted.", remedy="Bring it back and open it again."
        ) from error
    except OSError as error:
        raise VideoError(f"Could not read {path}.", details=repr(error)) from error
    try:
        image = cast("Image | None", cv2.imdecode(content, cv2.IMREAD_COLOR))
    except cv2.error as error:
        raise _broken_image(path, repr(error)) from error
    if image is None:
        raise _broken_image(path, "")
    return image


def _broken_image(path: Path, details: str) -> VideoError:
    return VideoError(
        f"Expected an image, but {path.name} is none that can be read.",
        remedy="Remove it or save it again as PNG or JPEG.",
        details=details,
    )


def _fit(stored: Image, out: Image) -> None:
    """Scale a picture into a buffer of another shape, centred on black."""
    height, width = out.shape[:2]
    scale = min(width / stored.shape[1], height / stored.shape[0])
    inner_width = min(width, max(1, round(stored.shape[1] * scale)))
    inner_height = min(height, max(1, round(stored.shape[0] * scale)))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[:] = 0
    out[top : top + inner_height, left : left + inner_width] = cv2.resize(
        stored, (inner_width, inner_height), interpolation=method
    )
