"""A session with the temporal engine around it gives a mask for every frame, and says how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError
from studio.inference.model import SessionOptions
from studio.targets.computer import ComputerTarget
from studio.targets.target import Session
from studio.targets.temporal_session import TemporalSession
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from studio.video.frame import Frame
from tests.support.models import logits_model
from tests.support.painted_video import (
    Watched,
    moving_square,
    painted,
    painted_session,
    shown,
    square_video,
)

EVERY_THIRD = TemporalSpec(longest_gap=3, still_level=0.0)
FRAMES = square_video(10)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A network that notes what it was asked."""
    session = Watched(painted_session(tmp_path / "models"))
    yield session
    session.close()


def test_the_target_opens_a_session_with_the_engine_around_it(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    session: Session = ComputerTarget().open(path, SessionOptions(), EVERY_THIRD)
    assert isinstance(session, TemporalSession)
    assert session.info.input_height == 65
    done = session.segment(FRAMES[0])
    assert done.temporal is not None
    assert done.temporal.is_key
    session.close()
    plain = ComputerTarget().open(path, SessionOptions())
    assert plain.segment(FRAMES[0]).temporal is None


def test_off_every_frame_is_segmented_by_itself(watched: Watched) -> None:
    session = TemporalSession(watched, OFF)
    for frame in FRAMES[:3]:
        done = session.segment(frame)
        np.testing.assert_array_equal(done.mask, watched.session.segment(frame).mask)
        assert done.temporal is None
    assert session.fields() is None
    assert session.state is None


@pytest.mark.parametrize(
    "spec",
    [
        TemporalSpec(difference_limit=0.0, past_weight=0.0),
        TemporalSpec(mode="per_frame", past_weight=0.0),
    ],
)
def test_with_every_frame_a_key_and_no_weight_on_the_past_nothing_changes(
    watched: Watched, spec: TemporalSpec
) -> None:
    session = TemporalSession(watched, spec)
    for frame in FRAMES:
        mask = session.segment(frame).mask
        # The grid's positions are told by scale and offset, whose rounding may differ in the last
        # bit from that of the taps, so a pixel on a border may fall to the other side.
        assert (mask == watched.session.segment(frame).mask).mean() > 0.9999
    assert watched.asked == [frame.index for frame in FRAMES]


def test_the_network_runs_on_key_frames_alone_and_every_mask_follows_the_picture(
    watched: Watched,
) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    for done in session.segment_all(FRAMES):
        report = done.temporal
        assert report is not None
        assert report.is_key == (done.frame.index in watched.asked)
        assert (report.network_millis > 0) == report.is_key
        assert (report.trigger == "none") != report.is_key
        assert report.late_frames == 0
        assert done.millis.total == pytest.approx(report.total_millis)
        assert done.millis.preprocess + done.millis.invoke == pytest.approx(report.network_millis)
        parts = report.propagation_millis + report.fuse_millis + report.draw_millis
        assert 0 < parts + report.network_millis <= report.total_millis
        assert shown(done.mask, moving_square(done.frame.index)) > 0.95
    assert watched.asked == [0, 3, 6, 9]


def test_the_mask_is_written_where_it_is_wanted(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    for frame in FRAMES[:2]:
        out = np.full(frame.image.shape[:2], 77, np.uint8)
        done = session.segment(frame, out)
        assert done.mask is out
        assert shown(out, moving_square(frame.index)) > 0.97


def test_a_state_that_was_kept_can_be_gone_back_to(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    masks, kept = [], None
    for frame in FRAMES:
        if frame.index == 4:
            kept = session.state
        masks.append(session.segment(frame).mask.copy())
    session.restore(kept)
    for frame in FRAMES[4:]:
        np.testing.assert_array_equal(session.segment(frame).mask, masks[frame.index])


def test_after_a_reset_the_next_frame_is_a_first_one(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    session.segment(FRAMES[0])
    session.segment(FRAMES[1])
    session.reset()
    done = session.segment(FRAMES[2])
    assert done.temporal is not None
    assert done.temporal.trigger == "first"


def test_other_limits_go_on_from_what_is_known(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    session.segment(FRAMES[0])
    session.spec = replace(EVERY_THIRD, longest_gap=5, past_weight=0.2, difference_limit=200.0)
    assert session.spec.longest_gap == 5
    for frame in FRAMES[1:7]:
        session.segment(frame)
    assert watched.asked == [0, 5]


@pytest.mark.parametrize(
    "spec",
    [
        replace(EVERY_THIRD, canvas_pixels=10000),
        replace(EVERY_THIRD, plane_pixels=4000),
        replace(EVERY_THIRD, carries="labels"),
        PRESETS["quality"],
    ],
)
def test_another_kind_of_memory_begins_anew(watched: Watched, spec: TemporalSpec) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    session.segment(FRAMES[0])
    session.spec = spec
    done = session.segment(FRAMES[1])
    assert done.temporal is not None
    assert done.temporal.is_key
    assert shown(done.mask, moving_square(1)) > 0.97
    session.spec = OFF
    assert session.segment(FRAMES[2]).temporal is None


def test_what_the_engine_saw_is_shown(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    assert session.fields() is None
    session.segment(FRAMES[0])
    session.segment(FRAMES[1])
    fields = session.fields()
    assert fields is not None
    assert fields.flow.shape[2] == 2
    assert fields.flow.shape[:2] == fields.residual.shape == fields.confidence.shape
    assert np.abs(fields.flow).max() > 0.5  # the square moves


def test_a_frame_can_be_segmented_by_itself_in_between(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    session.segment(FRAMES[0])
    before = session.state
    alone = session.segment_alone(FRAMES[1])
    assert alone.temporal is None
    np.testing.assert_array_equal(alone.mask, watched.session.segment(FRAMES[1]).mask)
    assert session.state is before


def test_a_network_that_refuses_is_told_and_asked_again(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    watched.failures = 1
    with pytest.raises(ModelError, match="refused"):
        session.segment(FRAMES[0])
    assert session.state is None
    done = session.segment(FRAMES[1])
    assert done.temporal is not None
    assert done.temporal.is_key
    watched.failures = 1
    session.segment(FRAMES[2])
    session.segment(FRAMES[3])
    with pytest.raises(ModelError, match="refused"):
        session.segment(FRAMES[4])
    done = session.segment(FRAMES[5])
    assert done.temporal is not None
    assert done.temporal.is_key
    assert shown(done.mask, moving_square(5)) > 0.97


def test_a_closed_session_says_so(watched: Watched) -> None:
    for spec in (EVERY_THIRD, OFF, replace(EVERY_THIRD, asynchronous=True)):
        session = TemporalSession(watched, spec)
        session.close()
        session.close()
        with pytest.raises(ModelError, match="is closed"):
            session.segment(FRAMES[0])


def test_the_frames_size_may_change_in_mid_stream(watched: Watched) -> None:
    session = TemporalSession(watched, EVERY_THIRD)
    session.segment(FRAMES[0])
    labels = moving_square(0)[:, :20]
    small = painted(1, labels)
    small = Frame(1, small.time_seconds, np.ascontiguousarray(small.image[::2, ::2]), 0.0)
    done = session.segment(small)
    assert done.mask.shape == small.image.shape[:2]
    assert done.temporal is not None
    assert done.temporal.trigger == "size"
