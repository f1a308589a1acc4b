from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from studio.errors import OutputError
from studio.opencv import cv2
from studio.training.loop import Training
from studio.training.tensorboard import TensorBoardLog
from tests.support.datasets import make_voc
from tests.support.trainings import StoppingReporter, points, tiny_training

pytestmark = pytest.mark.timeout(300)  # on a busy machine


def _events(folder: Path) -> list[Any]:
    """As TensorBoard reads them: file by file, dropping what a later start takes back."""
    events: list[Any] = []
    for path in sorted(folder.glob("*tfevents*")):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            if event.session_log.status == tf.compat.v1.SessionLog.START:
                events = [old for old in events if old.step < event.step]
            events.append(event)
    return events


def _scalars(folder: Path, name: str) -> list[tuple[int, float]]:
    return [
        (event.step, value.simple_value)
        for event in _events(folder)
        for value in event.summary.value
        if value.tag == name
    ]


def test_a_training_is_there_once_though_it_was_interrupted(tmp_path: Path) -> None:
    spec = tiny_training(make_voc(tmp_path, images=8, val=2), epochs=3)
    stopped = StoppingReporter(tmp_path / "run", stop_at=3)
    Training(spec, stopped).run()
    last = StoppingReporter(tmp_path / "run")
    Training(spec, last).run()
    folder = tmp_path / "run" / "tensorboard"
    assert len(list(folder.iterdir())) == 2
    for name in ("loss", "learning_rate", "val/miou", "images_per_second"):
        expected = points([*stopped.events, *last.events], name)
        assert len(expected) >= 3
        assert dict(_scalars(folder, name)) == pytest.approx(expected, rel=1e-6)
        assert len(_scalars(folder, name)) == len(expected)
    texts = [v for e in _events(folder) for v in e.summary.value if v.tag == "spec"]
    assert b'"batch_size": 4' in texts[0].tensor.string_val[0]
    assert texts[0].metadata.plugin_data.plugin_name == "text"
    pictures = [v for e in _events(folder) for v in e.summary.value if v.HasField("image")]
    assert len(pictures) == 2 * 4  # two images, before and behind each epoch
    assert pictures[0].image.encoded_image_string.startswith(b"\x89PNG")
    assert (pictures[0].image.height, pictures[0].image.width) == (48, 64)


def test_points_that_were_taken_back_are_dropped(tmp_path: Path) -> None:
    for start, steps in ((0, (1, 2, 3)), (1, (2, 3, 4))):
        log = TensorBoardLog(tmp_path, start)
        for step in steps:
            log.scalars(step, {"loss": float(10 * start + step), "val/miou": None})
        log.close()
        log.close()
    assert _scalars(tmp_path, "loss") == [(1, 1.0), (2, 12.0), (3, 13.0), (4, 14.0)]
    assert _scalars(tmp_path, "val/miou") == []


def test_a_picture_that_is_gone_is_left_out(tmp_path: Path) -> None:
    log = TensorBoardLog(tmp_path, 0)
    log.image(1, "a", tmp_path / "gone.png")
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((2, 3, 3), np.uint8))
    log.image(1, "b", tmp_path / "b.png")
    log.close()
    assert [v.tag for e in _events(tmp_path) for v in e.summary.value] == ["b"]


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Could not write"):
        TensorBoardLog(tmp_path / "file" / "tensorboard", 0)
