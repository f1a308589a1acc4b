"""This computer segments the very picture that the phone got, the newest first."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.segmenter import Segmenter
from studio.runs.phone_events import MaskCompared
from studio.targets.phone.comparison import Comparable, Comparer, agreement, computer_mask
from studio.targets.phone.pictures import SentPicture, pack
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import RecordingReader
from studio.targets.phone.runs import encode_runs
from tests.support.models import logits_model, picture
from tests.support.waiting import wait_until

LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


@pytest.fixture
def segmenter(tmp_path: Path) -> Segmenter:
    return Segmenter(logits_model(tmp_path / "m.tflite"))


def sent(encoding: str) -> SentPicture:
    return pack(picture(LABELS, 5), encoding)


def comparable(sequence: int, mask: NDArray[np.uint8], encoding: str = "bgr") -> Comparable:
    return Comparable(sequence, sent(encoding), (mask.shape[0], mask.shape[1]), encode_runs(mask))


@pytest.mark.parametrize("encoding", ["bgr", "jpeg"])
def test_masks_of_the_same_picture_agree(
    segmenter: Segmenter, tmp_path: Path, encoding: str
) -> None:
    told: list[MaskCompared] = []
    recorder = Recorder(tmp_path / "r.bin", lambda *_: None)
    mask = computer_mask(segmenter, sent(encoding), at_model_size=False)
    other = mask.copy()
    other[:13] = 255
    comparer = Comparer(segmenter, told.append, recorder, at_model_size=False)
    for sequence, phone_mask in enumerate((mask, other)):
        comparer.offer(comparable(sequence, phone_mask, encoding))
        wait_until(lambda sequence=sequence: len(told) > sequence)  # type: ignore[misc]
    comparer.close()
    comparer.close()
    recorder.close()
    assert [compared.agreement for compared in told] == [1.0, pytest.approx(0.8)]
    assert told[0].computer_millis > 0
    reader = RecordingReader(tmp_path / "r.bin")
    reader.refresh()
    kept = reader.frame(1).computer_mask
    assert kept is not None
    np.testing.assert_array_equal(kept, mask)
    reader.close()


def test_a_jpeg_is_compared_as_the_phone_sees_it() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    packed = pack(noise, "jpeg")
    assert (packed.as_seen() != noise).any()
    assert packed.image is noise, "what is shown is what the video has"
    whole = pack(noise, "bgr")
    np.testing.assert_array_equal(whole.as_seen(), noise)


def test_label_maps_are_compared_at_their_size(segmenter: Segmenter) -> None:
    mask = computer_mask(segmenter, sent("bgr"), at_model_size=True)
    np.testing.assert_array_equal(mask, LABELS)


def test_masks_of_other_sizes_do_not_agree() -> None:
    one = np.zeros((4, 4), np.uint8)
    assert agreement(one, np.zeros((4, 5), np.uint8)) == 0.0
    assert agreement(np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.uint8)) == 0.0


def test_who_cannot_keep_up_takes_the_newest(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, at_work = threading.Event(), threading.Event()
    real = Segmenter.segment

    def slow(self: Segmenter, *arguments: object) -> object:
        at_work.set()
        gate.wait(10)
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Segmenter, "segment", slow)
    told: list[MaskCompared] = []
    comparer = Comparer(segmenter, told.append, None, at_model_size=False)
    mask = np.zeros((65, 65), np.uint8)
    comparer.offer(comparable(0, mask))
    assert at_work.wait(10)
    for sequence in range(1, 50):
        comparer.offer(comparable(sequence, mask))
    gate.set()
    comparer.close()
    assert [compared.sequence for compared in told] == [0, 49]


def test_a_stop_need_not_wait_for_what_was_not_begun(segmenter: Segmenter) -> None:
    told: list[MaskCompared] = []
    comparer = Comparer(segmenter, told.append, None, at_model_size=False)
    comparer.close(finishes=False)
    comparer.offer(comparable(0, np.zeros((65, 65), np.uint8)))
    assert told == []


def test_a_model_that_fails_ends_the_comparing_alone(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ModelError("It broke.")

    monkeypatch.setattr(Segmenter, "segment", broken)
    told: list[MaskCompared] = []
    comparer = Comparer(segmenter, told.append, None, at_model_size=False)
    mask = np.zeros((65, 65), np.uint8)
    comparer.offer(comparable(0, mask))
    wait_until(lambda: comparer.error is not None)
    comparer.offer(comparable(1, mask))
    comparer.close()
    assert str(comparer.error) == "It broke."
    assert told == []


def test_what_nobody_foresaw_ends_the_comparing_in_words(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("No room for 9 MiB.")

    monkeypatch.setattr(Segmenter, "segment", broken)
    comparer = Comparer(segmenter, lambda _: None, None, at_model_size=False)
    comparer.offer(comparable(0, np.zeros((65, 65), np.uint8)))
    wait_until(lambda: comparer.error is not None)
    comparer.close()
    assert comparer.error is not None
    assert comparer.error.message == "MemoryError: No room for 9 MiB."
    assert "in broken" in comparer.error.details
