"""A video file gives exactly its frames, in order and at any jump, and says what is wrong."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import VideoError
from studio.video.file_source import FileSource
from studio.video.frame import Image
from studio.video.source import open_video
from tests.support.videos import (
    frame_code,
    make_sound,
    make_video,
    truncated,
    with_damage,
    with_later_start,
)

_UNEVEN = (0.0, 0.04, 0.05, 0.3, 0.38, 0.39, 0.9, 1.0, 1.7, 1.75, 1.8, 2.5, 2.54, 2.6, 2.7, 2.9)

_KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4, B-frames": lambda at: make_video(at / "b.mp4", b_frames=3),
    "mp4, one long group": lambda at: make_video(at / "l.mp4", b_frames=3, group_size=250),
    "mp4, only key frames": lambda at: make_video(at / "k.mp4", group_size=1),
    "mp4, open groups": lambda at: make_video(
        at / "o.mp4", b_frames=3, options={"x264-params": "open-gop=1:keyint=8:min-keyint=8"}
    ),
    "mp4, variable rate": lambda at: make_video(at / "v.mp4", times_seconds=_UNEVEN, b_frames=2),
    "mov, HEVC": lambda at: make_video(
        at / "h.mov", codec="libx265", b_frames=2, options={"x265-params": "log-level=none"}
    ),
    "mkv, B-frames": lambda at: make_video(at / "b.mkv", b_frames=3),
    "mkv, variable rate": lambda at: make_video(at / "v.mkv", times_seconds=_UNEVEN, b_frames=2),
    "webm, VP9": lambda at: make_video(
        at / "9.webm", options={"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    ),
    "webm, VP8 with hidden pictures": lambda at: make_video(
        at / "8.webm",
        codec="libvpx",
        options={"auto-alt-ref": "1", "lag-in-frames": "16", "b:v": "80k", "cpu-used": "4"},
    ),
    "avi, MPEG-4": lambda at: make_video(at / "4.avi"),
    "avi, B-frames without times": lambda at: make_video(at / "x.avi", codec="libx264", b_frames=2),
    "transport stream from 80 ms on": lambda at: make_video(at / "t.ts", b_frames=2),
    "program stream": lambda at: make_video(at / "p.mpg", b_frames=2),
    "raw stream without times": lambda at: make_video(at / "r.264", b_frames=2),
    "gif": lambda at: make_video(at / "g.gif", pixel_format="rgb8"),
}


@functools.cache
def _sample(kind: str) -> tuple[Path, list[Image]]:
    """A video of a kind and all its frames in order; made once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="videos", dir=_folder()))
    path = _KINDS[kind](folder)
    return path, _all_frames(path)


@functools.cache
def _folder() -> str:
    return _TEMPORARY.name


_TEMPORARY = tempfile.TemporaryDirectory(prefix="jejunet-test-videos")


@pytest.fixture(scope="module", autouse=True)
def _remove_samples() -> object:
    yield
    _sample.cache_clear()
    _TEMPORARY.cleanup()


def _all_frames(path: Path) -> list[Image]:
    source = FileSource(path)
    frames: list[Image] = []
    while (frame := source.read()) is not None:
        assert frame.index == len(frames)
        frames.append(frame.image)
    source.close()
    return frames


@pytest.mark.parametrize("kind", _KINDS)
def test_every_frame_comes_once_and_in_order(kind: str) -> None:
    path, frames = _sample(kind)
    expected = len(_UNEVEN) if "variable" in kind else 40
    assert [frame_code(frame) for frame in frames] == list(range(expected))
    source = FileSource(path)
    assert source.info.frame_count == expected
    assert not source.info.warnings
    assert source.times_seconds[0] == 0
    if "variable" not in kind:
        assert not source.info.is_variable_rate
        assert source.info.frames_per_second == pytest.approx(25, rel=1e-3)
        assert source.info.duration_seconds == pytest.approx(40 / 25, abs=0.002)
        np.testing.assert_allclose(source.times_seconds, np.arange(40) / 25, atol=0.001)
    source.close()


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.integers(-2, 45)),
        st.tuples(st.just("back"), st.integers(1, 3)),
        st.tuples(st.just("skip"), st.integers(1, 12)),
        st.tuples(st.just("read"), st.integers(1, 4)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=120)
