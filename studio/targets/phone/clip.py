"""A clip for the phone: frame messages in a file, pushed ahead so that the cable plays no part."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import InputError, output_error
from studio.targets.phone.pictures import SentPicture, pack
from studio.targets.phone.wire import RESTART, FrameMessage, header
from studio.video.frame import VideoSource

MOST_BYTES = 512 << 20
_MOST_CAMERA_FRAMES = 300
_LEAST_LEFT_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """A frame in a clip.

    Attributes:
        index: of the frame in the video.
        time_seconds: presentation time.
        offset: of the picture in the file.
        length: of the picture in the file.
        size: height and width.
    """

    index: int
    time_seconds: float
    offset: int
    length: int
    size: tuple[int, int]


class Clip:
    """A clip that was made.

    Args:
        path: of the file.
        entries: its frames.
        encoding: of its pictures, `bgr` or `jpeg`.
        sha256: of the file, in hexadecimal digits.
    """

    def __init__(
        self, path: Path, entries: tuple[ClipEntry, ...], encoding: str, sha256: str
    ) -> None:
        self.path = path
        self.entries = entries
        self.encoding = encoding
        self.sha256 = sha256
        self._data = np.memmap(path, np.uint8, mode="r")

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return len(self._data)

    def picture(self, entry: ClipEntry) -> SentPicture:
        """The picture of a frame, as the phone has it."""
        data = np.asarray(self._data[entry.offset : entry.offset + entry.length])
        if self.encoding == "bgr":
            image = data.reshape(*entry.size, 3)
            return SentPicture("bgr", image.data, entry.size, image)
        return SentPicture("jpeg", data.data, entry.size, None)


def make_clip(
    path: Path,
    source: VideoSource,
    fit: Callable[[tuple[int, int]], tuple[int, int]],
    encoding: str,
    start: int,
    end: int | None,
    on_progress: Callable[[int, int | None], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Clip | None:
    """Write a range of a video as frame messages.

    Args:
        path: of the file to write.
        source: the video.
        fit: how a frame lies on the network's input.
        encoding: `bgr`, `jpeg`, or `auto`: pixels if they are few enough.
        start: first frame.
        end: last frame, included; None for the end.
        on_progress: hears frames done and in all.
        should_stop: asked for every frame.

    Returns:
        The clip; None when it was stopped.

    Raises:
        InputError: it would become too large.
        VideoError: the video broke.
        OutputError: the file cannot be written.
    """
    total = _total(source, start, end)
    info = source.info
    raw_bytes = (total or 1) * info.width * info.height * 3
    if encoding == "auto":
        encoding = "bgr" if raw_bytes <= MOST_BYTES else "jpeg"
    if source.info.frame_count is not None:
        source.seek(start)
    entries: list[ClipEntry] = []
    digest = hashlib.sha256()
    at = 0
    try:
        with path.open("wb") as file:
            while len(entries) < total:
                if should_stop():
                    return None
                frame = source.read()
                if frame is None:
                    break
                picture = pack(frame.image, encoding)
                message = FrameMessage(
                    sequence=len(entries),
                    host_micros=0,
                    size=picture.size,
                    fitted_size=fit(picture.size),
                    encoding=picture.code,
                    flags=0 if entries else RESTART,
                    picture=picture.data,
                    index=frame.index,
                    time_seconds=frame.time_seconds,
                )
                data = memoryview(picture.data).cast("B")
                head = message.head()
                head = header(message.kind, len(head) + len(data)) + head
                _check_size(path, at + len(head) + len(data))
                for part in (head, data):
                    file.write(part)
                    digest.update(part)
                entries.append(
                    ClipEntry(
                        frame.index, frame.time_seconds, at + len(head), len(data), picture.size
                    )
                )
                at += len(head) + len(data)
                on_progress(len(entries), total)
    except OSError as error:
        raise output_error(path, error) from error
    if not entries:
        raise InputError(
            f"{info.location} holds no frame between {start} and {end}.",
            remedy="Choose another range.",
        )
    return Clip(path, tuple(entries), encoding, digest.hexdigest())


def _total(source: VideoSource, start: int, end: int | None) -> int:
    count = source.info.frame_count
    if count is None:
        return _MOST_CAMERA_FRAMES if end is None else end - start + 1
    if start >= count:
        raise InputError(
            f"{source.info.location} has no frame {start}.",
            remedy=f"Its last frame is {count - 1}.",
        )
    return (count if end is None else min(end + 1, count)) - start


def _check_size(path: Path, size_bytes: int) -> None:
    if size_bytes > MOST_BYTES:
        raise InputError(
            f"The clip would have more than {MOST_BYTES >> 20} MiB, which is much for a phone.",
            remedy="Give a shorter range (--start, --end), or stream it (--frames auto).",
        )
    if size_bytes % (32 << 20) < (1 << 20):
        free = shutil.disk_usage(path.parent).free
        if free < _LEAST_LEFT_BYTES:
            raise InputError(
                f"There are only {free >> 20} MiB left on the disk of {path.parent}.",
                remedy="Free some space, or stream the video (--frames auto).",
            )
