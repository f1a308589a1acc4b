"""What is written is read back as it was; what cannot be followed is refused with a way out."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import SpecError
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.toml import RANGES, checked, spec_from_toml, spec_to_toml


def _numbers(name: str) -> st.SearchStrategy[Any]:
    allowed = RANGES[name]
    if isinstance(getattr(TemporalSpec(), name), int):
        return st.integers(int(allowed.lowest), int(allowed.highest))
    numbers = st.floats(allowed.lowest, allowed.highest)
    return st.one_of(numbers, st.just(math.inf)) if allowed.or_inf else numbers


specs = st.builds(
    TemporalSpec,
    mode=st.sampled_from(("off", "per_frame", "key_frames")),
    carries=st.sampled_from(("logits", "labels")),
    seek=st.sampled_from(("exact", "fast")),
    asynchronous=st.booleans(),
    **{name: _numbers(name) for name in RANGES if name != "longest_gap"},
    longest_gap=st.just(int(RANGES["longest_gap"].highest)),
)


def _with(name: str, value: Any) -> TemporalSpec:
    changed: dict[str, Any] = {name: value}
    return replace(TemporalSpec(), **changed)


@given(specs)
def test_what_is_written_is_read_back(spec: TemporalSpec) -> None:
    assert spec_from_toml(spec_to_toml(spec)) == spec


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_followed_and_written(name: str) -> None:
    assert checked(PRESETS[name]) == PRESETS[name]
    assert spec_from_toml(spec_to_toml(PRESETS[name])) == PRESETS[name]


def test_each_field_is_a_range_a_choice_or_a_switch() -> None:
    others = {"mode", "carries", "seek", "asynchronous"}
    assert {each.name for each in fields(TemporalSpec)} == set(RANGES) | others


def test_what_is_left_out_is_as_it_is_by_default() -> None:
    assert spec_from_toml("") == TemporalSpec()
    assert spec_from_toml("difference_limit = 40") == TemporalSpec(difference_limit=40.0)


def test_whole_numbers_become_fractions_where_the_field_holds_one() -> None:
    assert isinstance(checked(TemporalSpec(still_level=1)).still_level, float)


@pytest.mark.parametrize("name", RANGES)
def test_numbers_out_of_range_are_refused_by_name(name: str) -> None:
    allowed = RANGES[name]
    for value in (
        type(getattr(TemporalSpec(), name))(allowed.lowest - 1),
        allowed.highest * 2 + 1,
        math.nan,
        "many",
        True,
    ):
        with pytest.raises(SpecError, match=f"`{name}` expects a .*number from") as caught:
            checked(_with(name, value))
        assert repr(value) in caught.value.message
        assert name in caught.value.remedy


@pytest.mark.parametrize("name", [name for name in RANGES if not RANGES[name].or_inf])
def test_infinity_is_refused_where_it_has_no_meaning(name: str) -> None:
    with pytest.raises(SpecError, match=name):
        checked(_with(name, math.inf))


@pytest.mark.parametrize("name", ["mode", "carries", "seek"])
def test_unknown_choices_are_refused(name: str) -> None:
    with pytest.raises(SpecError, match=f"`{name}` expects one of"):
        spec_from_toml(f'{name} = "sometimes"')


def test_a_switch_is_no_number() -> None:
    with pytest.raises(SpecError, match="true or false"):
        spec_from_toml("asynchronous = 1")


def test_a_whole_number_is_no_fraction() -> None:
    with pytest.raises(SpecError, match="whole number"):
        spec_from_toml("longest_gap = 2.5")


def test_the_longest_gap_is_no_shorter_than_the_shortest() -> None:
    with pytest.raises(SpecError, match="at least the shortest gap, which is 9; got 6"):
        spec_from_toml("shortest_gap = 9")


def test_a_misspelt_key_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_toml("longest_gab = 3")
    assert "longest_gap" in caught.value.remedy


def test_a_foreign_key_is_answered_with_all_there_are() -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_toml("zzz = 3")
    assert all(each.name in caught.value.remedy for each in fields(TemporalSpec))


def test_broken_syntax_is_told_with_its_place() -> None:
    with pytest.raises(SpecError, match="line 2") as caught:
        spec_from_toml("longest_gap = 3\nnonsense\n")
    assert caught.value.remedy
