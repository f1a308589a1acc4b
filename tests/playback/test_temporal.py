"""The temporal engine in playback: whatever way one takes to a frame, its mask is the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.classes import voc_palette
from studio.inference.model import SessionOptions
from studio.playback import segmentation
from studio.playback.messages import (
    CloseModel,
    FieldView,
    FrameReady,
    Preparing,
    Rebuilding,
    SetTemporal,
    Trouble,
    decode_command,
    encode,
)
from studio.targets.computer import ComputerTarget
from studio.targets.target import Mask
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from studio.video.mask_writer import write_mask_png
from studio.video.source import open_video
from tests.support.models import labels_model, logits_model
from tests.support.moving import HEIGHT, WIDTH, moving_clip
from tests.support.producing import Taken, Window

_FRAMES = 40
_ANCHOR = 12
_SPEC = TemporalSpec(difference_limit=20.0, longest_gap=5, anchor_gap=_ANCHOR)
_FAST = dataclasses.replace(_SPEC, seek="fast")
_BESIDE = dataclasses.replace(_SPEC, asynchronous=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_clip(tmp_path_factory.mktemp("clip") / "images", _FRAMES)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logits_model(tmp_path_factory.mktemp("net") / "net.tflite")


def _fold(clip: Path, net: Path, spec: TemporalSpec) -> list[Mask]:
    """The masks of a straight run through the clip."""
    masks = []
    source = open_video(clip)
    session = ComputerTarget().open(net, SessionOptions(), spec)
    while (frame := source.read()) is not None:
        masks.append(session.segment(frame).mask.copy())
    session.close()
    source.close()
    return masks


@pytest.fixture(scope="module")
def straight(clip: Path, net: Path) -> list[Mask]:
    return _fold(clip, net, _SPEC)


@pytest.fixture(scope="module")
def alone(clip: Path, net: Path) -> list[Mask]:
    return _fold(clip, net, OFF)


@pytest.fixture(scope="module")
def shared_window(clip: Path, net: Path) -> Iterator[Window]:
    with Window() as window:
        window.open_video(clip)
        window.open_model(net)
        yield window


@pytest.fixture
def window(clip: Path) -> Iterator[Window]:
    with Window() as window:
        window.open_video(clip)
        yield window


def _first(window: Window) -> Taken:
    taken = window.take()
    assert taken is not None
    return taken


def _same(taken: Taken, masks: list[Mask]) -> bool:
    assert taken.mask is not None
    return bool((taken.mask == masks[taken.ready.index]).all())


def test_the_clip_tells_carried_masks_from_computed_ones(
    straight: list[Mask], alone: list[Mask]
) -> None:
    # Else the tests below could not fail.
    assert sum((a != b).any() for a, b in zip(straight, alone, strict=True)) > _FRAMES // 3


_index = st.integers(0, _FRAMES - 1)
_jump = st.tuples(st.just("jump"), _index, st.integers(1, 6))
_quick = st.tuples(st.just("quick"), _index, st.integers(1, 3))
_loop = st.tuples(st.just("loop"), _index, st.integers(1, 14))
_late = st.tuples(st.just("late"), _index, st.integers(1, 5))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=st.lists(st.one_of(_jump, _quick, _loop, _late), min_size=1, max_size=6))
def test_a_mask_does_not_depend_on_the_way_to_its_frame(
    shared_window: Window, straight: list[Mask], ways: list[tuple[str, int, int]]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    assert window.ring is not None
    for way, index, count in ways:
        if way == "loop":
            window.cue(index, max(index - 3, 0), index)
        else:
            window.cue(index, quick=way == "quick")
        first = _first(window)
        assert first.ready.index == index
        if way == "late":  # frames are left out from here on
            window.ring.clock_seconds = first.ready.timeline_seconds + count / 25
        else:
            assert first.ready.is_exact or way == "quick"
        for taken in [first, *window.take_some(count)]:
            if taken.ready.is_exact:
                assert _same(taken, straight)
        window.ring.clock_seconds = -float("inf")


def test_every_frame_of_a_straight_run_is_exact(
    shared_window: Window, straight: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    window.cue(0)
    taken = window.take_some(_FRAMES)
    assert [each.ready.index for each in taken] == list(range(_FRAMES))
    assert all(each.ready.is_exact and _same(each, straight) for each in taken)
    triggers = [each.ready.temporal.trigger for each in taken if each.ready.temporal]
    assert triggers[0] == "first"
    assert triggers.count("anchor") == 3
    assert triggers.count("none") > _FRAMES // 2
    assert window.take() is None


def test_a_quick_jump_is_exact_again_from_the_next_anchor_on(
    shared_window: Window, straight: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    window.cue(_ANCHOR + 3, quick=True)
    taken = window.take_some(15)
    for each in taken:
        assert each.ready.is_exact == (each.ready.index >= 2 * _ANCHOR)
        if each.ready.is_exact:
            assert _same(each, straight)
    window.cue(_ANCHOR, quick=True)
    assert _first(window).ready.is_exact  # an anchor needs no lead


def test_a_frame_left_out_makes_those_behind_it_inexact(
    shared_window: Window, straight: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    assert window.ring is not None
    window.cue(_ANCHOR)
    held = [window.take(keeps_slot=True) for _ in range(window.ring.slots)]  # it is full now
    taken = [each for each in held if each is not None]
    window.ring.clock_seconds = (len(taken) + 4) / 25
    for each in taken:
        window.give_back(each.ready)
    while (late := window.take()) is not None:
        taken.append(late)
    window.ring.clock_seconds = -float("inf")
    gap = next(i for i, each in enumerate(taken) if each.ready.skipped)
    after = [each for each in taken[gap:] if each.ready.index < 3 * _ANCHOR]
    assert after
    assert not any(each.ready.is_exact for each in after)
    exact = [each for each in taken if each.ready.is_exact]
    assert {each.ready.index for each in exact} >= {_ANCHOR, 3 * _ANCHOR}
    assert all(_same(each, straight) for each in exact)


def test_a_loop_has_the_same_masks_each_time_round(
    shared_window: Window, straight: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    window.cue(15, 14, 18)
    taken = window.take_some(14)
    assert [each.ready.index for each in taken] == [15, 16, 17, 18, *[14, 15, 16, 17, 18] * 2]
    assert all(each.ready.is_exact and _same(each, straight) for each in taken)
    steps = np.diff([each.ready.timeline_seconds for each in taken])
    assert steps == pytest.approx([0.04] * 13)


def test_a_fast_jump_begins_with_a_key_frame(shared_window: Window, alone: list[Mask]) -> None:
    window = shared_window
    window.set_temporal(_FAST)
    window.cue(_ANCHOR + 5)
    taken = _first(window)
    assert taken.ready.temporal is not None
    assert (taken.ready.temporal.trigger, taken.ready.is_exact) == ("first", False)
    assert _same(taken, alone)


def test_off_is_as_if_there_were_no_engine(shared_window: Window, alone: list[Mask]) -> None:
    window = shared_window
    window.set_temporal(_SPEC)
    window.set_temporal(OFF, "flow", compare=True)
    window.cue(7)
    for taken in window.take_some(5):
        ready = taken.ready
        assert _same(taken, alone)
        assert (ready.temporal, ready.field, ready.comparison) == (None, None, None)
        assert ready.is_exact
        assert ready.invoke_millis > 0


@pytest.mark.parametrize("order", ["model first", "setting first"])
def test_model_and_setting_may_come_in_any_order(
    window: Window, net: Path, straight: list[Mask], order: str
) -> None:
    if order == "setting first":
        window.set_temporal(_SPEC)
    window.open_model(net)
    window.set_temporal(_SPEC)
    window.cue(20)
    taken = _first(window)
    assert taken.ready.is_exact
    assert _same(taken, straight)


def test_the_next_video_and_model_start_afresh(
    window: Window, net: Path, tmp_path: Path, straight: list[Mask]
) -> None:
    window.open_model(net)
    window.set_temporal(_SPEC)
    window.cue(20)
    assert _first(window).ready.is_exact
    other = moving_clip(tmp_path / "other", 5)
    window.open_video(other)
    window.cue(3)
    taken = _first(window)
    assert taken.ready.is_exact
    assert _same(taken, straight)  # the same pictures
    labels = labels_model(tmp_path / "labels.tflite")
    window.open_model(labels)
    window.cue(4)
    taken = _first(window)
    assert taken.mask is not None
    assert (taken.mask == _fold(other, labels, _SPEC)[4]).all()
    window.producer.obey(CloseModel())
    window.cue(2)
    taken = _first(window)
    assert taken.mask is None
    assert taken.ready.temporal is None


def test_another_setting_leaves_nothing_of_the_one_before(
    shared_window: Window, clip: Path, net: Path
) -> None:
    window = shared_window
    other = dataclasses.replace(_SPEC, longest_gap=3, past_weight=0.9, anchor_gap=0)
    expected = _fold(clip, net, other)
    for spec in (_SPEC, other):
        window.set_temporal(spec)
        window.cue(22)
        window.take_some(4)
    for index in (25, 24, 3):
        window.cue(index)
        taken = _first(window)
        assert taken.ready.is_exact
        assert _same(taken, expected)


def test_a_jump_interrupts_the_way_to_another_and_progress_is_told(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segmentation, "_TELL_SECONDS", 0.0)
    long = moving_clip(tmp_path / "long", 200)
    with Window() as window:
        window.open_video(long)
        window.open_model(net)
        window.set_temporal(dataclasses.replace(_SPEC, anchor_gap=0))
        window.cue(199)
        told = window.wait_for(Rebuilding)
        assert 0 < told.done < told.total == 199
        window.cue(5)
        assert _first(window).ready.index == 5
        furthest = max(each.done for each in window.others if isinstance(each, Rebuilding))
        assert furthest < 199


def test_going_on_after_an_interrupted_way_uses_what_was_done(
    shared_window: Window, straight: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(OFF)
    window.set_temporal(dataclasses.replace(_SPEC, anchor_gap=0))
    window.set_temporal(_SPEC)
    for index in (35, 30, 34, 33, 32, 35):
        window.cue(index)
        taken = _first(window)
        assert taken.ready.is_exact
        assert _same(taken, straight)


def test_asynchronous_masks_are_never_called_exact(window: Window, net: Path) -> None:
    window.open_model(net)
    window.set_temporal(_BESIDE)
    window.cue(0)
    taken = window.take_some(_FRAMES)
    assert len(taken) == _FRAMES
    assert not any(each.ready.is_exact for each in taken)
    assert all(each.mask is not None and each.ready.temporal is not None for each in taken)
    window.cue(20)
    assert _first(window).ready.index == 20


@pytest.mark.parametrize("view", ["flow", "confidence", "residual", "computed"])
def test_a_view_comes_with_each_frame_and_changes_no_mask(
    shared_window: Window, straight: list[Mask], view: FieldView
) -> None:
    window = shared_window
    window.set_temporal(_SPEC, view)
    window.cue(5)
    for taken in window.take_some(6):
        field = taken.ready.field
        assert field is not None
        assert field.view == view
        assert len(field.rgb) == field.width * field.height * 3
        assert abs(field.width / field.height - WIDTH / HEIGHT) < 0.1
        assert _same(taken, straight)


def test_the_computed_view_shows_the_networks_own_mask(
    shared_window: Window, alone: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC, "computed")
    window.cue(9)
    field = _first(window).ready.field
    assert field is not None
    pixels = np.frombuffer(field.rgb, np.uint8).reshape(field.height, field.width, 3)
    rows = (np.arange(field.height) + 0.5) * HEIGHT / field.height
    columns = (np.arange(field.width) + 0.5) * WIDTH / field.width
    small = alone[9][rows.astype(int)][:, columns.astype(int)]
    assert (pixels == voc_palette()[small]).all(axis=2).mean() > 0.98


def test_a_comparison_is_with_the_network_alone(
    shared_window: Window, straight: list[Mask], alone: list[Mask]
) -> None:
    window = shared_window
    window.set_temporal(_SPEC, compare=True)
    window.cue(3)
    for taken in window.take_some(12):
        told = taken.ready.comparison
        index = taken.ready.index
        assert told is not None
        assert _same(taken, straight)
        assert told.agreement == pytest.approx(float((straight[index] == alone[index]).mean()))
        assert told.network_millis > 0
        assert told.j is None
        assert (told.flicker is None) == (index == 3)
        if told.flicker is not None:
            assert 0 <= told.flicker <= 1
            assert told.flicker_alone is not None


def test_a_clip_with_masks_is_scored(net: Path, tmp_path: Path, alone: list[Mask]) -> None:
    images = moving_clip(tmp_path / "images", 4)
    (tmp_path / "masks").mkdir()
    for index in range(3):
        write_mask_png(tmp_path / "masks" / f"{index:05d}.png", alone[index], voc_palette())
    with Window() as window:
        window.open_video(images)
        window.open_model(net)
        window.set_temporal(_SPEC, compare=True)
        window.cue(0)
        told = [taken.ready.comparison for taken in window.take_some(4)]
    assert [each.j_alone for each in told if each] == [1.0, 1.0, 1.0, None]
    assert told[0] is not None
    assert told[0].j == 1.0


def test_a_model_that_refuses_to_run_on_the_way_costs_the_masks_alone(
    window: Window, net: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.errors import ModelError
    from studio.targets.computer import ComputerSession

    window.open_model(net)
    window.set_temporal(_SPEC)
    ask = ComputerSession.ask

    def refuse(self: ComputerSession, frame: object) -> object:
        if getattr(frame, "index", 0) >= 5:
            raise ModelError("It refuses.", remedy="Use another one.")
        return ask(self, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(ComputerSession, "ask", refuse)
    window.cue(10)
    trouble = window.wait_for(Trouble)
    assert (trouble.about, trouble.message) == ("segmenting", "It refuses.")
    ready = window.wait_for(FrameReady, lambda each: each.index == 10)
    assert ready.class_pixels is None
    window.give_back(ready)


def test_preparing_is_told_once_and_before_the_first_frame(window: Window, net: Path) -> None:
    window.open_model(net)
    window.set_temporal(_SPEC)
    window.cue(3)
    window.wait_for(Preparing)
    first = _first(window)
    assert first.ready.temporal is not None
    window.set_temporal(_FAST)
    window.cue(5)
    _first(window)
    assert not any(isinstance(each, Preparing) for each in window.others)


def test_a_setting_survives_the_pipe() -> None:
    for spec in PRESETS.values():
        command = SetTemporal(spec, "residual", compare=True)
        assert decode_command(encode(command)) == command