@given(kind=st.sampled_from(sorted(_KINDS)), steps=_STEPS, threads=st.integers(1, 3))
def test_a_jump_gives_the_same_pixels_as_playing(
    kind: str, steps: list[tuple[str, int]], threads: int
) -> None:
    path, frames = _sample(kind)
    last = len(frames) - 1
    source = FileSource(path, threads)
    at = 0
    for step, number in steps:
        if step == "seek":
            source.seek(number)
            at = min(max(number, 0), last)
        elif step == "back":
            source.seek(at - number)
            at = min(max(at - number, 0), last)
        elif step == "skip":
            for _ in range(number):
                assert source.skip() is (at <= last)
                at = min(at + 1, last + 1)
        for _ in range(number if step == "read" else 1):
            frame = source.read()
            if at > last:
                assert frame is None
                continue
            assert frame is not None
            assert frame.index == at
            assert frame.time_seconds == source.times_seconds[at]
            assert np.array_equal(frame.image, frames[at]), f"{kind}: frame {at}"
            at += 1
    source.close()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_is_kept_to_the_tick(tmp_path: Path, suffix: str) -> None:
    source = open_video(make_video(tmp_path / f"v{suffix}", times_seconds=_UNEVEN, b_frames=2))
    assert source.info.is_variable_rate
    assert source.times_seconds is not None
    np.testing.assert_allclose(source.times_seconds, _UNEVEN, atol=0.0006)
    assert source.info.duration_seconds is not None
    assert source.info.duration_seconds > _UNEVEN[-1]
    source.close()


def test_an_edit_list_hides_frames_that_are_still_decoded(tmp_path: Path) -> None:
    path = with_later_start(make_video(tmp_path / "a.mp4", b_frames=2, group_size=12), 5)
    frames = _all_frames(path)
    assert [frame_code(frame) for frame in frames] == list(range(5, 40))
    source = FileSource(path)
    for index in (3, 0, 34, 7, 6):
        source.seek(index)
        frame = source.read()
        assert frame is not None
        assert np.array_equal(frame.image, frames[index])
    assert source.times_seconds[0] == 0
    source.close()


def test_a_picture_is_written_into_the_given_buffer() -> None:
    path, frames = _sample("mp4, B-frames")
    source = FileSource(path)
    out = np.zeros((48, 64, 3), np.uint8)
    frame = source.read(out)
    assert frame is not None
    assert frame.image is out
    assert np.array_equal(out, frames[0])
    with pytest.raises(ValueError, match=r"Expected a C-contiguous uint8 buffer.*\(48, 64, 3\)"):
        source.read(np.zeros((64, 48, 3), np.uint8))
    source.close()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_turned_video_stands_upright(tmp_path: Path, degrees: int, is_mirrored: bool) -> None:
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[:24, :32] = (255, 0, 0)
    stored[:24, 32:] = (0, 255, 0)
    stored[24:, :32] = (0, 0, 255)
    path = make_video(
        tmp_path / "r.mp4",
        pictures=[stored] * 2,
        rotation_degrees=degrees,
        is_mirrored=is_mirrored,
    )
    source = FileSource(path)
    frame = source.read()
    assert frame is not None
    upright = np.rot90(stored, -degrees // 90)
    if is_mirrored:
        upright = upright[:, ::-1]
    assert (source.info.height, source.info.width) == upright.shape[:2]
    if not is_mirrored:
        assert source.info.rotation_degrees == degrees
    # Chroma is blurred at the borders of the quarters.
    assert np.abs(frame.image.astype(int) - upright)[4:16, 4:16].max() < 12
    assert np.abs(frame.image.astype(int) - upright)[-16:-4, -16:-4].max() < 12
    assert np.abs(frame.image.astype(int) - upright)[4:16, -16:-4].max() < 12
    source.close()


@pytest.mark.parametrize(
    ("width", "height", "suffix"),
    [(65, 49, ".webm"), (33, 120, ".avi"), (1, 1, ".webm"), (3, 2, ".avi"), (2, 2, ".mp4")],
)
def test_any_size_is_read(tmp_path: Path, width: int, height: int, suffix: str) -> None:
    path = make_video(tmp_path / f"s{suffix}", width=width, height=height, frame_count=9)
    frames = _all_frames(path)
    assert {frame.shape for frame in frames} == {(height, width, 3)}
    assert [frame_code(frame) for frame in frames] == list(range(9))


def test_8k_is_read(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "8k.mp4",
        width=7680,
        height=4320,
        frame_count=2,
        options={"preset": "ultrafast", "tune": "zerolatency"},
    )
    source = FileSource(path)
    out = np.empty((4320, 7680, 3), np.uint8)
    for index in (1, 0):
        source.seek(index)
        frame = source.read(out)
        assert frame is not None
        assert frame_code(frame.image) == index
    source.close()


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    source = FileSource(make_video(tmp_path / "w.mp4", pixel_aspect=Fraction(3, 2)))
    assert (source.info.width, source.info.height) == (96, 48)
    frame = source.read()
    assert frame is not None
    assert frame.image.shape == (48, 96, 3)
    source.close()


@pytest.mark.parametrize("matrix", [1, 5, 6, 9], ids=["709", "470bg", "170m", "2020"])
@pytest.mark.parametrize("is_full_range", [False, True])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le"])
def test_colours_survive_every_matrix_and_range(
    tmp_path: Path, matrix: int, is_full_range: bool, pixel_format: str
) -> None:
    # The swscale numbers of the matrices are those of the tags, but for SMPTE 170M.
    colour = np.full((48, 64, 3), (40, 90, 200), np.uint8)
    path = make_video(
        tmp_path / "c.mkv",
        pictures=[colour] * 2,
        codec="libx264",
        matrix=matrix,
        is_full_range=is_full_range,
        pixel_format=pixel_format,
        options={"crf": "1"},
    )
    frames = _all_frames(path)
    assert np.abs(frames[1].astype(int) - colour).max() <= 4


def test_transparency_is_left_out(tmp_path: Path) -> None:
    colour = np.full((48, 64, 3), (40, 90, 200), np.uint8)
    path = make_video(tmp_path / "a.mov", pictures=[colour], codec="qtrle", pixel_format="argb")
    assert np.array_equal(_all_frames(path)[0], colour)


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".webm"])
def test_of_a_cut_off_file_the_beginning_is_played(tmp_path: Path, suffix: str) -> None:
    whole = make_video(tmp_path / f"a{suffix}", width=320, height=240)
    source = FileSource(truncated(whole, 0.6))
    (warning,) = source.info.warnings
    assert "cut off" in warning
    source.close()
    codes = [frame_code(frame) for frame in _all_frames(truncated(whole, 0.6))]
    assert 10 < len(codes) < 40
    assert codes == list(range(len(codes)))


