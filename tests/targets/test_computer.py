"""This computer keeps the promises that a target makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError
from studio.inference.model import SessionOptions
from studio.targets.computer import ComputerTarget
from studio.targets.target import Session, Target
from studio.video.frame import Frame
from tests.support.models import logits_model, picture

LABELS = np.random.default_rng(0).integers(0, 21, (13, 13))


def frame(index: int = 0) -> Frame:
    image = picture(np.roll(LABELS, index, axis=1), 5)
    return Frame(index=index, time_seconds=index / 30, image=image, decode_millis=0.5)


def test_a_session_segments_frames_at_their_size(tmp_path: Path) -> None:
    target: Target = ComputerTarget()
    session: Session = target.open(logits_model(tmp_path / "m.tflite"), SessionOptions())
    done = session.segment(frame())
    np.testing.assert_array_equal(done.mask[2::5, 2::5], LABELS)
    assert done.frame.image.shape[:2] == done.mask.shape
    assert done.millis.invoke > 0
    session.close()


def test_many_frames_come_back_in_order(tmp_path: Path) -> None:
    session = ComputerTarget().open(logits_model(tmp_path / "m.tflite"), SessionOptions())
    done = list(session.segment_all(frame(index) for index in range(5)))
    assert [one.frame.index for one in done] == [0, 1, 2, 3, 4]
    for index, one in enumerate(done):
        np.testing.assert_array_equal(one.mask[2::5, 2::5], np.roll(LABELS, index, axis=1))
    session.close()


def test_two_sessions_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    one = ComputerTarget().open(path, SessionOptions())
    other = ComputerTarget().open(path, SessionOptions(runtime="tflite-runtime"))
    for index in range(3):
        expected = np.roll(LABELS, index, axis=1)
        for session in (one, other):
            np.testing.assert_array_equal(session.segment(frame(index)).mask[2::5, 2::5], expected)
    one.close()
    other.close()


def test_a_closed_session_says_so_and_may_be_closed_again(tmp_path: Path) -> None:
    session = ComputerTarget().open(logits_model(tmp_path / "m.tflite"), SessionOptions())
    session.close()
    session.close()
    assert session.info.labels
    with pytest.raises(ModelError, match="is closed"):
        session.segment(frame())


def test_a_model_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file"):
        ComputerTarget().open(tmp_path / "absent.tflite", SessionOptions())
