"""The phone's temporal engine beside this computer's, in the self-test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from studio.errors import PhoneError
from studio.targets.phone.fold import FoldedFrame
from studio.targets.phone.fold_test import FRAMES, run_fold_test
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.self_test import SelfTest
from studio.temporal.step import Decision, Mask, Measures, StepResult, Trigger
from tests.support.fake_phone import runner_at
from tests.support.fake_runner import FakeRunner, Faults, dark_is_background

FIRST = SelfTest(
    is_equal=True,
    agreement=1.0,
    largest_difference=0.0,
    relative_difference=0.0,
    dtype="int8",
    frame_millis=1.0,
    words="outputs equal",
)


class Here:
    """This computer's engine; by default it does what the phone of these tests does.

    Args:
        trigger: why it asks the network of every frame.
        change: made to its masks.
    """

    def __init__(
        self, trigger: Trigger = Trigger.EVERY, change: Callable[[Mask], Mask] = lambda mask: mask
    ) -> None:
        self._trigger, self._change = trigger, change
        self.indices: list[int] = []

    def follow(self, frame: FoldedFrame) -> StepResult | None:
        self.indices.append(frame.index)
        mask, _ = dark_is_background(frame.image)
        return StepResult(self._change(mask), Decision(self._trigger, 0, Measures()))


def asked(here: Here, faults: Faults | None = None, dtype: str = "int8") -> SelfTest:
    picture = np.zeros((40, 50, 3), np.uint8)
    picture[:, :20] = 255
    with FakeRunner(faults=faults or Faults()) as fake, runner_at(fake) as runner:
        report = replace(FIRST, dtype=dtype)
        return run_fold_test(runner.connection, picture, (40, 50), here, report, 0.4)


def test_an_engine_that_does_the_same_passes() -> None:
    here = Here()
    report = asked(here)
    assert report.is_equal
    assert report.agreement == 1.0
    assert here.indices == list(range(1, FRAMES + 1))
    assert f"100.000% of {FRAMES} masks after it, the same key frames" in report.words


def one_pixel_off(mask: Mask) -> Mask:
    other = mask.copy()
    other[0, 0] ^= 1
    return other


@pytest.mark.parametrize(("dtype", "is_equal"), [("int8", False), ("float32", True)])
def test_a_pixel_may_differ_where_scores_do(dtype: str, is_equal: bool) -> None:
    report = asked(Here(change=one_pixel_off), dtype=dtype)
    assert report.is_equal == is_equal
    assert report.agreement == pytest.approx(1 - 1 / 2000)


def inverted(mask: Mask) -> Mask:
    return mask ^ np.uint8(1)


def test_other_masks_fail() -> None:
    report = asked(Here(change=inverted), dtype="float32")
    assert not report.is_equal
    assert report.agreement == 0.0


def test_other_key_frames_fail() -> None:
    report = asked(Here(trigger=Trigger.INTERVAL))
    assert not report.is_equal
    assert "other key frames" in report.words


@pytest.mark.parametrize(
    ("faults", "kind", "words"),
    [
        (Faults(hangs_at=0xFFFFFF02), ConnectionLostError, "did not finish"),
        (Faults(dies_at=0xFFFFFF03), ConnectionLostError, "broke"),
        (Faults(refuses_frames=frozenset({0xFFFFFF01})), PhoneError, "refused a frame"),
    ],
)
def test_a_phone_that_gives_no_answer_is_told(
    faults: Faults, kind: type[PhoneError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        asked(Here(), faults)
