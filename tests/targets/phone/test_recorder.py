"""The recording thins out as space runs short, says so, and never stops a session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import OutputError
from studio.targets.phone import recorder as module
from studio.targets.phone.pictures import LONGEST_KEPT_SIDE, kept_jpeg, pack
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import PHONE_MASK, RecordingReader, RecordingWriter
from studio.targets.phone.runs import encode_runs

MASK = np.arange(12, dtype=np.uint8).reshape(3, 4)
RUNS = encode_runs(MASK)


class Warnings(list[str]):
    def __call__(self, message: str, _remedy: str) -> None:
        self.append(message)


def with_free(monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    monkeypatch.setattr(module, "_free_bytes", lambda _: free_bytes)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)


def test_pictures_are_kept_small_and_masks_whole(tmp_path: Path) -> None:
    warnings = Warnings()
    recorder = Recorder(tmp_path / "r.bin", warnings)
    image = np.full((400, 1000, 3), 90, np.uint8)
    assert recorder.wants_picture(3)
    recorder.picture(3, pack(image, "bgr"))
    recorder.picture(4, pack(image, "jpeg"))
    recorder.mask(PHONE_MASK, 3, (3, 4), RUNS)
    recorder.mask(PHONE_MASK, 5, (0, 0), b"")
    recorder.close()
    recorder.close()
    reader = RecordingReader(tmp_path / "r.bin")
    reader.refresh()
    for sequence in (3, 4):
        kept = reader.frame(sequence)
        assert kept.picture is not None
        assert kept.picture.shape == (192, LONGEST_KEPT_SIDE, 3)
        assert kept.size == (400, 1000)
        assert abs(int(kept.picture.mean()) - 90) < 3
    mask = reader.frame(3).phone_mask
    assert mask is not None
    np.testing.assert_array_equal(mask, MASK)
    assert 5 not in reader
    reader.close()
    assert warnings == []


def test_a_growing_recording_keeps_fewer_pictures_then_none_then_no_masks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 1 << 40)
    warnings = Warnings()
    recorder = Recorder(tmp_path / "r.bin", warnings, limit_bytes=10_000)

    def grow_to(size_bytes: int) -> list[bool]:
        while recorder.size_bytes < size_bytes:
            recorder.mask(PHONE_MASK, 0, (3, 4), RUNS)
        return [recorder.wants_picture(sequence) for sequence in range(10)]

    assert all(grow_to(100))
    assert grow_to(5_000).count(True) == 5
    assert grow_to(7_500).count(True) == 2
    assert grow_to(10_000).count(True) == 0
    grow_to(15_000)
    at_end = recorder.size_bytes
    recorder.mask(PHONE_MASK, 0, (3, 4), RUNS)
    assert recorder.size_bytes == at_end
    recorder.close()
    assert len(warnings) == 4
    assert "one picture in 2" in warnings[0]
    assert "neither pictures nor masks" in warnings[3]


@pytest.mark.parametrize(("free_mib", "kept"), [(1000, 10), (300, 2), (50, 0)])
def test_a_disk_that_fills_up_is_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mib: int, kept: int
) -> None:
    with_free(monkeypatch, free_mib << 20)
    warnings = Warnings()
    recorder = Recorder(tmp_path / "r.bin", warnings)
    assert sum(recorder.wants_picture(sequence) for sequence in range(10)) == kept
    before = recorder.size_bytes
    recorder.mask(PHONE_MASK, 0, (3, 4), RUNS)
    assert (recorder.size_bytes > before) == (kept > 0)
    assert len(warnings) == (0 if kept == 10 else 1)
    with_free(monkeypatch, 1 << 40)
    assert recorder.wants_picture(1), "space that was freed is used again"
    recorder.close()


def failing(times: int) -> Callable[..., None]:
    """A write that fails so often, then works."""
    left = [times]
    real = RecordingWriter.write

    def write(*arguments: object) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise OutputError("The disk is full.", remedy="Free some.")
        real(*arguments)  # type: ignore[arg-type]

    return write


def test_a_full_disk_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(RecordingWriter, "write", failing(3))
    warnings = Warnings()
    recorder = Recorder(tmp_path / "r.bin", warnings)
    for sequence in range(5):
        recorder.mask(PHONE_MASK, sequence, (3, 4), RUNS)
    recorder.close()
    assert len(warnings) == 1
    assert "measuring goes on" in warnings[0]
    reader = RecordingReader(tmp_path / "r.bin")
    assert reader.refresh() == 2
    reader.close()


def test_pictures_that_cannot_be_compressed_in_time_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(module, "kept_jpeg", lambda image: gate.wait(10) and kept_jpeg(image))
    recorder = Recorder(tmp_path / "r.bin", Warnings())
    image = np.zeros((20, 20, 3), np.uint8)
    for sequence in range(100):
        recorder.picture(sequence, pack(image, "bgr"))
    gate.set()
    recorder.close()
    reader = RecordingReader(tmp_path / "r.bin")
    assert 6 <= reader.refresh() <= 8
    reader.close()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        Recorder(tmp_path / "absent" / "r.bin", Warnings())


def test_pictures_that_cannot_be_compressed_are_told_once_and_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def scarce(image: NDArray[np.uint8]) -> bytes:
        calls.append(1)
        if len(calls) < 3:
            raise MemoryError("No room.")
        return kept_jpeg(image)

    monkeypatch.setattr(module, "kept_jpeg", scarce)
    warnings = Warnings()
    recorder = Recorder(tmp_path / "r.bin", warnings)
    for sequence in range(3):
        recorder.picture(sequence, pack(np.zeros((20, 20, 3), np.uint8), "bgr"))
    recorder.close()
    reader = RecordingReader(tmp_path / "r.bin")
    assert reader.refresh() == 1
    reader.close()
    assert len(warnings) == 1
    assert "MemoryError: No room." in warnings[0]
