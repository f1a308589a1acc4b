"""Every parameter of the spec can be turned, and a slider's place and its value agree."""

from __future__ import annotations

import dataclasses
import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.temporal.field import Field, guessed_field
from studio.gui.temporal.fields import fields, fields_by_name
from studio.gui.temporal.scale import place_of, top_of, value_at
from studio.gui.temporal.usage import is_used, unused_because
from studio.targets.scoring import ScoringSession
from studio.targets.temporal_session import TemporalSession
from studio.temporal.spec import PRESETS, Mode, TemporalSpec
from studio.temporal.toml import RANGES, checked
from tests.support.painted_video import moving_square, painted, painted_session, square_video
from tests.support.scripted_executor import ScriptedExecutor

NUMBERS = [field for field in fields() if field.kind in ("whole", "number", "limit")]


def test_every_parameter_has_exactly_one_field() -> None:
    names = [field.name for field in fields()]
    assert sorted(names) == sorted(field.name for field in dataclasses.fields(TemporalSpec))


def test_every_field_says_what_it_does_in_words_of_its_own() -> None:
    for field in fields():
        assert len(field.explanation) > 30, field.name
        assert field.label[0].isupper(), field.name


@pytest.mark.parametrize("field", fields(), ids=lambda field: field.name)
def test_a_parameter_without_words_of_its_own_would_be_shown_all_the_same(field: Field) -> None:
    hint = get_type_hints(TemporalSpec)[field.name]
    guessed = guessed_field(field.name, hint)
    assert guessed.kind == field.kind
    assert guessed.explanation
    if field.kind in ("whole", "number", "limit"):
        for place in (0, top_of(guessed)):
            value = value_at(guessed, place)
            turned: dict[str, Any] = {field.name: round(value) if field.kind == "whole" else value}
            checked(dataclasses.replace(TemporalSpec(longest_gap=1000), **turned))


def test_what_may_be_infinite_can_be_switched_off() -> None:
    for name, allowed in RANGES.items():
        assert (fields_by_name()[name].kind == "limit") == allowed.or_inf, name


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_all_that_a_slider_can_say_can_be_followed(field: Field) -> None:
    for place in (0, top_of(field) // 3, top_of(field)):
        value = value_at(field, place)
        turned: dict[str, Any] = {field.name: round(value) if field.kind == "whole" else value}
        spec = dataclasses.replace(TemporalSpec(longest_gap=60), **turned)
        assert checked(spec) == spec


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_presets_lie_on_the_sliders(field: Field) -> None:
    for spec in PRESETS.values():
        value = getattr(spec, field.name)
        assert math.isinf(value) or field.low <= value <= field.high


@given(field=st.sampled_from(NUMBERS), share=st.floats(0, 1))
def test_a_place_s_value_leads_back_to_the_place(field: Field, share: float) -> None:
    place = round(share * top_of(field))
    value = value_at(field, place)
    assert field.low - 1e-9 <= value <= field.high + 1e-9
    again = value_at(field, place_of(field, value))
    assert again == pytest.approx(value, abs=1.01 * 10**-field.decimals / field.scale, rel=0.01)


@given(field=st.sampled_from(NUMBERS))
def test_both_ends_are_reached(field: Field) -> None:
    assert value_at(field, 0) == pytest.approx(field.low)
    assert value_at(field, top_of(field)) == pytest.approx(field.high)
    assert place_of(field, math.inf) == top_of(field)


def used(spec: TemporalSpec) -> set[str]:
    return {field.name for field in fields() if is_used(field, spec)}


ALL = {field.name for field in fields()}
DECIDING = {
    "shortest_gap", "longest_gap_seconds", "difference_limit", "residual_limit", "flow_limit",
    "area_limit", "forward_backward_limit", "disagreement_limit", "doubtful_gap",
    "triggers_needed",
}  # fmt: skip


def test_only_what_matters_can_be_turned() -> None:
    assert used(TemporalSpec(mode="off")) == {"mode"}
    assert used(TemporalSpec(mode="off", asynchronous=True)) == {"mode"}
    assert used(TemporalSpec()) == ALL
    assert used(TemporalSpec(mode="per_frame")) == ALL - DECIDING - {"longest_gap", "still_gap"}


def test_a_network_that_is_not_waited_for_leaves_nothing_to_decide() -> None:
    beside = TemporalSpec(asynchronous=True)
    assert used(beside) == ALL - DECIDING - {"anchor_gap", "seek"}
    on_all = dataclasses.replace(beside, mode="per_frame")
    assert used(on_all) == used(beside) - {"still_gap"}
    for field in fields():
        assert ("wait" in unused_because(field, beside)) != is_used(field, beside), field.name


_SCENE = [*square_video(8), *(painted(i, moving_square(i, 12, 15)) for i in range(8, 16))]
_STILL = [replace(_SCENE[15], index=index, time_seconds=index / 25) for index in range(16, 24)]
_OTHER: dict[str, Any] = {
    "shortest_gap": 4, "longest_gap": 2, "longest_gap_seconds": 0.01, "still_gap": 2,
    "difference_limit": 0.1, "residual_limit": 0.1, "flow_limit": 0.1, "area_limit": 0.01,
    "forward_backward_limit": 0.0, "disagreement_limit": 0.01, "doubtful_gap": 1,
    "triggers_needed": 2, "anchor_gap": 3, "seek": "fast", "still_level": 255.0,
}  # fmt: skip


def _masks_and_words(session: ScoringSession, spec: TemporalSpec) -> list[tuple[bytes, bool]]:
    """What a spec shows and asks; a network beside says its word three frames late."""
    executor = ScriptedExecutor()
    temporal = TemporalSession(session, spec, lambda: executor)
    told = []
    for frame in [*_SCENE, *_STILL]:
        if frame.index % 3 == 0 and executor.is_busy():
            executor.finish()
        done = temporal.segment(frame)
        assert done.temporal is not None
        told.append((done.mask.tobytes(), done.temporal.trigger != "none"))
    return told


@pytest.mark.parametrize("mode", ["per_frame", "key_frames"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_cannot_be_turned_changes_nothing(
    mode: Mode, asynchronous: bool, tmp_path: Path
) -> None:
    """The form says of the engine what the engine does."""
    base = TemporalSpec(mode=mode, asynchronous=asynchronous, longest_gap=5, still_gap=6)
    with closing(painted_session(tmp_path)) as session:
        expected = _masks_and_words(session, base)
        for name, value in _OTHER.items():
            found = _masks_and_words(session, dataclasses.replace(base, **{name: value}))
            if not is_used(fields_by_name()[name], base):
                assert found == expected, name
            elif asynchronous:
                assert found != expected, name
