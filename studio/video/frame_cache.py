"""A few decoded frames kept at hand, so that stepping back does not decode a group again."""

from __future__ import annotations

from collections import OrderedDict

from av.video.frame import VideoFrame


class FrameCache:
    """Decoded, unconverted frames by index, the oldest dropped first.

    Args:
        limit_bytes: how much the frames may occupy; one frame is kept even when it is larger.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._frames: OrderedDict[int, VideoFrame] = OrderedDict()
        self._size_bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size_bytes(self) -> int:
        """What the frames occupy."""
        return self._size_bytes

    def get(self, index: int) -> VideoFrame | None:
        """The frame, if it is at hand."""
        return self._frames.get(index)

    def put(self, index: int, frame: VideoFrame) -> None:
        """Keep a frame and make room for it."""
        if index in self._frames:
            return
        self._frames[index] = frame
        self._size_bytes += frame_bytes(frame)
        while self._size_bytes > self._limit_bytes and len(self._frames) > 1:
            self.drop_oldest()

    def drop_oldest(self) -> None:
        """Let go of the frame that came first."""
        if self._frames:
            _, frame = self._frames.popitem(last=False)
            self._size_bytes -= frame_bytes(frame)

    def clear(self) -> None:
        """Let go of all frames."""
        self._frames.clear()
        self._size_bytes = 0


def frame_bytes(frame: VideoFrame) -> int:
    """What the planes of a frame occupy."""
    return sum(plane.buffer_size for plane in frame.planes)
