"""What is on screen when: order, pace, drops, loops, and jumps that overtake each other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.playback.messages import FrameReady
from studio.playback.presenter import Presenter


def _frame(index: int, timeline: float, generation: int = 1, skipped: int = 0) -> FrameReady:
    return FrameReady(
        generation=generation,
        slot=index % 8,
        index=index,
        time_seconds=timeline,
        timeline_seconds=timeline,
        duration_seconds=0.04,
        skipped=skipped,
        decode_millis=1.0,
    )


def _cued(frames: int, generation: int = 1) -> Presenter:
    presenter = Presenter()
    presenter.cue(generation)
    for index in range(frames):
        assert presenter.add(_frame(index, index * 0.04, generation))
    return presenter


def test_the_first_frame_is_shown_at_once_even_when_paused() -> None:
    presenter = _cued(3)
    assert presenter.awaits_first
    shown = presenter.present(100.0, is_playing=False)
    assert shown.frame is not None
    assert shown.frame.index == 0
    assert presenter.present(200.0, is_playing=False).frame is None


def test_frames_of_an_older_jump_are_refused() -> None:
    presenter = _cued(3)
    left = presenter.cue(2)
    assert [frame.index for frame in left] == [0, 1, 2]
    assert not presenter.add(_frame(3, 0.12, generation=1))
    assert presenter.add(_frame(9, 0.0, generation=2))


@given(st.lists(st.floats(0.001, 0.2), min_size=1, max_size=60))
def test_every_frame_is_shown_or_counted_exactly_once(waits: list[float]) -> None:
    presenter = _cued(30)
    now, seen, dropped = 0.0, [], 0
    for wait in [0.0, *waits, 10.0]:
        now += wait
        chosen = presenter.present(now, is_playing=True)
        if chosen.frame is not None:
            seen.append(chosen.frame.index)
            dropped += chosen.dropped
            assert len(chosen.passed) == chosen.dropped
    assert seen == sorted(set(seen))
    assert len(seen) + dropped == presenter_total(presenter, 30)


def presenter_total(presenter: Presenter, given: int) -> int:
    left = 0
    while presenter.take_next() is not None:
        left += 1
    return given - left


def test_a_frame_is_never_shown_before_its_time() -> None:
    presenter = _cued(10)
    presenter.present(0.0, is_playing=True)
    for step in range(1, 200):
        now = step * 0.002
        chosen = presenter.present(now, is_playing=True)
        if chosen.frame is not None:
            assert chosen.frame.timeline_seconds <= now + 0.0021


def test_the_delay_leads_to_the_next_frame() -> None:
    presenter = _cued(5)
    presenter.present(0.0, is_playing=True)
    delay = presenter.delay_seconds(0.01)
    assert delay == pytest.approx(0.03)
    chosen = presenter.present(0.01 + delay, is_playing=True)
    assert chosen.frame is not None
    assert chosen.frame.index == 1


def test_a_starved_clock_waits_instead_of_running_away() -> None:
    presenter = _cued(2)
    presenter.present(0.0, is_playing=True)
    presenter.present(0.05, is_playing=True)
    presenter.present(30.0, is_playing=True)
    assert presenter.clock.at(30.0) == pytest.approx(0.04 + 0.25)


def test_what_the_process_skipped_counts_as_dropped() -> None:
    presenter = Presenter()
    presenter.cue(1)
    presenter.add(_frame(0, 0.0))
    presenter.present(0.0, is_playing=True)
    presenter.add(_frame(4, 0.16, skipped=3))
    assert presenter.present(0.2, is_playing=True).dropped == 3


def test_it_is_exhausted_only_after_the_last_frame_was_shown() -> None:
    presenter = _cued(2)
    presenter.end_reached = True
    assert not presenter.is_exhausted
    presenter.present(0.0, is_playing=True)
    assert not presenter.is_exhausted
    presenter.present(1.0, is_playing=True)
    assert presenter.is_exhausted


def test_live_frames_are_shown_newest_first_and_without_a_clock() -> None:
    presenter = _cued(1)
    presenter.is_live = True
    presenter.present(0.0, is_playing=True)
    for index in (1, 2, 3):
        presenter.add(_frame(index, index * 100.0))
    chosen = presenter.present(0.01, is_playing=True)
    assert chosen.frame is not None
    assert chosen.frame.index == 3
    assert [frame.index for frame in chosen.passed] == [1, 2]


def test_a_step_moves_the_standing_clock_along() -> None:
    presenter = _cued(3)
    presenter.present(0.0, is_playing=False)
    stepped = presenter.take_next()
    assert stepped is not None
    presenter.move_to(stepped)
    presenter.play(50.0)
    assert presenter.delay_seconds(50.0) == pytest.approx(0.04)
    presenter.pause(50.01)
    assert presenter.delay_seconds(50.01) == math.inf


def test_nothing_is_stepped_to_before_the_first_frame() -> None:
    assert _cued(3).take_next() is None