@settings(max_examples=25)
@given(start=st.floats(0.15, 0.9), picks=st.lists(st.integers(0, 39), min_size=1, max_size=6))
def test_a_damaged_file_plays_through_and_every_frame_can_be_jumped_to(
    start: float, picks: list[int]
) -> None:
    path, _ = _sample("mkv, B-frames")
    damaged = with_damage(path, start, byte_count=900)
    frames = _all_frames(damaged)
    assert len(frames) > 0.1 * 40
    source = FileSource(damaged)
    for pick in picks:
        source.seek(pick)
        frame = source.read()
        assert frame is not None
        assert frame.index == min(pick, len(frames) - 1)
    source.close()


def _bad_files(at: Path) -> dict[str, tuple[Path, str]]:
    (at / "zero.mp4").write_bytes(b"")
    (at / "words.mp4").write_text("no video\n" * 99)
    (at / "words.txt").write_text("no video\n" * 99)
    (at / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n")
    return {
        "missing": (at / "nothing.mp4", "There is no file"),
        "zero bytes": (at / "zero.mp4", "is empty (0 bytes)"),
        "text": (at / "words.mp4", "Expected a video, but words.mp4 is not one"),
        "text as pictures": (at / "words.txt", "Expected a video, but words.txt"),
        "play list of addresses": (at / "list.m3u8", "Expected a video, but list.m3u8"),
        "index cut off": (truncated(make_video(at / "a.mp4"), 0.7), "is cut off or damaged"),
        "only sound": (make_sound(at / "s.mp4"), "holds only sound"),
        "no frames in mp4": (make_video(at / "e.mp4", frame_count=0), "holds no frames"),
        "no frames in mkv": (make_video(at / "e.mkv", frame_count=0), "holds no frames"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "zero bytes",
        "text",
        "text as pictures",
        "play list of addresses",
        "index cut off",
        "only sound",
        "no frames in mp4",
        "no frames in mkv",
    ],
)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    path, words = _bad_files(tmp_path)[kind]
    with pytest.raises(VideoError) as caught:
        open_video(path)
    assert words in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of open files")
def test_a_file_that_vanishes_in_mid_play_is_noticed(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    source = FileSource(path)
    assert source.read() is not None
    path.unlink()
    with pytest.raises(VideoError, match="is gone: it was moved, deleted or unplugged"):
        source.read()
    source.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of open files")
def test_a_file_that_is_cut_short_in_mid_play_is_noticed(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    source = FileSource(path)
    assert source.read() is not None
    os.truncate(path, 900)
    with pytest.raises(VideoError, match="was cut short while it played"):
        source.read()
    source.close()


def test_after_close_there_is_nothing_to_read() -> None:
    path, _ = _sample("mp4, B-frames")
    source = FileSource(path)
    source.read()
    source.close()
    source.close()
    assert source.read() is None
    assert not source.skip()


def test_stepping_back_decodes_a_group_once(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "a.mp4",
        frame_count=120,
        group_size=120,
        b_frames=2,
        options={"sc_threshold": "0"},
    )
    source = FileSource(path)
    source.seek(110)
    source.read()
    source.seek(109)
    source.read()
    path.rename(tmp_path / "away.mp4")  # the decoder would notice; what is at hand does not
    for index in range(108, 60, -1):
        source.seek(index)
        frame = source.read()
        assert frame is not None
        assert frame_code(frame.image) == index
    source.close()
