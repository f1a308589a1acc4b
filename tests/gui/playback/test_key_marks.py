"""The timeline keeps the last word on each frame, and says why the network ran there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from studio.gui.playback.key_marks import TRIGGERS, KeyFrames, KeyMarks, code_of, trigger_colour
from studio.gui.playback.timeline import TimelineStrip, key_columns
from studio.gui.theme import DARK, LIGHT, current_theme
from studio.targets.temporal_session import TemporalSession
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger
from tests.support.driven_playback import DrivenPlayback, a_video
from tests.support.painted_video import moving_square, painted, painted_session
from tests.support.scripted_executor import ScriptedExecutor
from tests.support.temporal_frames import a_frame, a_report

FRAMES = 100


@pytest.fixture
def playback(qtbot: QtBot) -> Iterator[DrivenPlayback]:
    model = DrivenPlayback()
    model._times = np.arange(FRAMES) / 25
    yield model
    model.shutdown()


@pytest.fixture
def marks(playback: DrivenPlayback) -> KeyMarks:
    found = KeyMarks(playback, playback)
    playback.give_video(a_video())
    return found


def test_each_frame_has_the_trigger_that_fired_last(
    playback: DrivenPlayback, marks: KeyMarks
) -> None:
    playback.frame_received.emit(a_frame(3, a_report("interval")))
    playback.frame_received.emit(a_frame(4, a_report()))
    playback.frame_received.emit(a_frame(5, a_report("cut")))
    assert {i: TRIGGERS[marks.codes[i]] for i in np.flatnonzero(marks.codes)} == {
        3: "interval",
        5: "cut",
    }
    playback.frame_received.emit(a_frame(5, a_report()))
    playback.frame_received.emit(a_frame(3, a_report("residual")))
    assert {i: TRIGGERS[marks.codes[i]] for i in np.flatnonzero(marks.codes)} == {3: "residual"}


def test_the_words_name_frame_measure_and_limit(playback: DrivenPlayback, marks: KeyMarks) -> None:
    playback.set_temporal(TemporalSpec(difference_limit=43.7))
    playback.frame_received.emit(a_frame(28, a_report("difference", difference=45.04)))
    assert marks.words(28) == "Key frame 28: difference 45 > 43.7"
    playback.set_temporal(TemporalSpec(area_limit=0.3))
    playback.frame_received.emit(a_frame(29, a_report("area", area=0.456)))
    assert marks.words(29) == "Key frame 29: area 45.6 % > 30 %"
    assert marks.words(27) == ""
    assert marks.words(FRAMES + 5) == ""


@pytest.mark.parametrize("trigger", [t for t in Trigger if t is not Trigger.NONE])
def test_every_trigger_has_words_and_a_colour(
    playback: DrivenPlayback, marks: KeyMarks, trigger: Trigger
) -> None:
    assert trigger in TRIGGERS
    playback.frame_received.emit(a_frame(1, a_report(trigger.value)))
    is_marked = trigger is not Trigger.EVERY  # all frames are: to mark them would say nothing
    assert bool(marks.words(1)) == is_marked
    assert "_" not in marks.words(1)
    for theme in (DARK, LIGHT):
        assert trigger_colour(trigger.value, theme).startswith("#")


def test_a_late_word_marks_the_frame_that_the_network_was_asked_with(
    playback: DrivenPlayback, marks: KeyMarks
) -> None:
    playback.set_temporal(TemporalSpec(residual_limit=20.0, asynchronous=True))
    asked = a_report("residual", is_key=False, network_millis=0.0, residual=21.0)
    came = a_report("none", network_millis=40.0, late_frames=3)
    for index, report in enumerate((a_report("first"), a_report(), asked, a_report(), a_report())):
        playback.frame_received.emit(a_frame(index, report))
    assert np.flatnonzero(marks.codes).tolist() == [0]  # no word yet on the frame that was asked
    playback.frame_received.emit(a_frame(5, came))
    assert np.flatnonzero(marks.codes).tolist() == [0, 2]
    assert marks.words(2) == "Key frame 2: residual 21 > 20"


def test_a_word_that_comes_as_another_is_asked_for_has_its_own_trigger() -> None:
    keys = KeyFrames()
    spec = TemporalSpec(asynchronous=True)
    keys.key_of(a_report("cut", is_key=False, network_millis=0.0), spec)
    both = keys.key_of(a_report("interval", is_key=False, late_frames=2), spec)
    assert both is not None
    assert (TRIGGERS[both.code], both.late_frames) == ("cut", 2)
    after = keys.key_of(a_report("none", network_millis=5.0, late_frames=1), spec)
    assert after is not None
    assert TRIGGERS[after.code] == "interval"


def test_the_mark_of_a_cut_outlasts_the_frames_until_its_word_comes(tmp_path: Path) -> None:
    executor = ScriptedExecutor()
    spec = TemporalSpec(still_level=0.0, asynchronous=True)
    with closing(TemporalSession(painted_session(tmp_path), spec, lambda: executor)) as session:
        keys, found = KeyFrames(), {}
        for index in range(6):
            if index == 5:
                executor.finish()
            labels = moving_square(index)
            if index >= 2:  # a frame in which nothing moves is before: the network is free
                labels = moving_square(index, label=12, ground=15)[::-1, ::-1].copy()
            report = session.segment(painted(index, labels if index != 1 else moving_square(0)))
            assert report.temporal is not None
            key = keys.key_of(report.temporal, spec)
            if key is not None:
                found[index - key.late_frames] = TRIGGERS[key.code]
    assert found == {0: "first", 2: "cut"}


def test_another_setting_model_or_video_clears_them(
    playback: DrivenPlayback, marks: KeyMarks
) -> None:
    causes: tuple[Callable[[], object], ...] = (
        lambda: playback.set_temporal(TemporalSpec(longest_gap=9)),
        playback.give_model,
        playback.take_model,
        playback.give_video,
        playback.take_video,
    )
    for cause in causes:
        playback.frame_received.emit(a_frame(7, a_report("first")))
        assert marks.codes.any()
        cause()
        assert not marks.codes.any()


def test_memory_is_that_of_the_video_however_long_it_plays(
    playback: DrivenPlayback, marks: KeyMarks
) -> None:
    for turn in range(3 * FRAMES):
        playback.frame_received.emit(a_frame(turn % FRAMES, a_report("interval")))
    assert marks.codes.shape == (FRAMES,)
    playback.frame_received.emit(a_frame(FRAMES + 1, a_report("interval")))  # beyond the end
    assert marks.codes.shape == (FRAMES,)


def test_a_camera_has_no_frames_to_mark(playback: DrivenPlayback, marks: KeyMarks) -> None:
    playback._times = np.zeros(0)
    playback.give_video()
    playback.frame_received.emit(a_frame(12, a_report("interval")))
    assert marks.words(12) == ""


@given(
    frames=st.integers(1, 3000),
    columns=st.integers(1, 700),
    keys=st.sets(st.integers(0, 2999), max_size=40),
)
def test_no_key_frame_is_lost_in_the_columns(frames: int, columns: int, keys: set[int]) -> None:
    codes = np.zeros(frames, np.uint8)
    inside = [key for key in keys if key < frames]
    codes[inside] = code_of("interval")
    drawn = key_columns(codes, columns)
    assert drawn.shape == (columns,)
    assert bool(drawn.any()) == bool(inside)
    assert drawn.astype(bool).sum() <= len(inside)
    if frames <= columns:
        assert drawn.astype(bool).sum() == len(inside)


def test_the_rarer_trigger_wins_where_frames_share_a_column() -> None:
    codes = np.full(1000, code_of("interval"), np.uint8)
    codes[501] = code_of("cut")
    assert (key_columns(codes, 10) == code_of("cut")).sum() == 1


def test_marks_are_drawn_below_the_bars_in_the_trigger_s_colour(
    playback: DrivenPlayback, qtbot: QtBot
) -> None:
    strip = TimelineStrip(playback)
    qtbot.addWidget(strip)
    strip.resize(816, 64)
    strip.show()
    playback.give_video(a_video())
    playback.frame_received.emit(a_frame(50, a_report("cut")))
    strip._redraw()
    picture = strip.grab().toImage()
    x = round(strip.x_of(50))
    below = [picture.pixelColor(x + dx, 61).name() for dx in (-1, 0, 1)]
    assert trigger_colour("cut", current_theme()) in below
    assert trigger_colour("cut", current_theme()) != picture.pixelColor(x + 20, 61).name()
