"""A written video has the pictures and the timing it was given, and appears only when complete."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import OutputError, SpecError
from studio.video.frame import Image
from studio.video.source import open_video
from studio.video.writer import VIDEO_SUFFIXES, VideoWriter
from tests.support.videos import coded_picture, frame_code

assert sys.platform != "win32"


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _read_all(path: Path) -> tuple[list[Image], list[float]]:
    source = open_video(path)
    images, times = [], []
    while (frame := source.read()) is not None:
        images.append(frame.image)
        times.append(frame.time_seconds)
    source.close()
    return images, times


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_pictures_and_steady_timing_survive(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with VideoWriter(path, 64, 48, 30000 / 1001) as writer:
        for index in range(30):
            writer.write(coded_picture(index))
        assert not path.exists()
    images, times = _read_all(path)
    assert [frame_code(image) for image in images] == list(range(30))
    np.testing.assert_allclose(times, np.arange(30) * 1001 / 30000, atol=0.0006)
    assert _names(tmp_path) == [path.name]


@settings(max_examples=15)
@given(
    gaps=st.lists(st.floats(0.004, 0.9), min_size=1, max_size=12),
    suffix=st.sampled_from([".mp4", ".mkv", ".webm"]),
)
def test_a_variable_rate_survives(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[float], suffix: str
) -> None:
    times = np.concatenate(([3.0], 3.0 + np.cumsum(gaps)))
    path = tmp_path_factory.mktemp("v") / f"a{suffix}"
    with VideoWriter(path, 64, 48, 25) as writer:
        for index, at in enumerate(times):
            writer.write(coded_picture(index), float(at))
    images, read = _read_all(path)
    assert [frame_code(image) for image in images] == list(range(len(times)))
    np.testing.assert_allclose(read, times - 3.0, atol=0.0011)


def test_times_that_stand_still_are_moved_on(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, 25) as writer:
        for index, at in enumerate((0.0, 0.5, 0.5, 0.4, 1.0)):
            writer.write(coded_picture(index), at)
    images, times = _read_all(tmp_path / "a.mp4")
    assert [frame_code(image) for image in images] == list(range(5))
    assert np.all(np.diff(times) > 0)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi"])
@pytest.mark.parametrize(("width", "height"), [(65, 49), (64, 49), (1, 1), (3, 2)])
def test_odd_sizes_keep_their_content(tmp_path: Path, suffix: str, width: int, height: int) -> None:
    smooth = np.linspace(60, 190, width * height).reshape(height, width)
    picture = np.dstack([smooth] * 3).astype(np.uint8)
    with VideoWriter(tmp_path / f"a{suffix}", width, height, 25, crf=8) as writer:
        writer.write(picture)
        writer.write(picture)
    images, _ = _read_all(tmp_path / f"a{suffix}")
    is_padded = suffix in (".mp4", ".mkv")
    expected = (height + height % 2, width + width % 2) if is_padded else (height, width)
    assert images[0].shape[:2] == expected
    inside = images[1][:height, :width].astype(int)
    assert np.abs(inside - picture).mean() < 4


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)], ids=["standard", "high"])
@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_colours_survive(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    picture = np.full((size[1], size[0], 3), (40, 90, 200), np.uint8)
    with VideoWriter(tmp_path / f"a{suffix}", *size, 25) as writer:
        writer.write(picture)
    images, _ = _read_all(tmp_path / f"a{suffix}")
    assert np.abs(images[0].astype(int) - picture).max() <= 6


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def fail_in_the_middle() -> None:
        with VideoWriter(tmp_path / "a.mp4", 64, 48, 25) as writer:
            writer.write(coded_picture(0))
            assert _names(tmp_path)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_in_the_middle()
    assert not _names(tmp_path)


def test_abort_keeps_what_bore_the_name_before(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"the last good one")
    writer = VideoWriter(path, 64, 48, 25)
    writer.write(coded_picture(0))
    writer.abort()
    writer.abort()
    writer.close()
    assert path.read_bytes() == b"the last good one"
    assert _names(tmp_path) == ["a.mp4"]
    with pytest.raises(ValueError, match="closed"):
        writer.write(coded_picture(1))


def test_a_finished_video_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with VideoWriter(path, 64, 48, 25) as writer:
        writer.write(coded_picture(7))
    assert [frame_code(image) for image in _read_all(path)[0]] == [7]


def test_without_a_picture_there_is_no_file(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "a.mp4", 64, 48, 25)
    with pytest.raises(OutputError, match="not one picture was given"):
        writer.close()
    assert not _names(tmp_path)


_SLOW_WRITER = """
import sys, time, numpy as np
from studio.video.writer import VideoWriter
writer = VideoWriter(sys.argv[1], 640, 480, 25)
rng = np.random.default_rng(0)
for index in range(60):
    writer.write(rng.integers(0, 256, (480, 640, 3), np.uint8))
