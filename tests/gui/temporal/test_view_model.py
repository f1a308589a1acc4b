"""The setting reaches playback a little later, can be taken back, and is there the next time."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import InputError, OutputError, SpecError, StudioError
from studio.gui.settings import Settings
from studio.gui.temporal.remembered import recall
from studio.gui.temporal.undo import Setting
from studio.gui.temporal.view_model import APPLY_MILLIS, TemporalViewModel
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from tests.gui.temporal.conftest import AskedPlayback
from tests.support.temporal_frames import a_frame, a_report


def test_off_at_first(model: TemporalViewModel, playback: AskedPlayback) -> None:
    assert model.setting == Setting("off", OFF)
    assert playback.temporal_spec == OFF


def test_a_dragged_slider_reaches_playback_once(
    model: TemporalViewModel, playback: AskedPlayback, qtbot: QtBot
) -> None:
    model.choose("balanced")
    playback.asked.clear()
    for gap in range(2, 30):
        model.turn("longest_gap", gap)
    assert playback.asked == []
    qtbot.waitUntil(lambda: bool(playback.asked), timeout=20 * APPLY_MILLIS)
    assert [spec.longest_gap for spec, _, _ in playback.asked] == [29]


def test_a_turned_preset_is_custom_until_it_is_turned_back(model: TemporalViewModel) -> None:
    model.choose("balanced")
    gap = model.spec.longest_gap
    model.turn("longest_gap", gap + 1)
    assert model.setting.name == "custom"
    model.turn("longest_gap", gap)
    assert model.setting == Setting("balanced", PRESETS["balanced"])


def test_custom_comes_back_as_it_was_left(model: TemporalViewModel) -> None:
    model.choose("fast")
    model.turn("past_weight", 0.15)
    left = model.spec
    model.choose("quality")
    model.choose("custom")
    assert model.setting == Setting("custom", left)


def test_custom_begins_with_what_is_on_and_not_with_nothing(model: TemporalViewModel) -> None:
    model.choose("custom")
    assert model.spec.mode != "off"


def test_turning_on_the_same_parameter_is_one_step_back(model: TemporalViewModel) -> None:
    model.choose("balanced")
    for gap in (7, 8, 9):
        model.turn("longest_gap", gap)
    model.turn("past_weight", 0.1)
    model.undo_stack.undo()
    assert (model.spec.longest_gap, model.spec.past_weight) == (
        9,
        PRESETS["balanced"].past_weight,
    )
    model.undo_stack.undo()
    assert model.setting == Setting("balanced", PRESETS["balanced"])
    model.undo_stack.undo()
    assert model.setting.name == "off"
    for _ in range(3):
        model.undo_stack.redo()
    assert (model.spec.longest_gap, model.spec.past_weight) == (9, 0.1)
    assert not model.undo_stack.canRedo()


def test_turning_there_and_back_leaves_no_step(model: TemporalViewModel) -> None:
    model.choose("balanced")
    before = model.undo_stack.count()
    gap = model.spec.longest_gap
    model.turn("longest_gap", gap + 3)
    model.turn("longest_gap", gap)
    assert model.undo_stack.count() == before


def test_reset_goes_back_to_the_preset_it_began_with(model: TemporalViewModel) -> None:
    model.choose("fast")
    model.turn("residual_limit", 12.0)
    assert model.base == "fast"
    model.reset()
    assert model.setting == Setting("fast", PRESETS["fast"])


@pytest.mark.parametrize(("turned", "value"), [("shortest_gap", 20), ("longest_gap", 2)])
def test_gaps_never_contradict_each_other(
    model: TemporalViewModel, turned: str, value: int
) -> None:
    model.choose("balanced")
    model.turn("shortest_gap", 4)
    model.turn(turned, value)
    assert getattr(model.spec, turned) == value
    assert model.spec.shortest_gap <= model.spec.longest_gap


def test_a_value_that_cannot_be_followed_is_said_and_not_taken(model: TemporalViewModel) -> None:
    told: list[StudioError] = []
    shown: list[Setting] = []
    model.failed.connect(told.append)
    model.choose("balanced")
    model.setting_changed.connect(shown.append)
    model.turn("past_weight", 7.0)
    assert [type(error) for error in told] == [SpecError]
    assert model.setting == Setting("balanced", PRESETS["balanced"])
    assert shown == [model.setting]


def test_nobody_looks_nothing_extra_is_asked_for(
    model: TemporalViewModel, playback: AskedPlayback
) -> None:
    model.choose("balanced")
    model.set_view("flow")
    model.set_compare(True)
    assert playback.asked[-1] == (PRESETS["balanced"], "flow", True)
    model.set_looked_at(False)
    assert playback.asked[-1] == (PRESETS["balanced"], "none", False)
    model.set_looked_at(True)
    assert playback.asked[-1] == (PRESETS["balanced"], "flow", True)


def test_frames_count_for_the_setting_that_playback_has(model: TemporalViewModel) -> None:
    model.choose("balanced")
    model.apply()
    model._on_frame(a_frame(0, a_report("first")))
    assert model.numbers().frames == 1
    model.turn("longest_gap", 30)
    assert model.numbers().frames == 1  # not yet another one
    model.apply()
    assert model.numbers().frames == 0


def test_another_video_or_model_begins_anew(
    model: TemporalViewModel, playback: AskedPlayback
) -> None:
    for change in (playback.give_video, playback.give_model, playback.take_model):
        playback.frame_received.emit(a_frame(0, a_report("first")))
        assert len(model.history) == 1
        change()
        assert len(model.history) == 0


class TestFiles:
    def test_what_was_saved_is_loaded(self, model: TemporalViewModel, tmp_path: Path) -> None:
        model.choose("balanced")
        model.turn("residual_limit", 17.5)
        model.turn("difference_limit", math.inf)
        saved = model.spec
        assert model.save(tmp_path / "mine.toml")
        model.choose("off")
        model.load(tmp_path / "mine.toml")
        assert model.setting == Setting("custom", saved)

    def test_a_saved_preset_goes_by_its_name(
        self, model: TemporalViewModel, tmp_path: Path
    ) -> None:
        model.choose("fast")
        model.save(tmp_path / "fast.toml")
        model.choose("off")
        model.load(tmp_path / "fast.toml")
        assert model.setting.name == "fast"

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (None, InputError),
            (b"\xff\xfe\x00nonsense", SpecError),
            (b"longest_gap = 'many'", SpecError),
            (b"longest_gap = -4", SpecError),
            (b"[[[", SpecError),
        ],
    )
    def test_a_broken_file_is_said_and_changes_nothing(
        self,
        model: TemporalViewModel,
        tmp_path: Path,
        content: bytes | None,
        kind: type[StudioError],
    ) -> None:
        told: list[StudioError] = []
        model.failed.connect(told.append)
        path = tmp_path / "broken.toml"
        if content is not None:
            path.write_bytes(content)
        model.choose("balanced")
        model.load(path)
        assert [type(error) for error in told] == [kind]
        assert "broken.toml" in str(told[0])
        assert told[0].remedy
        assert model.setting.name == "balanced"

    def test_a_file_that_cannot_be_written_is_said(
        self, model: TemporalViewModel, tmp_path: Path
    ) -> None:
        told: list[StudioError] = []
        model.failed.connect(told.append)
        assert not model.save(tmp_path / "no" / "where.toml")
        assert [type(error) for error in told] == [OutputError]


class TestRemembering:
    def test_the_setting_is_there_the_next_time(
        self, model: TemporalViewModel, playback: AskedPlayback, settings: Settings
    ) -> None:
        model.choose("balanced")
        model.turn("past_weight", 0.05)
        model.apply()
        kept = model.setting
        again = TemporalViewModel(playback, settings, playback)
        assert again.setting == kept
        again.choose("quality")
        again.apply()
        third = TemporalViewModel(playback, settings, playback)
        assert third.setting == Setting("quality", PRESETS["quality"])
        third.choose("custom")
        assert third.spec == kept.spec

    def test_what_was_turned_just_before_the_end_is_kept_and_playback_left_alone(
        self, model: TemporalViewModel, playback: AskedPlayback, settings: Settings
    ) -> None:
        model.choose("fast")
        model.shutdown()
        playback.asked.clear()
        model.set_looked_at(False)
        model.set_view("flow")
        assert playback.asked == []  # it would start its process again
        assert recall(settings).setting == Setting("fast", PRESETS["fast"])

    def test_playback_has_it_from_the_first_frame(self, settings: Settings) -> None:
        settings.set_temporal("fast", "")
        assert recall(settings).setting.spec == PRESETS["fast"]

    @pytest.mark.parametrize(
        ("name", "words"), [("custom", "longest_gap = 'no'"), ("custom", ""), ("of_old", "[")]
    )
    def test_what_cannot_be_read_counts_as_off(
        self, settings: Settings, name: str, words: str
    ) -> None:
        settings.set_temporal(name, words)
        assert recall(settings).setting == Setting("off", OFF)

    def test_infinite_limits_survive(self, settings: Settings, playback: AskedPlayback) -> None:
        model = TemporalViewModel(playback, settings, playback)
        spec = replace(TemporalSpec(), flow_limit=3.0)
        model.choose("custom")
        for name in ("difference_limit", "residual_limit", "flow_limit"):
            model.turn(name, getattr(spec, name))
        model.apply()
        assert recall(settings).setting.spec.residual_limit == math.inf
        assert recall(settings).setting.spec.flow_limit == 3.0
