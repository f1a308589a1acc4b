"""A camera gives pictures until it is unplugged, and has no past."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.errors import VideoError
from studio.opencv import cv2
from studio.video.camera_source import CameraSource, camera_number, list_cameras
from studio.video.frame import Image
from studio.video.source import open_video
from tests.support.videos import coded_picture, frame_code


class _Camera:
    """A camera that shows coded pictures and is unplugged after some of them."""

    def __init__(self, picture_count: int, rate: float = 30.0) -> None:
        self._left = picture_count
        self._grabbed = -1
        self._rate = rate
        self.is_released = False

    def isOpened(self) -> bool:
        return True

    def grab(self) -> bool:
        self._grabbed += 1
        self._left -= 1
        return self._left >= 0

    def retrieve(self, image: Any = None, /) -> tuple[bool, Image]:
        return True, coded_picture(self._grabbed)

    def get(self, prop: int, /) -> float:
        return self._rate if prop == cv2.CAP_PROP_FPS else 0.0

    def set(self, prop: int, value: float, /) -> bool:
        return False

    def release(self) -> None:
        self.is_released = True


@pytest.mark.parametrize(
    ("location", "number"),
    [("camera:0", 0), ("Camera:12", 12), ("camera:", None), ("camera:x", None), ("a.mp4", None)],
)
def test_a_location_names_a_camera(location: str, number: int | None) -> None:
    assert camera_number(location) == number


def test_pictures_come_in_order_into_the_given_buffer() -> None:
    source = CameraSource(3, _Camera(5))
    info = source.info
    assert (info.location, info.kind, info.width, info.height) == ("camera:3", "camera", 64, 48)
    assert info.frame_count is None
    assert info.duration_seconds is None
    assert source.times_seconds is None
    out = np.zeros((48, 64, 3), np.uint8)
    first = source.read(out)
    assert first is not None
    assert first.image is out
    assert (first.index, frame_code(out)) == (0, 1)  # the very first one told the size
    assert source.skip()
    third = source.read()
    assert third is not None
    assert (third.index, frame_code(third.image)) == (2, 3)
    assert third.time_seconds >= first.time_seconds >= 0
    source.close()


def test_an_unplugged_camera_is_noticed_and_released() -> None:
    camera = _Camera(2)
    source = CameraSource(0, camera)
    assert source.read() is not None
    with pytest.raises(VideoError, match="gives no more pictures: it was unplugged"):
        source.read()
    assert camera.is_released
    assert source.read() is None


def test_a_camera_cannot_seek() -> None:
    source = CameraSource(0, _Camera(2))
    with pytest.raises(VideoError, match="A camera cannot go to frame 7"):
        source.seek(7)
    source.close()
    source.close()
    assert not source.skip()


def test_a_camera_without_a_picture_is_refused_and_released() -> None:
    camera = _Camera(0)
    with pytest.raises(VideoError, match="Camera 2 is there, but gives no picture"):
        CameraSource(2, camera)
    assert camera.is_released


def test_a_camera_that_tells_no_rate_has_a_usual_one() -> None:
    source = CameraSource(0, _Camera(2, rate=0.0))
    assert source.info.frames_per_second == 30.0
    source.close()


def test_a_camera_that_is_not_there_is_refused_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    numbers = [camera.number for camera in list_cameras()]
    absent = max(numbers, default=-1) + 41
    with pytest.raises(VideoError) as caught:
        open_video(f"camera:{absent}")
    assert f"There is no camera {absent}" in caught.value.message
    assert caught.value.remedy
    assert capfd.readouterr().err == ""
