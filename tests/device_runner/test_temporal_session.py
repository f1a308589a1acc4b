"""A session of the runner itself with the temporal engine: what it answers, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import (
    MASKS_AT_MODEL_SIZE,
    NO_MASK,
    RESTART,
    Close,
    FrameMessage,
    Refused,
    Result,
)
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger
from tests.device_runner.client import RunnerClient, frame_message
from tests.device_runner.folding import Shot, StudiosFold
from tests.device_runner.messages import open_message, write_model

Start = Callable[..., RunnerClient]

SPEC = TemporalSpec(plane_pixels=400, canvas_pixels=300, longest_gap=3, anchor_gap=0, cut_level=90)


def _picture(shift: int) -> NDArray[np.uint8]:
    """A soft pattern that wanders to the right; its size is the network's."""
    rows, columns = np.mgrid[0:24, 0:32]
    waves = [np.sin((columns - shift) / (3 + k)) * np.cos(rows / (4 - k)) for k in range(3)]
    picture: NDArray[np.uint8] = np.round(127.5 + 120 * np.stack(waves, axis=2)).astype(np.uint8)
    return picture


def _frame(number: int, picture: NDArray[np.uint8], flags: int = 0) -> FrameMessage:
    return frame_message(number, (24, 32), (24, 32), picture.tobytes(), flags=flags)


def test_key_frames_and_masks_are_those_of_the_studio(start_runner: Start, tmp_path: Path) -> None:
    message = open_message(write_model(tmp_path, (24, 32)), (24, 32), temporal=SPEC)
    studio = StudiosFold(message)
    runner = start_runner()
    runner.open(message)
    triggers = []
    for number, shift in enumerate((0, 1, 2, 2, 3, 4, 5, 6)):
        picture = _picture(shift)
        # The network of the tests says what it sees.
        expected = studio.step(Shot(number, number / 32, picture, picture))
        runner.send(_frame(number, picture))
        result = runner.expect(Result)
        assert result.trigger is expected.trigger
        np.testing.assert_array_equal(decode_runs(result.runs, result.mask_size), expected.mask)
        assert (result.invoke_millis > 0) == result.is_key_frame
        assert result.propagate_millis > 0
        triggers.append(result.trigger)
    assert triggers.count(Trigger.NONE) == 5
    assert triggers[3] is Trigger.INTERVAL  # where it came to rest


def test_a_restart_and_a_frame_without_a_mask(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    message = open_message(write_model(tmp_path, (24, 32)), (24, 32), temporal=SPEC)
    runner.open(message)
    studio = StudiosFold(message)
    flags = (0, NO_MASK, RESTART, 0)
    for number, flag in enumerate(flags):
        picture = _picture(number)
        runner.send(_frame(number, picture, flag))
        result = runner.expect(Result)
        if flag & RESTART:
            studio.restart()
        expected = studio.step(Shot(number, number / 32, picture, picture))
        assert result.trigger is expected.trigger
        if flag & NO_MASK:
            assert result.mask_size == (0, 0)
        else:
            np.testing.assert_array_equal(decode_runs(result.runs, result.mask_size), expected.mask)
    assert result.trigger is Trigger.NONE


def test_a_still_picture_after_one_without_a_mask_is_drawn(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, (24, 32)), (24, 32), temporal=SPEC))
    runner.send(_frame(0, _picture(0), NO_MASK), _frame(1, _picture(0)))
    runner.expect(Result)
    result = runner.expect(Result)
    assert not result.is_key_frame
    mask = decode_runs(result.runs, result.mask_size)
    np.testing.assert_array_equal(mask, _picture(0).argmax(axis=2))


def test_a_refused_frame_does_not_reach_the_engine_but_its_restart_does(
    start_runner: Start, tmp_path: Path
) -> None:
    runner = start_runner()
    runner.open(open_message(write_model(tmp_path, (24, 32)), (24, 32), temporal=SPEC))
    short = frame_message(1, (24, 32), (24, 32), bytes(5))
    restarted = frame_message(3, (24, 32), (24, 32), bytes(5), flags=RESTART)
    for number, frame in enumerate((short, restarted)):
        runner.send(_frame(0, _picture(0)), frame, _frame(2, _picture(1)))
        runner.expect(Result)
        assert runner.expect(Refused).code == 5
        assert runner.expect(Result).is_key_frame == bool(number)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plane_pixels": 0}, "1 to 1048576"),
        ({"canvas_pixels": 1 << 21}, "1 to 1048576"),
        ({"flow_iterations": 1001}, "1001 iterations"),
        ({"asynchronous": True}, "not offered on phones"),
        ({"difference_limit": float("nan")}, "limit, level or gain of"),
        ({"cut_level": -1.0}, "limit, level or gain of -1"),
        ({"past_weight": 1.5}, "not between 0 and 1"),
        ({"refine_radius": 65}, "radius of 65"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_in_words(
    start_runner: Start, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    runner = start_runner()
    runner.greet()
    runner.send(open_message(write_model(tmp_path), temporal=TemporalSpec(**changes)), Close())
    refused = runner.expect(Refused)
    assert refused.code == 4
    assert words in refused.text
    assert runner.receive() is None


def test_label_maps_and_the_engine_do_not_go_together(start_runner: Start, tmp_path: Path) -> None:
    runner = start_runner()
    runner.greet()
    runner.send(
        open_message(write_model(tmp_path), flags=MASKS_AT_MODEL_SIZE, temporal=SPEC), Close()
    )
    assert "not offered with the temporal engine" in runner.expect(Refused).text
