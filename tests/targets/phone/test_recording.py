from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import OutputError, RunError
from studio.opencv import cv2
from studio.targets.phone.recording import (
    COMPUTER_MASK,
    PHONE_MASK,
    PICTURE,
    RecordingReader,
    RecordingWriter,
)
from studio.targets.phone.runs import encode_runs
from tests.support.full_disk import full_disk

SIZE = (12, 16)


def _jpeg() -> bytes:
    done, data = cv2.imencode(".jpg", np.full((6, 8, 3), 90, np.uint8))
    assert done
    return data.tobytes()


def _mask(label: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.full(SIZE, label, np.uint8)


def _write(path: Path, frames: int) -> None:
    writer = RecordingWriter(path)
    for sequence in range(frames):
        writer.write(PICTURE, sequence, SIZE, _jpeg())
        writer.write(PHONE_MASK, sequence, SIZE, encode_runs(_mask(sequence % 200)))
        writer.write(COMPUTER_MASK, sequence, SIZE, encode_runs(_mask(sequence % 100)))
    writer.close()


def test_each_frame_is_found_by_its_number_while_the_file_grows(tmp_path: Path) -> None:
    path = tmp_path / "recording.bin"
    reader = RecordingReader(path)
    assert reader.refresh() == 0  # nobody has begun yet
    writer = RecordingWriter(path)
    assert reader.refresh() == 0
    for sequence in (4, 9):
        writer.write(PHONE_MASK, sequence, SIZE, encode_runs(_mask(sequence)))
        assert reader.refresh() == 1
        found = reader.frame(sequence)
        assert found.size == SIZE
        assert found.phone_mask is not None
        assert (found.phone_mask == sequence).all()
        assert found.picture is None
        assert found.computer_mask is None
    assert 4 in reader
    assert 5 not in reader
    assert reader.frame(5).phone_mask is None
    writer.close()
    reader.close()
    reader.close()


def test_pictures_and_both_masks_come_back(tmp_path: Path) -> None:
    path = tmp_path / "recording.bin"
    _write(path, 3)
    reader = RecordingReader(path)
    assert reader.refresh() == 9
    found = reader.frame(2)
    assert found.picture is not None
    assert found.picture.shape == (6, 8, 3)
    assert found.phone_mask is not None
    assert found.computer_mask is not None
    assert found.phone_mask.shape == found.computer_mask.shape == SIZE
    reader.close()


@given(cut=st.integers(0, 400))
def test_a_torn_end_waits_for_its_rest(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("torn")
    _write(folder / "whole", 1)
    data = (folder / "whole").read_bytes()
    torn = folder / "torn"
    torn.write_bytes(data[: min(cut, len(data))])
    reader = RecordingReader(torn)
    before = reader.refresh()
    torn.write_bytes(data)
    assert before + reader.refresh() == 3
    reader.close()


def test_a_recording_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "recording.bin"
    _write(path, 1)
    writer = RecordingWriter(path)
    assert writer.size_bytes == path.stat().st_size
    writer.write(PHONE_MASK, 1, SIZE, encode_runs(_mask(7)))
    writer.close()
    reader = RecordingReader(path)
    assert reader.refresh() == 4
    reader.close()


def test_damage_is_told_in_words(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PNG and so on and on")
    with closing(RecordingReader(other)) as reader, pytest.raises(RunError, match="another kind"):
        reader.refresh()

    path = tmp_path / "recording.bin"
    _write(path, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:8] + b"\xff\xff\xff\xff" + whole[12:])
    with closing(RecordingReader(path)) as reader, pytest.raises(RunError, match="chunk of"):
        reader.refresh()

    writer = RecordingWriter(tmp_path / "wrong")
    writer.write(PICTURE, 0, SIZE, b"no picture")
    writer.write(PHONE_MASK, 1, SIZE, b"\x00")
    writer.close()
    reader = RecordingReader(tmp_path / "wrong")
    reader.refresh()
    with pytest.raises(RunError, match="no JPEG"):
        reader.frame(0)
    with pytest.raises(RunError, match="damaged"):
        reader.frame(1)
    reader.close()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        RecordingWriter(tmp_path / "no" / "folder")


def test_a_full_disk_leaves_whole_chunks_only(tmp_path: Path) -> None:
    path = tmp_path / "recording.bin"
    writer = RecordingWriter(path)
    for sequence in range(3):
        writer.write(PHONE_MASK, sequence, SIZE, bytes(5000))
    with full_disk(17_000), pytest.raises(OutputError):
        writer.write(PHONE_MASK, 3, SIZE, bytes(5000))
    writer.close()
    reader = RecordingReader(path)
    assert reader.refresh() == 3
    assert path.stat().st_size == writer.size_bytes
    reader.close()
