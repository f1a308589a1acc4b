"""Playback as a user drives it: exact places, honest counts, and no crash that costs the window."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from studio.errors import ModelError, VideoError, WorkerError
from studio.gui.playback.shown import Loop
from tests.support.clips import class_clip, class_of_frame, most_common
from tests.support.models import labels_model, logits_model
from tests.support.playback import Watcher


def _assert_mask_belongs_to_frame(watcher: Watcher) -> None:
    shown = watcher.model.shown
    assert shown is not None
    assert shown.mask is not None
    assert most_common(shown.mask) == class_of_frame(shown.index)


def _shows(watcher: Watcher, index: int) -> Callable[[], bool]:
    return lambda: watcher.model.shown is not None and watcher.model.shown.index == index


def _has_errors(watcher: Watcher, count: int) -> Callable[[], bool]:
    return lambda: len(watcher.errors) == count


def test_the_first_frame_comes_with_its_mask(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    model = watcher.model
    assert model.position == 0
    assert model.video is not None
    assert model.video.frame_count == 40
    assert len(model.times_seconds) == 40
    assert not model.is_playing
    _assert_mask_belongs_to_frame(watcher)


def test_playing_shows_every_frame_in_order_and_stops_at_the_end(
    watcher: Watcher, clip: Path, net: Path
) -> None:
    watcher.open(clip, net)
    watcher.indices.clear()
    model = watcher.model
    model.frame_shown.connect(lambda _shown: model.report_draw(0.5))
    began = time.monotonic()
    model.play()
    watcher.until(lambda: not model.is_playing)
    seconds = time.monotonic() - began
    assert model.position == 39
    assert watcher.indices == sorted(set(watcher.indices))
    dropped = sum(r.dropped_before for r in watcher.records if r.is_playing)
    assert len(watcher.indices) + dropped == 39
    assert seconds > 38 * 0.04  # never faster than the video


def test_play_at_the_end_starts_again(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.seek(39)
    watcher.until(lambda: model.shown is not None and model.shown.index == 39)
    model.play()
    watcher.until(lambda: not model.is_playing)
    watcher.indices.clear()
    model.play()
    watcher.until(lambda: len(watcher.indices) > 3)
    assert watcher.indices[0] == 0


@pytest.mark.parametrize("goal", [0, 1, 17, 38, 39])
def test_a_seek_lands_exactly(watcher: Watcher, clip: Path, net: Path, goal: int) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.seek(goal)
    watcher.until(
        lambda: (
            model.shown is not None and model.shown.index == goal and model.shown.mask is not None
        )
    )
    _assert_mask_belongs_to_frame(watcher)


def test_seeks_are_kept_within_the_video(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.seek(10_000)
    assert model.position == 39
    model.seek(-5)
    assert model.position == 0
    model.seek_seconds(1.0)
    assert model.position == 25


def test_steps_go_frame_by_frame_both_ways(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    model = watcher.model
    places = []
    for frames in (1, 1, 1, -1, -1, 1, 5, -2):
        model.step(frames)
        goal = model.position
        watcher.until(_shows(watcher, goal))
        places.append(goal)
    assert places == [1, 2, 3, 2, 1, 2, 7, 5]
    assert not model.is_playing


def test_a_step_while_playing_pauses(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.play()
    watcher.until(lambda: len(watcher.indices) > 3)
    model.step(1)
    assert not model.is_playing
    place = model.position
    watcher.until(lambda: model.shown is not None and model.shown.index == place)


def test_an_a_b_loop_stays_inside(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.set_loop(Loop(5, 9))
    watcher.until(lambda: model.position == 5 and not model._presenter.awaits_first)
    watcher.indices.clear()
    model.play()
    watcher.until(lambda: len(watcher.indices) > 12)
    assert set(watcher.indices) <= {5, 6, 7, 8, 9}
    wraps = [b for a, b in zip(watcher.indices, watcher.indices[1:], strict=False) if b < a]
    assert wraps
    assert model.is_playing


def test_scrubbing_holds_playing_and_goes_on_after(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.set_loop(Loop(0, 39))
    model.play()
    watcher.until(lambda: len(watcher.indices) > 2)
    model.begin_scrub()
    for goal in range(10, 20):
        model.seek(goal)
    watcher.until(lambda: model.shown is not None and model.shown.index == 19)
    held = len(watcher.indices)
    QTimer.singleShot(200, lambda: None)
    watcher._qtbot.wait(200)
    assert len(watcher.indices) == held
    assert model.is_playing
    model.end_scrub()
    watcher.until(lambda: model.shown is not None and model.shown.index > 22)


@pytest.mark.parametrize(("speed", "least", "most"), [(0.5, 8, 15), (2.0, 30, 60)])
def test_speed_changes_the_pace(
    watcher: Watcher, clip: Path, speed: float, least: int, most: int
) -> None:
    watcher.open(clip)
    model = watcher.model
    model.set_loop(Loop(0, 39))
    model.set_speed(speed)
    model.play()
    watcher.until(lambda: len(watcher.indices) > 3)
    first, began = len(watcher.indices), time.monotonic()
    dropped = len(watcher.records)
    watcher._qtbot.wait(1000)
    seconds = time.monotonic() - began
    shown = len(watcher.indices) - first
    assert dropped >= 0
    assert shown <= most * seconds
    assert shown >= least * seconds * 0.5


def test_a_slow_network_drops_frames_but_keeps_the_pace(watcher: Watcher, tmp_path: Path) -> None:
    clip = class_clip(tmp_path / "fast.mp4", frames=120, rate=240.0)
    slow = logits_model(tmp_path / "slow.tflite", input_size=1025, grid=205)
    watcher.open(clip, slow)
    model = watcher.model
    model.frame_shown.connect(lambda _shown: model.report_draw(0.0))
    model.play()
    watcher.until(lambda: not model.is_playing)
    assert sum(record.dropped_before for record in watcher.records) > 2
    assert model.shown is not None
    assert most_common(model.shown.mask) == class_of_frame(model.shown.index)  # type: ignore[arg-type]


def test_another_model_replaces_the_masks_in_place(
    watcher: Watcher, clip: Path, net: Path, tmp_path: Path
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.seek(12)
    watcher.until(lambda: model.shown is not None and model.shown.index == 12)
    other = labels_model(tmp_path / "other.tflite")
    model.open_model(str(other))
    watcher.until(lambda: model.model is not None and model.model.path == str(other))
    watcher.until(lambda: model.shown is not None and model.shown.index == 12)
    _assert_mask_belongs_to_frame(watcher)
    model.close_model()
    watcher.until(lambda: model.shown is not None and model.shown.mask is None)
    assert model.position == 12


def test_a_bad_model_costs_a_message_and_no_more(
    watcher: Watcher, clip: Path, tmp_path: Path
) -> None:
    watcher.open(clip)
    bad = tmp_path / "page.tflite"
    bad.write_text("<html>404</html>")
    watcher.model.open_model(str(bad))
    watcher.until(lambda: bool(watcher.errors))
    assert isinstance(watcher.errors[0], ModelError)
    watcher.model.play()
    watcher.until(lambda: len(watcher.indices) > 5)


def test_a_bad_video_is_said_and_the_next_one_opens(
    watcher: Watcher, clip: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "empty.mp4"
    bad.touch()
    watcher.model.open_video(str(bad))
    watcher.until(lambda: bool(watcher.errors))
    assert isinstance(watcher.errors[0], VideoError)
    assert watcher.model.video is None
    watcher.open(clip)


def test_a_killed_process_costs_the_model_but_not_the_place(
    watcher: Watcher, clip: Path, net: Path
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.seek(21)
    watcher.until(lambda: model.shown is not None and model.shown.index == 21)
    assert model.engine_pid is not None
    os.kill(model.engine_pid, signal.SIGSEGV)
    watcher.until(lambda: bool(watcher.errors))
    error = watcher.errors[0]
    assert isinstance(error, WorkerError)
    assert "net.tflite" in error.message
    assert "SIGSEGV" in error.message
    assert model.model is None
    watcher.indices.clear()
    watcher.until(lambda: bool(watcher.indices) and watcher.indices[-1] == 21)
    model.open_model(str(net))
    watcher.until(lambda: model.shown is not None and model.shown.mask is not None)
    _assert_mask_belongs_to_frame(watcher)


def test_a_process_that_dies_again_and_again_gives_up_the_video(
    watcher: Watcher, clip: Path
) -> None:
    watcher.open(clip)
    model = watcher.model
    for count in (1, 2):
        watcher.until(lambda: model.engine_pid is not None and model.video is not None)
        assert model.engine_pid is not None
        os.kill(model.engine_pid, signal.SIGKILL)
        watcher.until(_has_errors(watcher, count))
    assert model.video is None
    watcher.open(clip)


def test_the_other_runtime_gets_a_process_of_its_own(
    watcher: Watcher, clip: Path, net: Path
) -> None:
    pytest.importorskip("tflite_runtime", reason="tflite-runtime has no wheel for this system")
    watcher.open(clip, net)
    model = watcher.model
    before = model.engine_pid
    model.set_options(type(model.options)(runtime="tflite-runtime"))
    watcher.until(lambda: model.model is not None and model.model.runtime == "tflite-runtime")
    watcher.until(lambda: model.shown is not None and model.shown.mask is not None)
    assert model.engine_pid != before
    assert not watcher.errors
    _assert_mask_belongs_to_frame(watcher)


def test_costs_are_kept_for_each_frame(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.step(1)
    watcher.until(lambda: model.shown is not None and model.shown.index == 1)
    model.report_draw(1.5)
    record = watcher.records[-1]
    assert record.draw_millis == 1.5
    assert min(record.decode_millis, record.invoke_millis, record.postprocess_millis) > 0
    assert model.work_millis[1] == np.float32(record.work_millis)
    assert np.isnan(model.work_millis[30])
    model.report_draw(9.0)  # a repaint of the same frame is no new measurement
    assert len([r for r in watcher.records if r.index == 1]) == 1


def test_marks_come_and_go(watcher: Watcher, clip: Path) -> None:
    watcher.open(clip)
    model = watcher.model
    model.toggle_mark()
    model.seek(8)
    model.toggle_mark()
    assert model.marks == {0, 8}
    model.toggle_mark()
    assert model.marks == {0}


def test_commands_without_a_video_do_nothing(watcher: Watcher) -> None:
    model = watcher.model
    model.play()
    model.seek(3)
    model.step(1)
    model.set_loop(Loop(0, 3))
    model.seek_seconds(1.0)
    assert not model.is_playing
    assert model.engine_pid is None


def test_a_process_that_hangs_is_ended_and_replaced(
    watcher: Watcher, clip: Path, net: Path
) -> None:
    watcher.open(clip)
    model = watcher.model
    model._patience.setInterval(400)
    # At once, or a slow start of the next process would count as hanging too.
    model.failed.connect(lambda _error: model._patience.setInterval(30_000))
    assert model.engine_pid is not None
    os.kill(model.engine_pid, signal.SIGSTOP)
    model.open_model(str(net))
    watcher.until(lambda: bool(watcher.errors))
    assert "net.tflite" in watcher.errors[0].message
    assert "no answer" in watcher.errors[0].message
    watcher.indices.clear()
    watcher.until(lambda: bool(watcher.indices))
    assert model.video is not None


def test_a_pause_is_no_hang(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    watcher.model._patience.setInterval(300)
    watcher._qtbot.wait(900)
    assert not watcher.errors
