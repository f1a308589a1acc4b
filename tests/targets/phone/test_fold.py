"""This computer follows the phone's temporal engine, frame by frame, and says when it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.inference.segmenter import Segmenter
from studio.runs.phone_events import MaskCompared
from studio.targets.phone.comparison import Comparable, Comparer
from studio.targets.phone.fold import Fold, FoldedFrame
from studio.targets.phone.pictures import pack
from studio.targets.phone.runs import encode_runs
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger
from tests.support.models import logits_model, picture
from tests.support.waiting import wait_until

SPEC = TemporalSpec(longest_gap=3, anchor_gap=0, cut_level=200.0)
LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


@pytest.fixture
def segmenter(tmp_path: Path) -> Segmenter:
    return Segmenter(logits_model(tmp_path / "m.tflite", dtype="int8"))


def image_of(number: int) -> NDArray[np.uint8]:
    moved: NDArray[np.uint8] = np.ascontiguousarray(np.roll(picture(LABELS, 5), number, axis=1))
    return moved


def frame_of(number: int, trigger: Trigger) -> FoldedFrame:
    return FoldedFrame(number, number / 30, image_of(number), trigger)


def test_decisions_are_its_own(segmenter: Segmenter) -> None:
    fold = Fold(segmenter, SPEC)
    told = [fold.follow(frame_of(0, Trigger.FIRST))]
    told += [fold.follow(frame_of(number, Trigger.NONE)) for number in (1, 2, 3)]
    triggers = [result.decision.trigger for result in told if result is not None]
    assert triggers == [Trigger.FIRST, Trigger.NONE, Trigger.NONE, Trigger.INTERVAL]


def test_the_first_frame_begins_anew(segmenter: Segmenter) -> None:
    fold = Fold(segmenter, SPEC)
    fold.follow(frame_of(0, Trigger.FIRST))
    result = fold.follow(frame_of(1, Trigger.FIRST))
    assert result is not None
    assert result.decision.trigger is Trigger.FIRST


def test_after_a_gap_nothing_is_said_until_the_phone_forgets(segmenter: Segmenter) -> None:
    fold = Fold(segmenter, SPEC)
    assert fold.follow(frame_of(0, Trigger.INTERVAL)) is None
    fold.follow(frame_of(0, Trigger.FIRST))
    fold.lose()
    assert fold.follow(frame_of(5, Trigger.NONE)) is None
    assert fold.follow(frame_of(6, Trigger.CUT)) is None
    result = fold.follow(frame_of(7, Trigger.ANCHOR))
    assert result is not None
    assert result.decision.trigger is Trigger.ANCHOR
    assert fold.follow(frame_of(8, Trigger.NONE)) is not None


def comparable(number: int, mask: NDArray[np.uint8], trigger: Trigger) -> Comparable:
    size = (mask.shape[0], mask.shape[1])
    sent = pack(image_of(number), "bgr")
    return Comparable(number, sent, size, encode_runs(mask), number, number / 30, trigger)


def test_every_frame_is_compared_in_its_turn(segmenter: Segmenter, tmp_path: Path) -> None:
    there = Fold(Segmenter(tmp_path / "m.tflite"), SPEC)
    told: list[MaskCompared] = []
    comparer = Comparer(segmenter, told.append, None, at_model_size=False, temporal=SPEC)
    for number in range(8):
        result = there.follow(frame_of(number, Trigger.NONE if number else Trigger.FIRST))
        assert result is not None
        said = Trigger.AREA if number == 4 else result.decision.trigger
        comparer.offer(comparable(number, result.mask, said))
    comparer.close()
    assert [each.sequence for each in told] == list(range(8))
    assert {each.agreement for each in told} == {1.0}
    assert [each.is_same_decision for each in told] == [number != 4 for number in range(8)]


def test_who_cannot_keep_up_goes_on_where_the_phone_begins_anew(segmenter: Segmenter) -> None:
    told: list[MaskCompared] = []
    mask = np.zeros((65, 65), np.uint8)
    comparer = Comparer(segmenter, told.append, None, at_model_size=False, temporal=SPEC)
    with comparer._changed:  # nothing is taken meanwhile
        for number in range(200):
            comparer._waiting.append(comparable(number, mask, Trigger.NONE))
    comparer.offer(comparable(200, mask, Trigger.NONE))
    comparer.offer(comparable(201, mask, Trigger.FIRST))
    wait_until(lambda: bool(told))
    comparer.close()
    assert [each.sequence for each in told] == [201]
