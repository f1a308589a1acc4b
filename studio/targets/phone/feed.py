"""The frames of a video for a phone: in the video's own time or as fast as they are taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import VideoError
from studio.targets.phone.spec import Pace
from studio.video.frame import Frame, VideoSource

_FALLBACK_RATE = 30.0


@dataclass(frozen=True, slots=True)
class FedFrame:
    """A frame to work on.

    Attributes:
        frame: of the video.
        dropped_before: frames that were skipped to keep the video's pace.
    """

    frame: Frame
    dropped_before: int


class FrameFeed:
    """Shows a range of a video again and again.

    Args:
        source: the video; owned by the caller.
        pace: `video` skips frames whose time has passed, `fastest` skips none.
        start: first frame.
        end: last frame, included; None for the end of the video.

    Raises:
        VideoError: the range holds no frame.
    """

    def __init__(
        self, source: VideoSource, pace: Pace, start: int = 0, end: int | None = None
    ) -> None:
        info = source.info
        count = info.frame_count
        self._source = source
        self._is_camera = count is None
        self._paces = pace == "video" and not self._is_camera
        self._rate = info.frames_per_second or _FALLBACK_RATE
        self._last_camera_seconds: float | None = None
        if count is not None:
            if start >= count:
                raise VideoError(
                    f"{info.location} has no frame {start}.",
                    remedy=f"Its last frame is {count - 1}.",
                )
            self._first = start
            self._count = (count if end is None else min(end + 1, count)) - start
            self._due_seconds = self._due(source.times_seconds)
            self._cycle_seconds = float(self._due_seconds[-1]) + 1.0 / self._rate
            source.seek(start)
        self._next = 0  # counted on through all rounds
        self._began_at = 0.0

    @property
    def frames_per_second(self) -> float:
        """Of the video."""
        return self._rate

    def begin(self) -> None:
        """Start the video's clock at the frame that is next."""
        if not self._is_camera:
            self._began_at = time.monotonic() - self._due_at(self._next)
        self._last_camera_seconds = None

    def next(self, wait: Callable[[float], bool]) -> FedFrame | None:
        """Wait until a frame is due and read it.

        Args:
            wait: sleeps for so many seconds; True when there is no use in going on.

        Returns:
            The frame; None when `wait` said so.

        Raises:
            VideoError: the video broke, or a camera was unplugged.
        """
        if self._is_camera:
            return self._from_camera()
        dropped = 0
        if self._paces:
            now = time.monotonic() - self._began_at
            late = self._position(now) - self._next
            if late > 0:
                dropped = late
                self._next += late
                self._source.seek(self._first + self._next % self._count)
            elif wait(max(0.0, self._due_at(self._next) - now)):
                return None
        frame = self._read()
        self._next += 1
        if self._next % self._count == 0:
            self._source.seek(self._first)
        return FedFrame(frame, dropped)

    def _read(self) -> Frame:
        frame = self._source.read()
        if frame is None and self._next % self._count:  # the end is damaged: the next round
            self._next += self._count - self._next % self._count
            self._source.seek(self._first)
            frame = self._source.read()
        if frame is None:
            raise VideoError(
                f"Not one frame of {self._source.info.location} could be decoded.",
                remedy="Check that it plays in another player.",
            )
        return frame

    def _from_camera(self) -> FedFrame:
        frame = self._source.read()
        if frame is None:
            raise VideoError(
                f"The camera {self._source.info.location} gives no more pictures.",
                remedy="Plug it in again.",
            )
        before, self._last_camera_seconds = self._last_camera_seconds, frame.time_seconds
        if before is None:
            return FedFrame(frame, 0)
        missed = round((frame.time_seconds - before) * self._rate) - 1
        return FedFrame(frame, max(0, missed))

    def _due(self, times_seconds: NDArray[np.float64] | None) -> NDArray[np.float64]:
        if times_seconds is None:
            return np.arange(self._count) / self._rate
        times = times_seconds[self._first : self._first + self._count]
        due: NDArray[np.float64] = times - times[0]
        return due

    def _due_at(self, number: int) -> float:
        """Seconds from the beginning to a frame, counted through all rounds."""
        rounds, within = divmod(number, self._count)
        return rounds * self._cycle_seconds + float(self._due_seconds[within])

    def _position(self, seconds: float) -> int:
        """The frame that is due, counted through all rounds."""
        rounds, within = divmod(max(0.0, seconds), self._cycle_seconds)
        at = int(np.searchsorted(self._due_seconds, within, side="right")) - 1
        return int(rounds) * self._count + max(0, at)
