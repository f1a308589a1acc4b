"""Frames of a video for a job, decoded ahead of it."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
from collections.abc import Iterator

import numpy as np

from studio.video.frame import Frame, Image, VideoSource

_MOST_FRAMES_AHEAD = 4
_AHEAD_BYTES = 128 * 2**20  # an 8K picture has 95 MiB


class FrameReader:
    """Decodes ahead in a thread of its own, into a few buffers that go round.

    Args:
        source: the video; the reader owns it until `close`.
        start: first frame.
        end: last frame, included; None for the end of the video.
    """

    def __init__(self, source: VideoSource, start: int = 0, end: int | None = None) -> None:
        self._source = source
        self._end = end
        shape = (source.info.height, source.info.width, 3)
        ahead = max(1, min(_MOST_FRAMES_AHEAD, _AHEAD_BYTES // math.prod(shape)))
        self._frames: queue.Queue[Frame | Exception | None] = queue.Queue(ahead)
        self._buffers: queue.SimpleQueue[Image | None] = queue.SimpleQueue()
        for _ in range(ahead + 2):  # one is being decoded, one is being used
            self._buffers.put(np.empty(shape, np.uint8))
        if start:
            source.seek(start)
        self._thread = threading.Thread(target=self._read, name="decode", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._frames.get()) is not None:
            if isinstance(frame, Exception):
                raise frame
            yield frame

    def give_back(self, frame: Frame) -> None:
        """Let the frame's buffer be written again."""
        self._buffers.put(frame.image)

    def close(self) -> None:
        """Stop decoding."""
        self._end = -1
        self._buffers.put(None)
        with contextlib.suppress(queue.Empty):
            while True:
                self._frames.get_nowait()
        self._thread.join()

    def _read(self) -> None:
        try:
            while (buffer := self._buffers.get()) is not None:
                frame = self._source.read(buffer)
                if frame is None:
                    break
                self._frames.put(frame)
                if self._end is not None and frame.index >= self._end:
                    break  # what lies behind may be damaged, and nobody asked for it
        except Exception as error:  # noqa: BLE001 - raised again where the frames are used
            self._frames.put(error)
        self._frames.put(None)
