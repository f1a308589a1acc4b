"""Beside the caller the network takes its time, and the mask never waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError
from studio.inference.model import RUNTIMES, Runtime, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets.target import SegmentedFrame
from studio.targets.temporal_session import TemporalSession
from studio.temporal.report import TemporalReport
from studio.temporal.spec import TemporalSpec
from studio.video.frame import Frame
from tests.support.checkout import ROOT
from tests.support.painted_video import (
    Watched,
    moving_square,
    painted,
    painted_session,
    shown,
    square_video,
)
from tests.support.scripted_executor import ScriptedExecutor

BESIDE = TemporalSpec(longest_gap=3, still_level=0.0, asynchronous=True)
FRAMES = square_video(14)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A network that notes what it was asked."""
    session = Watched(painted_session(tmp_path / "models"))
    yield session
    session.close()


@pytest.fixture
def executor() -> ScriptedExecutor:
    """Runs the network when the test says so."""
    return ScriptedExecutor()


@pytest.fixture
def session(watched: Watched, executor: ScriptedExecutor) -> Iterator[TemporalSession]:
    """A session whose network runs when the test says so."""
    session = TemporalSession(watched, BESIDE, lambda: executor)
    yield session
    session.close()


def report_of(done: SegmentedFrame) -> TemporalReport:
    assert done.temporal is not None
    return done.temporal


def test_the_first_frame_waits_for_the_network(session: TemporalSession, watched: Watched) -> None:
    done = session.segment(FRAMES[0])
    assert watched.asked == [0]
    assert shown(done.mask, moving_square(0)) > 0.99
    report = report_of(done)
    assert (report.is_key, report.trigger, report.late_frames) == (True, "first", 0)
    assert report.network_millis == pytest.approx(done.millis.preprocess + done.millis.invoke)


