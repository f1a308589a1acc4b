"""What a video is to the rest of the studio: a description, frames, and a source of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""uint8 [H, W, 3], BGR, as OpenCV and QImage.Format_BGR888 have it."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video before its frames are read.

    Attributes:
        location: a path, or `camera:N`.
        kind: a video file, a folder of images, or a camera.
        width: in pixels, as shown (after rotation).
        height: in pixels, as shown (after rotation).
        frame_count: frames that can be shown; None for a camera.
        frames_per_second: the mean rate.
        duration_seconds: from the first frame to the end of the last; None for a camera.
        is_variable_rate: whether frames follow each other at uneven distances.
        rotation_degrees: clockwise turn that was applied to show it upright.
        codec: the codec's short name.
        warnings: what a user should know, in words (cut off at the end, broken frames, ...).
    """

    location: str
    kind: Literal["file", "images", "camera"]
    width: int
    height: int
    frame_count: int | None
    frames_per_second: float
    duration_seconds: float | None
    is_variable_rate: bool = False
    rotation_degrees: int = 0
    codec: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: 0 for the first frame in presentation order.
        time_seconds: presentation time; the first frame of a file is at 0.
        image: uint8 [H, W, 3] BGR.
        decode_millis: how long it took to decode and convert.
    """

    index: int
    time_seconds: float
    image: Image
    decode_millis: float


class VideoSource(Protocol):
    """Frames in presentation order, with exact seek. Not thread-safe: one owner at a time."""

    @property
    def info(self) -> VideoInfo:
        """What is known of it."""
        ...

    @property
    def times_seconds(self) -> NDArray[np.float64] | None:
        """Presentation time of each frame, float64 [frame_count]; None for a camera."""
        ...

    def read(self, out: Image | None = None) -> Frame | None:
        """Decode the next frame.

        Args:
            out: uint8 [height, width, 3], C-contiguous; the picture is written there and
                `Frame.image` is that array. A new array is made when it is None.

        Returns:
            The frame, or None after the last one.

        Raises:
            VideoError: the file vanished or broke in mid-play, or a camera was unplugged.
        """
        ...

    def skip(self) -> bool:
        """Pass over the next frame as cheaply as the codec allows; False after the last one."""
        ...

    def seek(self, index: int) -> None:
        """Make `read` return exactly frame `index` next (clamped to the valid range).

        Raises:
            VideoError: a camera cannot seek.
        """
        ...

    def close(self) -> None:
        """Release the file or the camera. A second call does nothing."""
        ...
