"""Live pictures of a camera."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from studio.errors import VideoError
from studio.opencv import cv2
from studio.video.frame import Frame, Image, VideoInfo
from studio.video.out_buffer import picture_buffer

_SYSFS = Path("/sys/class/video4linux")
_MOST_CAMERAS = 4  # tried one by one where the system keeps no list


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this computer.

    Attributes:
        number: N of `camera:N`.
        name: as the system calls it.
    """

    number: int
    name: str

    @property
    def location(self) -> str:
        """What `open_video` takes."""
        return f"camera:{self.number}"


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used here."""

    def isOpened(self) -> bool:  # noqa: N802
        """Whether there is a camera behind it."""
        ...

    def grab(self) -> bool:
        """Wait for the next picture; False when there is none to come."""
        ...

    def retrieve(self, image: Any = ..., /) -> tuple[bool, Any]:
        """Decode the picture that was grabbed."""
        ...

    def get(self, propId: int, /) -> float:  # noqa: N803
        """A property of the camera."""
        ...

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        """Ask the camera for something."""
        ...

    def release(self) -> None:
        """Free the camera."""
        ...


def camera_number(location: str) -> int | None:
    """N of `camera:N`; None for anything else."""
    found = re.fullmatch(r"camera:(\d+)", location.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def list_cameras() -> list[Camera]:
    """The cameras of this computer; on Linux without opening one."""
    if sys.platform != "linux":
        return [Camera(n, f"Camera {n}") for n in range(_MOST_CAMERAS) if _answers(n)]
    cameras = []
    for node in _SYSFS.glob("video*"):
        try:
            # A camera has several nodes; the first gives pictures, the others metadata.
            if int((node / "index").read_text()) == 0:
                number = int(node.name.removeprefix("video"))
                cameras.append(Camera(number, (node / "name").read_text().strip()))
        except (OSError, ValueError):
            continue
    return sorted(cameras, key=lambda camera: camera.number)


class CameraSource:
    """A camera.

    Args:
        number: N of `camera:N`.
        capture: an open camera to use instead of asking OpenCV for one.

    Raises:
        VideoError: there is no such camera, or it gives no picture.
    """

    def __init__(self, number: int, capture: Capture | None = None) -> None:
        self._location = f"camera:{number}"
        self._capture: Capture | None = capture or _open_quietly(number)
        is_there = self._capture.isOpened()
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not a queue of old ones
        is_read, first = False, None
        if is_there and self._capture.grab():
            is_read, first = self._capture.retrieve()
        if not is_read or first is None:
            self.close()
            raise _no_camera(number, is_there)
        self._started = time.perf_counter()
        self._next = 0
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._info = VideoInfo(
            location=self._location,
            kind="camera",
            width=first.shape[1],
            height=first.shape[0],
            frame_count=None,
            frames_per_second=rate if 1 <= rate <= 1000 else 30.0,
            duration_seconds=None,
        )

    @property
    def info(self) -> VideoInfo:
        """What is known of it."""
        return self._info

    @property
    def times_seconds(self) -> None:
        """A camera has no times ahead."""
        return

    def read(self, out: Image | None = None) -> Frame | None:
        """Wait for the next picture; see `VideoSource.read`."""
        if self._capture is None:
            return None
        image = picture_buffer(out, self._info.width, self._info.height)
        if not self._capture.grab():
            raise self._unplugged()
        grabbed = time.perf_counter()
        is_read, picture = self._capture.retrieve(image)
        if not is_read or picture.shape != image.shape:
            raise self._unplugged()
        if picture is not image:
            np.copyto(image, picture)
        index = self._next
        self._next = index + 1
        millis = (time.perf_counter() - grabbed) * 1000
        return Frame(index, max(0.0, grabbed - self._started), image, millis)

    def skip(self) -> bool:
        """Let the next picture pass."""
        if self._capture is None:
            return False
        if not self._capture.grab():
            raise self._unplugged()
        self._next += 1
        return True

    def seek(self, index: int) -> None:
        """Refuse: a camera has no past."""
        raise VideoError(
            f"A camera cannot go to frame {index}: it shows only what is now.",
            remedy="Record it to a file first.",
        )

    def close(self) -> None:
        """Free the camera. A second call does nothing."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _unplugged(self) -> VideoError:
        self.close()
        return VideoError(
            f"The camera {self._location} gives no more pictures: it was unplugged or another "
            "program took it.",
            remedy="Plug it in again and open it again.",
        )


def _open_quietly(number: int) -> Capture:
    """Ask OpenCV for a camera, without its warnings on standard error."""
    level = cv2.getLogLevel()
    cv2.setLogLevel(0)
    try:
        return cv2.VideoCapture(number)
    finally:
        cv2.setLogLevel(level)


def _answers(number: int) -> bool:
    capture = _open_quietly(number)
    is_there = capture.isOpened()
    capture.release()
    return is_there


def _no_camera(number: int, is_there: bool) -> VideoError:
    if is_there:
        return VideoError(
            f"Camera {number} is there, but gives no picture.",
            remedy="Close other programs that use it and try again.",
        )
    others = ", ".join(f"{camera.location} ({camera.name})" for camera in list_cameras())
    return VideoError(
        f"There is no camera {number}.",
        remedy=f"There are: {others}." if others else "Plug one in, or open a video file.",
    )
