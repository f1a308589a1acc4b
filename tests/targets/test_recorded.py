"""A finished session gives its masks and timings again, and nothing that was not recorded."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError, RunError
from studio.inference.model import SessionOptions
from studio.runs.events import AnyEvent, Started, encode
from studio.runs.folder import RunFolder
from studio.runs.phone_events import PhoneFound, PhoneFrame
from studio.targets.phone.recording import PHONE_MASK, RECORDING_NAME, RecordingWriter
from studio.targets.phone.runs import encode_runs
from studio.targets.recorded import RecordedTarget
from studio.targets.target import Session, Target
from studio.video.frame import Frame
from tests.support.models import logits_model

SIZE = (6, 8)


def mask_of(index: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.full(SIZE, index + 1, np.uint8)


def frame(index: int, size: tuple[int, int] = SIZE) -> Frame:
    return Frame(index, index / 30, np.zeros((*size, 3), np.uint8), 0.0)


def told(
    sequence: int, index: int, invoke_millis: float, *, is_warm_up: bool = False
) -> PhoneFrame:
    return PhoneFrame(
        sequence=sequence,
        index=index,
        time_seconds=index / 30,
        sent_at_seconds=0.0,
        preprocess_millis=1.0,
        decode_millis=0.5,
        invoke_millis=invoke_millis,
        postprocess_millis=2.0,
        is_warm_up=is_warm_up,
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "m.tflite")


@pytest.fixture
def folder(tmp_path: Path, model: Path) -> RunFolder:
    """A session in which frame 0 came twice, 1 once, and 2 without a mask."""
    folder = RunFolder(tmp_path / "run")
    folder.artifacts_dir.mkdir(parents=True)
    events: list[AnyEvent] = [
        Started(job="deploy", pid=1),
        PhoneFound(
            serial="S1",
            model="Pixel 2",
            model_name="m",
            model_sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
            litert_version="2.0.3",
            threads=4,
        ),
        told(0, 0, 99.0, is_warm_up=True),
        told(1, 1, 20.0),
        told(2, 2, 30.0),
        told(3, 0, 10.0),
    ]
    folder.events_file.write_bytes(b"".join(map(encode, events)))
    writer = RecordingWriter(folder.artifacts_dir / RECORDING_NAME)
    for sequence, index in ((0, 0), (1, 1), (3, 0)):
        writer.write(PHONE_MASK, sequence, SIZE, encode_runs(mask_of(index)))
    writer.close()
    return folder


def test_masks_and_timings_come_back(folder: RunFolder, model: Path) -> None:
    target: Target = RecordedTarget(folder)
    assert "Pixel 2" in target.name
    session: Session = target.open(model, SessionOptions())
    assert (session.info.threads, session.info.runtime_version) == (4, "2.0.3")
    done = list(session.segment_all([frame(1), frame(0)]))
    np.testing.assert_array_equal(done[0].mask, mask_of(1))
    assert (done[0].millis.preprocess, done[0].millis.invoke) == (1.5, 20.0)
    np.testing.assert_array_equal(done[1].mask, mask_of(0))
    assert done[1].millis.invoke == 10.0, "the timing after the warm-up"
    out = np.empty(SIZE, np.uint8)
    assert session.segment(frame(1), out).mask is out
    np.testing.assert_array_equal(out, mask_of(1))
    session.close()
    session.close()
    with pytest.raises(ModelError, match="is closed"):
        session.segment(frame(0))


@pytest.mark.parametrize("index", [2, 7])
def test_what_was_not_recorded_is_told(folder: RunFolder, model: Path, index: int) -> None:
    session = RecordedTarget(folder).open(model, SessionOptions())
    with pytest.raises(RunError, match=f"Frame {index} was not recorded; 2 others"):
        session.segment(frame(index))
    session.close()


def test_a_frame_of_another_size_is_refused(folder: RunFolder, model: Path) -> None:
    session = RecordedTarget(folder).open(model, SessionOptions())
    with pytest.raises(RunError, match="8×6 pixels, the frame 10×6"):
        session.segment(frame(0, (6, 10)))
    session.close()


def test_another_model_is_refused(folder: RunFolder, tmp_path: Path) -> None:
    other = logits_model(tmp_path / "other.tflite", classes=5)
    with pytest.raises(ModelError, match="is another model"):
        RecordedTarget(folder).open(other, SessionOptions())


def test_a_run_without_a_phone_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(RunError, match="cannot be read"):
        RecordedTarget(folder)
    folder.path.mkdir()
    folder.events_file.write_bytes(encode(Started(job="train", pid=1)))
    with pytest.raises(RunError, match="no recorded session"):
        RecordedTarget(folder)
