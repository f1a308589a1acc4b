"""Frames of a video file, with exact seek."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from studio.errors import VideoError
from studio.video.file_index import build_index, no_frame_decoded
from studio.video.frame import Frame, Image, VideoInfo
from studio.video.frame_cache import FrameCache
from studio.video.frame_decoder import FrameDecoder
from studio.video.out_buffer import picture_buffer
from studio.video.picture import PictureMaker

_CACHE_BYTES = 256 * 1024 * 1024

_NEAR_FRAMES = 8
"""Up to here, decoding on is cheaper than a jump in the file to a later key frame, and a way back
counts as stepping, which is likely to go on."""

_JUMP_KEEPS_FRAMES = 16
"""How many frames before its target a jump back keeps. Keeping them all costs fresh memory for
each, and the frames between that could have been skipped: a third of the time of scrubbing."""


class FileSource:
    """A video file.

    Seeking is lazy: `seek` and `skip` only move the position, and `read` decodes from the
    nearest key frame or from where the decoder is, whichever is less work. On the way forward,
    frames that nothing refers to are not decoded; on a step back those on the way are kept at
    hand, within a limit of memory, so that further steps back cost nothing.

    A frame that cannot be decoded, in a damaged file, shows the last good picture before it.

    Args:
        path: the file.
        threads: decoding threads.

    Raises:
        VideoError: the file is not a video that can be played.
    """

    def __init__(self, path: Path, threads: int = 2) -> None:
        self._path = path
        index, warnings = build_index(path, threads)
        self._size_bytes = path.stat().st_size
        self._decoder = FrameDecoder(path, threads, index)
        self._cache = FrameCache(_CACHE_BYTES)
        self._latest: tuple[int, VideoFrame] | None = None
        self._ahead: tuple[int, VideoFrame] | None = None
        self._next = 0
        self._is_closed = False
        try:
            first = self._decoder.next()
            if first is None:
                raise no_frame_decoded(path)
            missing, frame = first
            if missing:
                warnings += (f"Its first {missing} frames cannot be decoded and are left out.",)
                self._decoder.index = index.without_first(missing)
            self._decoder.jump(int(self._decoder.index.key_of_frame[0]))
            stream = self._decoder.stream
            self._maker = PictureMaker(frame, stream.sample_aspect_ratio)
            ticks = self._decoder.index.times_ticks
            self._times_seconds = ticks * float(stream.time_base or 1)
            self._info = self._describe(stream, warnings)
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> VideoInfo:
        """What is known of it."""
        return self._info

    @property
    def times_seconds(self) -> NDArray[np.float64]:
        """Presentation time of each frame, float64 [frame_count]."""
        return self._times_seconds

    def read(self, out: Image | None = None) -> Frame | None:
        """Decode the next frame; see `VideoSource.read`."""
        index = self._next
        if self._is_closed or index >= len(self._times_seconds):
            return None
        started = time.perf_counter()
        image = picture_buffer(out, self._info.width, self._info.height)
        self._maker.make(self._picture(index), image)
        self._next = index + 1
        millis = (time.perf_counter() - started) * 1000
        return Frame(index, float(self._times_seconds[index]), image, millis)

    def skip(self) -> bool:
        """Pass over the next frame; the next `read` decodes of it what it needs."""
        if self._is_closed or self._next >= len(self._times_seconds):
            return False
        self._next += 1
        return True

    def seek(self, index: int) -> None:
        """Make `read` return exactly frame `index` next (clamped to the valid range)."""
        self._next = min(max(index, 0), len(self._times_seconds) - 1)

    def close(self) -> None:
        """Release the file. A second call does nothing."""
        self._is_closed = True
        self._cache.clear()
        self._latest = self._ahead = None
        self._decoder.close()

    def _picture(self, target: int) -> VideoFrame:
        """The decoded frame of an index, from the cache or the decoder."""
        cached = self._cache.get(target)
        if cached is not None:
            return cached
        self._check_file()
        position = -1 if self._latest is None else self._latest[0]
        if self._latest is not None and position == target:
            return self._latest[1]
        index = self._decoder.index
        key = int(index.key_of_frame[target])
        keep_from = target
        if target < position:
            is_step = position - target <= _NEAR_FRAMES
            keep_from = 0 if is_step else target - _JUMP_KEEPS_FRAMES
            self._cache.clear()
            self._jump(key)
        else:
            self._cache.drop_oldest()
            if key > self._decoder.fed and target - position > _NEAR_FRAMES:
                self._jump(key)
        if self._decode_up_to(target, keep_from):
            assert self._latest is not None
            return self._latest[1]
        # It is damaged: the last good picture stands in for it, wherever that is.
        self._check_file()
        while True:
            self._jump(key)
            self._decode_up_to(target, keep_from=0)
            if self._latest is not None:
                self._cache.put(target, self._latest[1])
                return self._latest[1]
            if key == 0:
                raise no_frame_decoded(self._path)
            earlier = np.flatnonzero(index.is_key[:key])
            key = int(earlier[-1]) if len(earlier) else 0

    def _decode_up_to(self, target: int, keep_from: int) -> bool:
        """Decode until a frame is out.

        Args:
            target: the frame's index.
            keep_from: frames from here on and before the target are kept in the cache.

        Returns:
            Whether it came; if not, the last good frame before it is the latest.
        """
        self._decoder.skip_below = keep_from
        while True:
            decoded = self._ahead or self._decoder.next()
            if decoded is None or decoded[0] > target:
                self._ahead = decoded
                return False
            self._ahead = None
            self._latest = decoded
            if keep_from <= decoded[0] and keep_from < target:
                self._cache.put(*decoded)
            if decoded[0] == target:
                return True

    def _jump(self, key: int) -> None:
        self._latest = self._ahead = None
        self._decoder.jump(key)

    def _check_file(self) -> None:
        """Notice at once that the file is gone, rather than when buffers run dry."""
        try:
            size_bytes = self._path.stat().st_size
        except OSError as error:
            raise VideoError(
                f"{self._path} is gone: it was moved, deleted or unplugged while it played.",
                remedy="Bring it back and open it again.",
                details=repr(error),
            ) from error
        if size_bytes < self._size_bytes:
            raise VideoError(
                f"{self._path} was cut short while it played: {size_bytes} of "
                f"{self._size_bytes} bytes are left.",
                remedy="Open it again to play what is there.",
            )

    def _describe(self, stream: VideoStream, warnings: tuple[str, ...]) -> VideoInfo:
        count = len(self._times_seconds)
        tick_seconds = float(stream.time_base or 1)
        duration = self._decoder.index.end_ticks * tick_seconds
        rate = count / duration if duration > 0 else 25.0
        nominal = float(stream.average_rate or 0)
        # Time stamps are rounded to ticks; the header's rate is not.
        if abs(nominal - rate) < 0.005 * rate:
            rate = nominal
        steps = np.diff(self._times_seconds)
        usual = float(np.median(steps)) if count > 1 else 0.0
        uneven = float(np.abs(steps - usual).max()) if count > 1 else 0.0
        return VideoInfo(
            location=str(self._path),
            kind="file",
            width=self._maker.width,
            height=self._maker.height,
            frame_count=count,
            frames_per_second=rate,
            duration_seconds=duration,
            is_variable_rate=uneven > max(0.1 * usual, 1.5 * tick_seconds),
            rotation_degrees=self._maker.orientation.rotation_degrees,
            codec=stream.codec_context.codec.canonical_name,
            warnings=warnings,
        )
