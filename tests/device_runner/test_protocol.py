"""What the runner answers to what a computer says to it, right and wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.inference.geometry import Geometry
from studio.inference.postprocess import mask_from_logits
from studio.opencv import cv2
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import (
    MASKS_AT_MODEL_SIZE,
    NO_MASK,
    WITH_OUTPUT,
    XNNPACK,
    Close,
    Opened,
    Output,
    Play,
    Probe,
    Probed,
    Refused,
    Result,
    encode,
)
from studio.video.frame import Image
from tests.device_runner.build import HASH
from tests.device_runner.client import RunnerClient, frame_message
from tests.device_runner.messages import open_message, write_model

Start = Callable[..., RunnerClient]

_PICTURE = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)


def _expected_mask(picture: Image, size: tuple[int, int] = (8, 8)) -> Image:
    """What the stand-in network makes of a picture that fills its input."""
    small = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_LINEAR)
    geometry = Geometry((picture.shape[0], picture.shape[1]), size, size, "stretch")
    return mask_from_logits(small, geometry)


def test_a_session_from_hello_to_close(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    ready = runner.greet()
    assert (ready.version, ready.runner_hash, ready.pid) == (2, HASH, runner.process.pid)
    assert ready.cpus == os.cpu_count()
    assert ready.litert_version == "0.0-stub"
    runner.send(open_message(write_model(tmp_path), flags=XNNPACK, cpu_mask=1, warm_up=2))
    opened = runner.expect(Opened)
    assert opened.has_xnnpack
    assert opened.has_cpu_mask
    assert (opened.input_bytes, opened.output_bytes) == (192, 192)
    assert opened.memory_bytes > 0
    frame = frame_message(3, (20, 30), (8, 8), _PICTURE.tobytes())
    runner.send(frame, Close())
    result = runner.expect(Result)
    assert (result.sequence, result.host_micros) == (3, frame.host_micros)
    assert result.received_micros <= result.started_micros <= result.finished_micros
    assert result.is_key_frame
    assert result.cpu == 0  # the only one that it may work on
    assert result.memory_bytes > 0
    np.testing.assert_array_equal(
        decode_runs(result.runs, result.mask_size), _expected_mask(_PICTURE)
    )
    assert runner.receive() is None
    assert runner.exit_code() == 0


def test_the_stages_of_a_frame_are_told_apart(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    opened = runner.open(open_message(write_model(tmp_path, delay_millis=40), warm_up=2))
    assert 80 <= opened.warm_up_millis < 2000
    runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    result = runner.expect(Result)
    assert 40 <= result.invoke_millis < 1000
    assert result.preprocess_millis < 40
    assert result.postprocess_millis < 40
    assert (result.decode_millis, result.propagate_millis) == (0, 0)
    took = (result.finished_micros - result.started_micros) / 1e3
    stages = result.preprocess_millis + result.invoke_millis + result.postprocess_millis
    assert took == pytest.approx(stages, abs=0.01)


def test_flags_of_a_frame_ask_for_more_or_less(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    picture = _PICTURE.tobytes()
    runner.send(frame_message(0, (20, 30), (8, 8), picture, flags=NO_MASK))
    bare = runner.expect(Result)
    assert (bare.mask_size, bare.runs) == ((0, 0), b"")
    runner.send(frame_message(1, (20, 30), (8, 8), picture, flags=NO_MASK | WITH_OUTPUT))
    assert runner.expect(Result).sequence == 1
    small = cv2.resize(_PICTURE, (8, 8), interpolation=cv2.INTER_LINEAR)
    assert runner.expect(Output) == Output(1, small.tobytes())


def test_masks_may_stay_at_the_models_size(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path), flags=MASKS_AT_MODEL_SIZE))
    runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    result = runner.expect(Result)
    small = cv2.resize(_PICTURE, (8, 8), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(decode_runs(result.runs, result.mask_size), small.argmax(axis=2))


def test_frames_may_change_their_size_and_come_as_jpeg(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    for sequence, size in enumerate([(20, 30), (1, 1), (400, 300), (20, 30)]):
        picture = np.random.default_rng(sequence).integers(0, 256, (*size, 3), np.uint8)
        jpeg = bytes(cv2.imencode(".jpg", picture)[1])
        runner.send(frame_message(2 * sequence, size, (8, 8), picture.tobytes()))
        runner.send(frame_message(2 * sequence + 1, size, (8, 8), jpeg, encoding=2))
        for number in range(2):
            result = runner.receive()
            if isinstance(result, Refused) and "cannot decode JPEG" in result.text:
                pytest.skip("needs libjpeg-turbo: apt-get install libturbojpeg0")
            assert isinstance(result, Result), result
            assert result.sequence == 2 * sequence + number
            assert (result.decode_millis > 0) == bool(number)
            decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1).astype(np.uint8)
            np.testing.assert_array_equal(
                decode_runs(result.runs, result.mask_size),
                _expected_mask(decoded if number else picture),
            )


def test_a_shape_that_the_model_leaves_open_is_set(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    opened = runner.open(open_message(write_model(tmp_path, (6, 9), kind="open"), (6, 9)))
    assert opened.input_bytes == 6 * 9 * 3


@pytest.mark.parametrize("kind", ["undelegable", "late"])
def test_a_model_that_the_delegate_cannot_take_runs_without(
    start_runner: Start, tmp_path: Path, kind: str
) -> None:
    runner = start_runner()
    opened = runner.open(open_message(write_model(tmp_path, kind=kind), flags=XNNPACK))
    assert not opened.has_xnnpack
    runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    mask = runner.expect(Result)
    np.testing.assert_array_equal(decode_runs(mask.runs, (20, 30)), _expected_mask(_PICTURE))


def test_cpus_that_the_phone_does_not_have_are_no_reason_to_stop(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    opened = runner.open(open_message(write_model(tmp_path), cpu_mask=1 << 63))
    assert not opened.has_cpu_mask
    runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    runner.expect(Result)


def test_probes_are_answered_while_a_frame_is_worked_on(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, delay_millis=500)))
    runner.send(frame_message(0, (20, 30), (8, 8), _PICTURE.tobytes()))
    answers = []
    for token in range(4):
        runner.send(Probe(token, 100_000, b"x" * 100_000))
        answers.append(runner.expect(Probed))
        time.sleep(0.05)
    assert [(probed.token, probed.bytes) for probed in answers] == [
        (token, 100_000) for token in range(4)
    ]
    result = runner.expect(Result)
    assert any(
        result.started_micros < probed.runner_micros < result.finished_micros for probed in answers
    )


def test_probes_come_before_the_model(start_runner: Start) -> None:
    runner = start_runner()
    runner.greet()
    runner.send(Probe(1), Probe(2, 16 << 20))
    assert runner.expect(Probed).bytes == 0
    assert runner.expect(Probed).bytes == 16 << 20


def _clip(folder: Path, frames: int) -> str:
    path = folder / "frames.clip"
    path.write_bytes(
        b"".join(
            encode(frame_message(10 + number, (20, 30), (8, 8), _PICTURE.tobytes()))
            for number in range(frames)
        )
    )
    return str(path)


def test_a_clip_is_played_and_numbered_on(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path)))
    clip = Play(_clip(tmp_path, 3), 4)
    runner.send(clip, frame_message(99, (20, 30), (8, 8), _PICTURE.tobytes()), clip)
    results = [runner.expect(Result) for _ in range(25)]
    played = list(range(10, 22))
    assert [result.sequence for result in results] == [*played, 99, *played]
    mask = decode_runs(results[-1].runs, (20, 30))
    np.testing.assert_array_equal(mask, _expected_mask(_PICTURE))


def test_a_clip_does_not_keep_probes_or_close_waiting(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, delay_millis=50)))
    runner.send(Play(_clip(tmp_path, 2), 1 << 30))
    runner.expect(Result)
    runner.send(Probe(1))
    replies = [runner.receive() for _ in range(3)]
    assert Probed in [type(reply) for reply in replies]
    runner.send(Close())
    rest = 0
    while runner.receive() is not None:
        rest += 1
    assert rest <= 3
    assert runner.exit_code() == 0