def test_no_later_frame_waits(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES:
        done = session.segment(frame)
        assert shown(done.mask, moving_square(frame.index)) > 0.8  # carried along for long
        if frame.index:
            report = report_of(done)
            assert (report.is_key, report.network_millis, done.millis.invoke) == (False, 0, 0)
    assert watched.asked == [0]
    assert executor.taken == 1, "one frame at a time"


def test_a_late_word_comes_in_with_the_next_frame_and_says_how_old_it_is(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:6]:
        session.segment(frame)  # asked on frame 1, the first in which anything moved
    executor.finish()
    assert watched.asked == [0, 1]
    done = session.segment(FRAMES[6])
    report = report_of(done)
    assert report.late_frames == 5
    assert report.network_millis > 0
    assert not report.is_key
    assert done.millis.invoke == 0  # beside
    assert shown(done.mask, moving_square(6)) > 0.97
    after = report_of(session.segment(FRAMES[7]))
    assert (after.late_frames, after.network_millis) == (0, 0)


def test_the_gap_is_the_age_of_the_word_that_the_mask_rests_on(
    session: TemporalSession, executor: ScriptedExecutor
) -> None:
    gaps = []
    for frame in FRAMES[:10]:
        if frame.index == 6:
            executor.finish()  # it was given frame 1; now it is given frame 6
        if frame.index == 9:
            executor.finish()
        gaps.append(report_of(session.segment(frame)).gap)
    assert gaps == [0, 1, 2, 3, 4, 5, 5, 6, 7, 3]


def test_only_frames_that_the_network_is_given_have_a_trigger(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    given = []
    for frame in [*FRAMES[:8], replace(FRAMES[7], index=8), replace(FRAMES[7], index=9)]:
        if frame.index in (4, 8):
            executor.finish()
        if report_of(session.segment(frame)).trigger != "none":
            given.append(frame.index)
    executor.finish()
    assert given == watched.asked
    assert given == [0, 1, 4, 8]  # on frame 7 something moved: it is asked before it sees frame 8


def test_after_going_back_the_gap_is_that_of_the_kept_state(
    session: TemporalSession, executor: ScriptedExecutor
) -> None:
    session.segment(FRAMES[0])
    kept = session.state
    for frame in FRAMES[1:6]:
        session.segment(frame)
    executor.finish()
    assert report_of(session.segment(FRAMES[6])).gap == 5
    session.restore(kept)
    assert report_of(session.segment(FRAMES[1])).gap == 1


def test_a_word_brings_in_what_was_not_there_before(
    session: TemporalSession, executor: ScriptedExecutor
) -> None:
    def with_newcomer(index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        labels = moving_square(index)
        if index >= 2:
            labels[20:24, 2:20] = 12
        return labels

    for index in range(5):
        if index == 2:
            executor.finish()  # frame 1; now it is asked about frame 2
        done = session.segment(painted(index, with_newcomer(index)))
    assert 12 not in done.mask  # nobody has named it yet
    executor.finish()
    done = session.segment(painted(5, with_newcomer(5)))
    assert shown(done.mask, with_newcomer(5)) > 0.95
    assert (done.mask == 12).mean() > 0.05


def test_the_network_sees_the_frame_as_it_was_when_handed_over(
    session: TemporalSession, executor: ScriptedExecutor
) -> None:
    ring = np.empty_like(FRAMES[0].image)
    for frame in FRAMES[:6]:
        ring[:] = frame.image
        session.segment(replace(frame, image=ring))
        ring[:] = 77
    executor.finish()
    done = session.segment(FRAMES[6])
    assert report_of(done).late_frames == 5
    assert shown(done.mask, moving_square(6)) > 0.97


def other_scene(index: int) -> Frame:
    labels = moving_square(index, label=12, ground=15)
    return painted(index, labels[::-1, ::-1].copy())


def test_what_the_network_says_of_the_scene_before_a_cut_is_not_used(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    assert executor.is_busy()  # with frame 1
    done = session.segment(other_scene(4))
    assert (
        report_of(done).trigger == "none"
    )  # the network is at work: it is asked as soon as can be
    assert watched.asked == [0], "not even a cut waits"
    executor.finish()
    done = session.segment(other_scene(5))  # hears of the old scene, asks about the new one
    assert report_of(done).trigger == "cut"
    assert report_of(done).gap == 5, "the word on the old scene was not used"
    assert not (done.mask == 12).any()
    assert report_of(done).late_frames == 0
    executor.finish()
    assert watched.asked == [0, 1, 5]
    done = session.segment(other_scene(6))
    assert report_of(done).late_frames == 1
    assert (done.mask == 15).mean() > 0.5
    assert not (done.mask == 8).any()


def test_nothing_of_an_old_scene_is_shown_for_longer_than_the_longest_gap(
    session: TemporalSession,
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    for index in range(4, 12):
        done = session.segment(other_scene(index))
        if index >= 4 + BESIDE.longest_gap:
            assert not (done.mask == 8).any()


def test_a_network_that_refuses_is_told_on_the_next_frame_and_asked_again(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    watched.failures = 1
    executor.finish()
    with pytest.raises(ModelError, match="refused"):
        session.segment(FRAMES[4])
    done = session.segment(FRAMES[5])
    assert shown(done.mask, moving_square(5)) > 0.9
    assert executor.is_busy()  # asked again at once
    executor.finish()
    assert report_of(session.segment(FRAMES[6])).late_frames == 1


def test_a_network_that_refuses_the_first_frame_is_told_at_once(
    session: TemporalSession, watched: Watched
) -> None:
    watched.failures = 1
    with pytest.raises(ModelError, match="refused"):
        session.segment(FRAMES[0])
    assert report_of(session.segment(FRAMES[1])).is_key


def test_after_a_jump_the_network_is_not_heard_of_where_it_was(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    session.reset()
    done = session.segment(other_scene(9))  # waits until the network is free
    assert watched.asked == [0, 1, 9]
    assert report_of(done).is_key
    assert (done.mask == 15).mean() > 0.5
    done = session.segment(other_scene(10))
    assert report_of(done).late_frames == 0
    assert not (done.mask == 8).any()


def test_a_state_that_was_kept_is_gone_back_to_without_the_word_on_its_way(
    session: TemporalSession, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    kept = session.state
    session.restore(kept)
    executor.finish()
    report = report_of(session.segment(FRAMES[4]))
    assert (report.late_frames, report.network_millis) == (0, 0)


def test_one_network_is_never_used_by_two(
    session: TemporalSession, watched: Watched, executor: ScriptedExecutor
) -> None:
    for frame in FRAMES[:4]:
        session.segment(frame)
    assert executor.is_busy()
    alone = session.segment_alone(FRAMES[4])
    assert not executor.is_busy()
    np.testing.assert_array_equal(alone.mask, watched.session.segment(FRAMES[4]).mask)
    assert report_of(session.segment(FRAMES[5])).late_frames == 4  # its word was not lost
    for frame in FRAMES[6:9]:
        session.segment(frame)
    assert executor.is_busy()
    session.spec = replace(BESIDE, asynchronous=False)
    assert report_of(session.segment(FRAMES[9])).is_key
    assert not executor.is_busy()


@pytest.mark.parametrize("seconds", [0.0, 0.03])
def test_in_a_thread_of_its_own_the_network_keeps_up_as_it_can(
    watched: Watched, seconds: float
) -> None:
    session = TemporalSession(watched, replace(BESIDE, longest_gap=1))
    watched.seconds = seconds
    lates = []
    for frame in FRAMES:
        done = session.segment(frame)
        lates.append(report_of(done).late_frames)
        assert shown(done.mask, moving_square(frame.index)) > 0.9
        time.sleep(0.01)
    session.close()
    assert watched.threads[0] == threading.current_thread().name
    assert all(name.startswith("network") for name in watched.threads[1:])
    assert 2 < len(watched.asked) <= len(FRAMES)
    assert max(lates) >= (2 if seconds else 1)


def test_a_mask_takes_no_longer_while_the_network_is_at_work(watched: Watched) -> None:
    session = TemporalSession(watched, replace(BESIDE, longest_gap=1))
    session.segment(FRAMES[0])
    watched.seconds = 0.3
    millis = [session.segment(frame).millis.total for frame in FRAMES[1:]]
    assert max(millis) < 200
    session.close()


def test_closing_waits_for_the_network_and_ends_its_thread(watched: Watched) -> None:
    session = TemporalSession(watched, replace(BESIDE, longest_gap=1))
    session.segment(FRAMES[0])
    watched.seconds = 0.1
    session.segment(FRAMES[1])
    assert any(thread.name.startswith("network") for thread in threading.enumerate())
    session.close()
    session.close()
    assert not any(thread.name.startswith("network") for thread in threading.enumerate())


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_runtime_lets_other_threads_go_on_while_it_computes(runtime: Runtime) -> None:
    """Otherwise a thread of its own would gain nothing."""
    path = ROOT / "models" / "jejunet_quality_353_float32.tflite"
    segmenter = Segmenter(path, SessionOptions(runtime=runtime))
    image = np.zeros((353, 353, 3), np.uint8)
    runs = 4
    network = threading.Thread(target=lambda: [segmenter.segment(image) for _ in range(runs)])
    network.start()
    went_on = 0
    while network.is_alive():
        time.sleep(0.0005)
        went_on += 1
    network.join()
    assert went_on > 4 * runs, "the caller stood still while the network computed"
