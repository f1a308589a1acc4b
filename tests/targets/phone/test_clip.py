"""Clips hold the frames that were asked for, and refuse what a phone should not be given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.errors import InputError, OutputError
from studio.targets.phone import clip as module
from studio.targets.phone.clip import make_clip
from studio.video.file_source import FileSource
from tests.support.clips import class_clip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_clip(tmp_path_factory.mktemp("clip") / "c.mp4", 6, 48, 32)


@pytest.fixture
def source(file: Path) -> Iterator[FileSource]:
    opened = FileSource(file)
    yield opened
    opened.close()


def as_it_is(size: tuple[int, int]) -> tuple[int, int]:
    return size


def test_the_file_is_what_its_hash_says(source: FileSource, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = tmp_path / "c.clip"
    clip = make_clip(path, source, as_it_is, "auto", 1, 3, lambda *done: told.append(done))
    assert clip is not None
    assert clip.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert clip.size_bytes == path.stat().st_size
    assert [entry.index for entry in clip.entries] == [1, 2, 3]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_range_beyond_the_end_is_cut(source: FileSource, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "c.clip", source, as_it_is, "jpeg", 4, 99)
    assert clip is not None
    assert [entry.index for entry in clip.entries] == [4, 5]


def test_many_pixels_become_jpegs(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 6 * 48 * 32 * 3 - 1)
    clip = make_clip(tmp_path / "c.clip", source, as_it_is, "auto", 0, None)
    assert clip is not None
    assert clip.encoding == "jpeg"
    with pytest.raises(InputError, match="much for a phone"):
        make_clip(tmp_path / "d.clip", source, as_it_is, "bgr", 0, None)


def test_a_stop_is_heeded(source: FileSource, tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "c.clip", source, as_it_is, "auto", 0, None, should_stop=lambda: True
    )
    assert clip is None


def test_a_range_without_frames_is_refused(source: FileSource, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frame 6"):
        make_clip(tmp_path / "c.clip", source, as_it_is, "auto", 6, None)


def test_a_disk_without_room_is_spared(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LEAST_LEFT_BYTES", 1 << 62)
    with pytest.raises(InputError, match="left on the disk"):
        make_clip(tmp_path / "c.clip", source, as_it_is, "auto", 0, None)


def test_a_place_that_cannot_be_written_is_told(source: FileSource, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        make_clip(tmp_path / "absent" / "c.clip", source, as_it_is, "auto", 0, None)
