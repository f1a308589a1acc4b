"""A folder of images plays in natural order, at the size of its first image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import VideoError
from studio.opencv import cv2
from studio.video.image_source import natural_key
from studio.video.source import open_video
from tests.support.videos import coded_picture, frame_code


def _write(path: Path, index: int, width: int = 64, height: int = 48) -> None:
    _, content = cv2.imencode(path.suffix, coded_picture(index, width, height))
    path.write_bytes(content.tobytes())


def test_images_come_in_natural_order_whatever_their_format(tmp_path: Path) -> None:
    names = ["2.png", "10.png", "a9.jpg", "a10.JPG", "b1.bmp", "b02.webp", "b3.tif", "b3.tiff"]
    for index, name in enumerate(names):
        _write(tmp_path / name, index)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "._2.png").write_bytes(b"what a Mac leaves behind")
    source = open_video(tmp_path)
    assert source.info.kind == "images"
    assert (source.info.frame_count, source.info.frames_per_second) == (8, 25.0)
    assert source.info.duration_seconds == pytest.approx(8 / 25)
    codes: list[int] = []
    while (frame := source.read()) is not None:
        assert frame.index == len(codes)
        assert frame.time_seconds == pytest.approx(frame.index / 25)
        codes.append(frame_code(frame.image))
    assert codes == list(range(8))
    source.close()


@given(numbers=st.lists(st.integers(0, 10**12), min_size=1, max_size=9, unique=True))
def test_numbered_names_sort_by_their_numbers(numbers: list[int]) -> None:
    paths = [Path(f"frame_{number}.png") for number in numbers]
    assert sorted(paths, key=natural_key) == [
        Path(f"frame_{number}.png") for number in sorted(numbers)
    ]


@given(first=st.text("a1.²_-", max_size=6), second=st.text("a1.²_-", max_size=6))
def test_any_two_names_have_a_fixed_order(first: str, second: str) -> None:
    one, two = natural_key(Path(f"x{first}")), natural_key(Path(f"x{second}"))
    assert (one == two) is (first == second)
    assert one < two or two < one or one == two


def test_seek_and_skip_give_exactly_that_image(tmp_path: Path) -> None:
    for index in range(6):
        _write(tmp_path / f"{index}.png", index)
    source = open_video(tmp_path)
    for wanted, index in ((4, 4), (0, 0), (99, 5), (-3, 0)):
        source.seek(wanted)
        frame = source.read()
        assert frame is not None
        assert (frame.index, frame_code(frame.image)) == (index, index)
    assert source.skip()
    frame = source.read()
    assert frame is not None
    assert frame_code(frame.image) == 2
    source.seek(5)
    assert source.skip()
    assert not source.skip()
    assert source.read() is None
    source.close()


def test_other_sizes_are_fitted_with_black_bars_and_a_warning(tmp_path: Path) -> None:
    _write(tmp_path / "0.png", 0, 64, 48)
    white = np.full((96, 64, 3), 255, np.uint8)
    cv2.imwrite(str(tmp_path / "1.png"), white)
    source = open_video(tmp_path)
    assert not source.info.warnings
    source.read()
    frame = source.read()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    assert (frame.image[:, 16:48] == 255).all()
    assert not frame.image[:, :15].any()
    assert not frame.image[:, 49:].any()
    (warning,) = source.info.warnings
    assert "1.png has 64x96 pixels, the first one 64x48" in warning
    source.close()


def test_an_image_is_written_into_the_given_buffer(tmp_path: Path) -> None:
    _write(tmp_path / "0.png", 3)
    source = open_video(tmp_path / "0.png")
    assert source.info.frame_count == 1
    out = np.zeros((48, 64, 3), np.uint8)
    frame = source.read(out)
    assert frame is not None
    assert frame.image is out
    assert frame_code(out) == 3
    source.close()
    assert source.read() is None


def test_sixteen_bits_and_grey_become_eight_bit_colour(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "0.png"), np.full((48, 64), 0x8000, np.uint16))
    source = open_video(tmp_path)
    frame = source.read()
    assert frame is not None
    assert (frame.image == 128).all()
    source.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.png", "There is no file"),
        ("empty", "Expected a folder of images"),
        ("broken.png", "Expected an image, but broken.png"),
        ("zero.png", "Expected an image, but zero.png"),
    ],
)
def test_bad_images_are_refused_in_words(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.png").write_bytes(b"no image at all")
    (tmp_path / "zero.png").write_bytes(b"")
    with pytest.raises(VideoError) as caught:
        open_video(tmp_path / name)
    assert words in caught.value.message
    assert caught.value.remedy


def test_an_image_that_vanishes_is_named_and_the_others_still_play(tmp_path: Path) -> None:
    for index in range(3):
        _write(tmp_path / f"{index}.png", index)
    source = open_video(tmp_path)
    source.read()
    (tmp_path / "1.png").unlink()
    with pytest.raises(VideoError, match=r"1\.png is gone"):
        source.read()
    source.seek(2)
    frame = source.read()
    assert frame is not None
    assert frame_code(frame.image) == 2
    source.close()