print("half", flush=True)
time.sleep(60)
"""


def test_a_killed_writer_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW_WRITER, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()


def _write_within(limit_bytes: int, path: Path, frame_count: int) -> None:
    """Write noise under a limit of file size, which fails like a full disk, and report how."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    rng = np.random.default_rng(0)
    try:
        with VideoWriter(path, 320, 240, 25) as writer:
            for _ in range(frame_count):
                writer.write(rng.integers(0, 256, (240, 320, 3), np.uint8))
    except OutputError as error:
        is_cause_known = isinstance(error.__cause__, OSError) and (
            error.__cause__.errno == errno.EFBIG
        )
        os._exit(3 if is_cause_known else 4)
    os._exit(0)


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
@pytest.mark.parametrize(
    ("limit_bytes", "frame_count"), [(1_500_000, 90), (20_000, 2)], ids=["midway", "at the end"]
)
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(
    tmp_path: Path, suffix: str, limit_bytes: int, frame_count: int
) -> None:
    process = multiprocessing.get_context("fork").Process(
        target=_write_within, args=(limit_bytes, tmp_path / f"a{suffix}", frame_count)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 3
    assert not _names(tmp_path)


def test_what_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"ends with \.mp4.*Received instead: a\.xyz"):
        VideoWriter(tmp_path / "a.xyz", 64, 48, 25)
    with pytest.raises(SpecError, match=r"no video codec that can be written to \.mp4"):
        VideoWriter(tmp_path / "a.mp4", 64, 48, 25, codec="nothing")
    with pytest.raises(SpecError, match=r"no video codec that can be written to \.webm"):
        VideoWriter(tmp_path / "a.webm", 64, 48, 25, codec="libx264")
    with pytest.raises(SpecError, match="at least 1x1 pixels and a positive frame rate"):
        VideoWriter(tmp_path / "a.mp4", 0, 48, 25)
    with pytest.raises(OutputError, match="its folder does not exist"):
        VideoWriter(tmp_path / "no" / "a.mp4", 64, 48, 25)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        VideoWriter(tmp_path / "folder.mp4", 64, 48, 25)
    with VideoWriter(tmp_path / "a.mp4", 64, 48, 25) as writer:
        with pytest.raises(ValueError, match=r"Expected a uint8 picture of shape \(48, 64, 3\)"):
            writer.write(coded_picture(0, 48, 64))
        writer.write(coded_picture(0))
    assert _names(tmp_path) == ["a.mp4", "folder.mp4"]


@pytest.mark.parametrize("rate", [0.001, 0.5, 24, 59.94005994, 239.76, 999.9])
@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_any_frame_rate_can_be_written(tmp_path: Path, suffix: str, rate: float) -> None:
    with VideoWriter(tmp_path / f"a{suffix}", 64, 48, rate) as writer:
        for index in range(3):
            writer.write(coded_picture(index))
    images, times = _read_all(tmp_path / f"a{suffix}")
    assert [frame_code(image) for image in images] == [0, 1, 2]
    assert times[2] == pytest.approx(2 / rate, rel=0.01)
