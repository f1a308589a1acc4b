"""The temporal setting as a user drives it: at once on the frame on screen, exact at rest."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.gui.playback.shown import ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from studio.inference.model import SessionOptions
from studio.playback.messages import FrameReady
from studio.targets.computer import ComputerTarget
from studio.targets.target import Mask
from studio.temporal.spec import OFF, TemporalSpec
from studio.video.source import open_video
from tests.support.models import logits_model
from tests.support.moving import moving_clip
from tests.support.playback import Watcher

_SPEC = TemporalSpec(difference_limit=20.0, longest_gap=5, anchor_gap=12)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_clip(tmp_path_factory.mktemp("clip") / "images", 40)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logits_model(tmp_path_factory.mktemp("net") / "net.tflite")


@pytest.fixture(scope="module")
def straight(moving: Path, network: Path) -> list[Mask]:
    session = ComputerTarget().open(network, SessionOptions(), _SPEC)
    source = open_video(moving)
    masks = []
    while (frame := source.read()) is not None:
        masks.append(session.segment(frame).mask.copy())
    session.close()
    return masks


@pytest.fixture
def playing(watcher: Watcher, moving: Path, network: Path) -> Iterator[Watcher]:
    watcher.open(moving, network)
    yield watcher
    assert not watcher.errors


def _rests(watcher: Watcher, index: int, straight: list[Mask]) -> Callable[[], bool]:
    """Whether a frame is shown with the mask that it always has."""

    def holds() -> bool:
        shown = watcher.model.shown
        if shown is None or shown.index != index or not shown.is_exact or shown.temporal is None:
            return False
        assert shown.mask is not None
        assert (shown.mask == straight[index]).all()
        return True

    return holds


def test_a_setting_takes_hold_of_the_frame_on_screen(
    playing: Watcher, straight: list[Mask]
) -> None:
    model = playing.model
    told: list[TemporalSpec] = []
    model.temporal_changed.connect(told.append)
    model.seek(17)
    playing.until(lambda: model.shown is not None and model.shown.index == 17)
    playing.indices.clear()
    model.set_temporal(_SPEC)
    assert model.temporal_spec == _SPEC
    playing.until(_rests(playing, 17, straight))
    assert set(playing.indices) == {17}
    assert len(playing.indices) == 2  # at once, then exactly
    model.set_temporal(_SPEC)
    assert told == [_SPEC]
    model.set_temporal(OFF)
    playing.until(lambda: model.shown is not None and model.shown.temporal is None)
    assert model.position == 17


def test_at_rest_masks_are_exact_however_one_came_there(
    playing: Watcher, straight: list[Mask]
) -> None:
    model = playing.model
    model.set_temporal(_SPEC)
    for frames in (1, 1, 5, -1, -1, -3, 20, -9, 1):
        model.step(frames)
        playing.until(_rests(playing, model.position, straight))
    model.play()
    playing.until(lambda: model.position > 20)
    model.pause()
    playing.until(_rests(playing, model.position, straight))
    model.begin_scrub()
    for index in (3, 9, 30, 31, 22):
        model.seek(index)
    model.end_scrub()
    playing.until(_rests(playing, 22, straight))
    model.step(1)
    playing.until(_rests(playing, 23, straight))


def test_changing_the_setting_while_it_plays_goes_on_playing(playing: Watcher) -> None:
    model = playing.model
    model.set_speed(0.5)
    model.play()
    playing.until(lambda: model.position > 3)
    model.set_temporal(_SPEC)
    playing.until(lambda: model.shown is not None and model.shown.temporal is not None)
    place = model.position
    playing.until(lambda: model.position > place + 5)
    assert model.is_playing


def test_views_and_comparisons_come_with_the_frame(playing: Watcher) -> None:
    model = playing.model
    model.set_temporal(_SPEC, "flow", compare=True)

    def has_all(shown: ShownFrame | None) -> bool:
        return shown is not None and shown.field is not None and shown.comparison is not None

    playing.until(lambda: has_all(model.shown))
    shown = model.shown
    assert shown is not None
    assert shown.field is not None
    assert shown.field.view == "flow"
    model.set_temporal(_SPEC, "none")
    playing.until(
        lambda: (
            model.shown is not None
            and model.shown.temporal is not None
            and not (model.shown.field or model.shown.comparison)
        )
    )


def test_another_view_of_a_fast_frame_leaves_its_mask_as_it_is(playing: Watcher) -> None:
    model = playing.model
    fast = replace(_SPEC, seek="fast")
    model.set_temporal(fast)
    model.seek(14)
    for _ in range(3):
        place = model.position + 1
        model.step(1)
        playing.until(lambda: model.shown is not None and model.shown.index == place)  # noqa: B023
    before = model.shown
    assert before is not None
    assert before.mask is not None
    assert before.temporal is not None
    assert before.temporal.trigger == "none"
    mask = before.mask.copy()
    model.set_temporal(fast, "flow")
    playing.until(lambda: model.shown is not None and model.shown.field is not None)
    shown = model.shown
    assert shown is not None
    assert shown.mask is not None
    assert shown.temporal is not None
    assert (shown.index, shown.temporal.trigger) == (17, "none")
    assert (shown.mask == mask).all()


def test_another_view_while_it_plays_costs_no_frame(playing: Watcher) -> None:
    model = playing.model
    model.set_temporal(_SPEC)
    model.set_speed(0.5)
    model.play()
    playing.until(lambda: model.position > 3)
    generation = model._link.generation
    model.set_temporal(_SPEC, "residual")
    playing.until(lambda: model.shown is not None and model.shown.field is not None)
    assert model._link.generation == generation  # nothing was thrown away


def test_frames_passed_over_unseen_are_told_too(playing: Watcher) -> None:
    model = playing.model
    model.set_temporal(_SPEC)
    received: list[FrameReady] = []
    model.frame_received.connect(received.append)
    model.seek(0)
    model.set_speed(4.0)
    model.play()
    playing.until(lambda: not model.is_playing)
    indices = [frame.index for frame in received]
    played = indices[len(indices) - 1 - indices[::-1].index(0) :]
    left_out = sum(frame.skipped for frame in received[-len(played) :])
    assert len(played) + left_out == 40
    assert all(frame.temporal is not None for frame in received[-len(played) :])


def test_the_setting_outlives_the_process(
    watcher: Watcher, moving: Path, network: Path, straight: list[Mask]
) -> None:
    model = watcher.model
    model.set_temporal(_SPEC)  # before there is a process
    watcher.open(moving, network)
    watcher.until(_rests(watcher, 0, straight))
    assert model.engine_pid is not None
    os.kill(model.engine_pid, signal.SIGKILL)
    watcher.until(lambda: bool(watcher.errors))
    model.open_model(str(network))
    model.seek(9)
    watcher.until(_rests(watcher, 9, straight))


def test_a_fast_setting_is_left_as_it_is(playing: Watcher) -> None:
    model = playing.model
    model.set_temporal(replace(_SPEC, seek="fast"))
    model.seek(17)
    playing.until(
        lambda: (
            model.shown is not None and model.shown.index == 17 and model.shown.temporal is not None
        )
    )
    playing.indices.clear()
    playing._qtbot.wait(400)
    assert not playing.indices


def test_records_carry_the_report_and_count_its_time_once(playing: Watcher) -> None:
    model = playing.model
    model.frame_shown.connect(lambda _shown: model.report_draw(0.5))
    model.set_temporal(_SPEC)
    model.seek(14)
    playing.until(lambda: any(r.temporal and r.index == 14 for r in playing.records))
    record = [r for r in playing.records if r.temporal and r.index == 14][-1]
    assert record.temporal is not None
    stages = record.preprocess_millis + record.invoke_millis + record.postprocess_millis
    assert np.isclose(stages, record.temporal.total_millis, atol=0.01)


def test_a_setting_without_a_video_waits_for_one(qtbot: QtBot) -> None:
    model = PlaybackModel()
    model.set_temporal(_SPEC, "flow")
    assert model.engine_pid is None
    assert model.temporal_spec == _SPEC
    model.shutdown()
    del qtbot
