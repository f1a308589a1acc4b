"""Frames come in the video's own time or without a gap, round after round."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.errors import VideoError
from studio.targets.phone.feed import FrameFeed
from studio.video.file_source import FileSource
from studio.video.frame import Frame, VideoInfo
from tests.support.clips import class_clip


class Camera:
    """Pictures at given times; what is late was missed."""

    def __init__(self, times: list[float]) -> None:
        self.info = VideoInfo("camera:0", "camera", 4, 4, None, 10.0, None)
        self.times_seconds = None
        self._times = iter(enumerate(times))

    def read(self, out: np.ndarray | None = None) -> Frame | None:  # type: ignore[type-arg]
        index, at = next(self._times, (None, 0.0))
        if index is None:
            return None
        return Frame(index, at, np.zeros((4, 4, 3), np.uint8), 0.0)

    def skip(self) -> bool:
        return True

    def seek(self, index: int) -> None:
        raise VideoError("a camera has no past")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_clip(tmp_path_factory.mktemp("clip") / "c.mp4", 10, 48, 32, rate=50.0)


@pytest.fixture
def source(clip: Path) -> Iterator[FileSource]:
    opened = FileSource(clip)
    yield opened
    opened.close()


def never(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def indices(feed: FrameFeed, count: int) -> list[int]:
    found = []
    for _ in range(count):
        fed = feed.next(never)
        assert fed is not None
        found.append(fed.frame.index)
    return found


def test_fastest_leaves_none_out_and_goes_round(source: FileSource) -> None:
    feed = FrameFeed(source, "fastest", 2, 5)
    feed.begin()
    assert indices(feed, 10) == [2, 3, 4, 5, 2, 3, 4, 5, 2, 3]


def test_the_videos_pace_is_kept(source: FileSource) -> None:
    feed = FrameFeed(source, "video")
    feed.begin()
    began = time.monotonic()
    found = [feed.next(never) for _ in range(15)]
    took = time.monotonic() - began
    shown = sum(1 + (fed.dropped_before if fed else 0) for fed in found)
    assert took == pytest.approx((shown - 1) / 50.0, abs=0.1)


def test_what_is_late_is_skipped_and_counted(source: FileSource) -> None:
    feed = FrameFeed(source, "video")
    feed.begin()
    first = feed.next(never)
    time.sleep(0.11)
    second = feed.next(never)
    assert first is not None
    assert second is not None
    assert (first.frame.index, first.dropped_before) == (0, 0)
    assert second.dropped_before >= 4
    assert second.frame.index == (1 + second.dropped_before) % 10


def test_a_pause_between_connections_drops_nothing(source: FileSource) -> None:
    feed = FrameFeed(source, "video")
    feed.begin()
    feed.next(never)
    time.sleep(0.2)
    feed.begin()
    fed = feed.next(never)
    assert fed is not None
    assert (fed.frame.index, fed.dropped_before) == (1, 0)


def test_long_pauses_skip_whole_rounds(source: FileSource) -> None:
    feed = FrameFeed(source, "video")
    feed.begin()
    time.sleep(0.45)
    fed = feed.next(never)
    assert fed is not None
    assert fed.dropped_before >= 20
    assert fed.frame.index == fed.dropped_before % 10


def test_waiting_ends_when_there_is_no_use(source: FileSource) -> None:
    feed = FrameFeed(source, "video")
    feed.begin()
    stop = threading.Event()
    stop.set()
    assert feed.next(stop.wait) is None


def test_a_range_without_frames_is_refused(source: FileSource) -> None:
    with pytest.raises(VideoError, match="no frame 10"):
        FrameFeed(source, "video", 10)


def test_a_camera_tells_what_was_missed() -> None:
    feed = FrameFeed(Camera([0.0, 0.1, 0.5, 0.6]), "video")
    feed.begin()
    dropped = []
    for _ in range(4):
        fed = feed.next(never)
        assert fed is not None
        dropped.append(fed.dropped_before)
    assert dropped == [0, 0, 3, 0]
    with pytest.raises(VideoError, match="no more pictures"):
        feed.next(never)
