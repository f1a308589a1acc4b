"""A phone keeps the promises that a target makes, and its masks are this computer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError, PhoneError, SpecError
from studio.inference.model import SessionOptions
from studio.runs.phone_events import DeployStep
from studio.targets.computer import ComputerTarget
from studio.targets.phone.spec import PhoneOptions
from studio.targets.phone.troubles import PhoneGoneError
from studio.targets.phone_target import PhoneTarget
from studio.targets.target import Session, Target
from studio.video.frame import Frame
from tests.phone_lab.phone import LabPhone
from tests.support.models import logits_model, picture
from tests.support.waiting import wait_until

LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))
OPTIONS = PhoneOptions(warm_up=0)


def frame(index: int = 0) -> Frame:
    image = picture(np.roll(LABELS, index, axis=1), 5 + index)
    noise = np.random.default_rng(index).integers(0, 60, image.shape, np.uint8)
    return Frame(index=index, time_seconds=index / 30, image=image // 2 + noise, decode_millis=0.5)


def test_masks_are_those_of_this_computer(lab_phone: LabPhone, tmp_path: Path) -> None:
    model = logits_model(tmp_path / "m.tflite", dtype="int8")
    here = ComputerTarget().open(model, SessionOptions())
    steps: list[DeployStep] = []
    target: Target = PhoneTarget(lab_phone.serial, OPTIONS, steps.append)
    assert lab_phone.serial in target.name
    session: Session = target.open(model, SessionOptions(threads=2))
    try:
        assert session.info.threads == 2
        assert session.info.labels == here.info.labels
        for index in range(3):
            done = session.segment(frame(index))
            np.testing.assert_array_equal(done.mask, here.segment(frame(index)).mask)
            assert done.millis.invoke > 0
        out = np.empty(frame(1).image.shape[:2], np.uint8)
        assert session.segment(frame(1), out).mask is out
        np.testing.assert_array_equal(out, here.segment(frame(1)).mask)
        many = list(session.segment_all(frame(index) for index in range(7)))
        assert [one.frame.index for one in many] == list(range(7))
        for one in many:
            np.testing.assert_array_equal(one.mask, here.segment(one.frame).mask)
    finally:
        session.close()
        session.close()
        here.close()
    assert {"bundle", "phone", "push-runner", "push-model", "start"} <= {s.name for s in steps}
    with pytest.raises(ModelError, match="is closed"):
        session.segment(frame())
    wait_until(lambda: not any("./runner" in line for line in lab_phone.processes()), 5.0)


def test_a_pulled_cable_is_told(lab_phone: LabPhone, tmp_path: Path) -> None:
    model = logits_model(tmp_path / "m.tflite", dtype="int8")
    session = PhoneTarget(lab_phone.serial, OPTIONS).open(model, SessionOptions())
    try:
        session.segment(frame())
        lab_phone.unplug()
        with pytest.raises(PhoneGoneError):
            session.segment(frame())
    finally:
        session.close()
    lab_phone.plug()


def test_a_model_that_is_none_is_refused(lab_phone: LabPhone, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file"):
        PhoneTarget(lab_phone.serial).open(tmp_path / "absent.tflite", SessionOptions())


def test_a_phone_that_is_not_there_is_told(lab_phone: LabPhone, tmp_path: Path) -> None:
    model = logits_model(tmp_path / "m.tflite")
    with pytest.raises(PhoneError, match="nobody"):
        PhoneTarget("nobody").open(model, SessionOptions())


@pytest.mark.parametrize(
    "options", [PhoneOptions(masks_at_model_size=True), PhoneOptions(is_pushed_ahead=True)]
)
def test_options_of_streaming_sessions_are_refused(options: PhoneOptions) -> None:
    with pytest.raises(SpecError, match="one by one"):
        PhoneTarget("any", options)


def test_phones_run_one_runtime_only(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="LiteRT"):
        PhoneTarget("any").open(tmp_path / "m.tflite", SessionOptions(runtime="tflite-runtime"))
