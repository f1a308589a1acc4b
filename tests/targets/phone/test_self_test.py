"""The phone's answer to one picture beside this computer's, which is computed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import PhoneError
from studio.inference.model import ModelOverrides, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.paths import workspace_dir
from studio.targets.phone import self_test as module
from studio.targets.phone.comparison import computer_mask
from studio.targets.phone.refusals import ConnectionLostError
from studio.targets.phone.runs import encode_runs
from studio.targets.phone.self_test import (
    Reference,
    compute_reference,
    judge,
    reference_picture,
    run_self_test,
)
from studio.targets.phone.wire import Result
from studio.temporal.step import Trigger
from tests.support.fake_phone import runner_at
from tests.support.fake_runner import FakeRunner, Faults
from tests.support.models import logits_model

SHA = "ab" * 32
MASK: NDArray[np.uint8] = (np.arange(200).reshape(10, 20) % 3).astype(np.uint8)


def result_of(mask: NDArray[np.uint8]) -> Result:
    size = (mask.shape[0], mask.shape[1])
    return Result(
        *(0, 0, 0, 1000, 3500),
        *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        Trigger.EVERY,
        *(4, 0, 0),
        size,
        encode_runs(mask),
    )


def reference(output: NDArray[Any]) -> Reference:
    return Reference(MASK, output)


def test_equal_integers_are_equal() -> None:
    output = np.arange(-50, 50, dtype=np.int8)
    report = judge(reference(output), result_of(MASK), output.tobytes())
    assert report.is_equal
    assert (report.agreement, report.largest_difference) == (1.0, 0.0)
    assert report.frame_millis == 2.5
    assert "outputs equal" in report.words


def test_integers_must_be_equal_to_the_last_bit() -> None:
    output = np.arange(-50, 50, dtype=np.int8)
    report = judge(reference(output), result_of(MASK), (output + np.int8(1)).tobytes())
    assert not report.is_equal
    assert report.largest_difference == 1.0
    assert "1 steps" in report.words


@pytest.mark.parametrize(("factor", "is_equal"), [(1 + 2e-4, True), (1 + 2e-3, False)])
def test_floats_may_differ_by_their_last_bits(factor: float, is_equal: bool) -> None:
    output = np.linspace(-9, 10, 500, dtype=np.float32)
    told = (output * factor).astype(np.float32)
    report = judge(reference(output), result_of(MASK), told.tobytes())
    assert report.is_equal == is_equal
    assert report.relative_difference == pytest.approx(factor - 1, rel=0.01)


def test_masks_that_differ_are_no_equals() -> None:
    output = np.zeros(4, np.float32)
    report = judge(reference(output), result_of(MASK[::-1].copy()), output.tobytes())
    assert not report.is_equal
    assert report.agreement < 0.9
    smaller = judge(reference(output), result_of(MASK[:5]), output.tobytes())
    assert smaller.agreement == 0.0


def test_an_output_of_another_size_is_told() -> None:
    output = np.zeros(4, np.int8)
    report = judge(reference(output), result_of(MASK), bytes(5))
    assert not report.is_equal
    assert report.largest_difference == float("inf")


def test_the_reference_is_computed_once_for_each_way_of_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = logits_model(tmp_path / "m.tflite", dtype="int8")
    segmenter = Segmenter(path)
    picture = reference_picture()
    first = compute_reference(segmenter, SHA, picture, at_model_size=False)
    runs: list[int] = []

    def counted(*arguments: Any, **named: Any) -> NDArray[np.uint8]:
        runs.append(1)
        return computer_mask(*arguments, **named)

    monkeypatch.setattr(module, "computer_mask", counted)
    again = compute_reference(segmenter, SHA, picture, at_model_size=False)
    assert runs == []
    np.testing.assert_array_equal(first.mask, again.mask)
    np.testing.assert_array_equal(first.output, again.output)
    small = compute_reference(segmenter, SHA, picture, at_model_size=True)
    assert small.mask.shape == (13, 13)
    other = Segmenter(path, SessionOptions(overrides=ModelOverrides(channel_order="bgr")))
    compute_reference(other, SHA, picture, at_model_size=False)
    compute_reference(segmenter, "cd" * 32, picture, at_model_size=False)
    assert len(runs) == 3
    for damage in (b"damaged", b"PK\x03\x04 cut off", b""):
        for stored in (workspace_dir() / "phone" / "references").iterdir():
            stored.write_bytes(damage)
        mended = compute_reference(segmenter, SHA, picture, at_model_size=False)
        np.testing.assert_array_equal(first.output, mended.output)


def test_a_workspace_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("JEJUNET_WORKSPACE", str(blocked))
    segmenter = Segmenter(logits_model(tmp_path / "m.tflite"))
    assert compute_reference(segmenter, SHA, reference_picture(), at_model_size=False).mask.any()


def test_the_picture_has_something_to_see(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for _ in range(2):
        picture = reference_picture()
        assert max(picture.shape) == 320
        assert picture.std() > 20
        monkeypatch.setattr(module, "sample_clip", lambda: tmp_path / "absent.mp4")


def asked(fake: FakeRunner, seconds: float = 5.0) -> module.SelfTest:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4] = 255
    mask = (picture.max(axis=2) > 127).astype(np.uint8)
    expected = Reference(mask, mask[:4, :4])
    with runner_at(fake) as runner:
        return run_self_test(runner.connection, picture, (8, 8), lambda: expected, seconds)


def test_a_good_phone_passes() -> None:
    with FakeRunner() as fake:
        assert asked(fake).is_equal


@pytest.mark.parametrize(
    ("faults", "kind", "words"),
    [
        (Faults(hangs_at=0xFFFFFFFF), ConnectionLostError, "did not finish"),
        (Faults(dies_at=0xFFFFFFFF), ConnectionLostError, "broke"),
        (Faults(refuses_frames=frozenset({0xFFFFFFFF})), PhoneError, "refused the picture"),
    ],
)
def test_a_phone_that_gives_no_answer_is_told(
    faults: Faults, kind: type[PhoneError], words: str
) -> None:
    with FakeRunner(faults=faults) as fake, pytest.raises(kind, match=words):
        asked(fake, 0.3)
