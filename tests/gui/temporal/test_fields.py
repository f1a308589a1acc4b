"""Every parameter of the spec can be turned, and a slider's place and its value agree."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.temporal.field import Field, guessed_field
from studio.gui.temporal.fields import fields, fields_by_name, is_used
from studio.gui.temporal.scale import place_of, top_of, value_at
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.toml import RANGES, checked

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


def test_only_what_matters_can_be_turned() -> None:
    used = {mode: {f.name for f in fields() if is_used(f, TemporalSpec(mode=mode))} for mode in (
        "off", "per_frame", "key_frames"
    )}  # fmt: skip
    assert used["off"] == {"mode"}
    assert "longest_gap" not in used["per_frame"]
    assert "past_weight" in used["per_frame"]
    assert used["key_frames"] == {field.name for field in fields()}
