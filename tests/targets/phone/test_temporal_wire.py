"""The temporal engine's parameters reach the phone, every one of them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from studio.errors import SpecError
from studio.targets.phone.spec import PhoneOptions, temporal_name
from studio.targets.phone.temporal_wire import (
    CARRIES,
    ELSEWHERE,
    FLOAT_FIELDS,
    MODES,
    TRIGGERS,
    WHOLE_FIELDS,
    pack_temporal,
    trigger_of,
)
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from studio.temporal.step import Trigger


def changed(**changes: Any) -> TemporalSpec:
    return dataclasses.replace(OFF, **changes)


def test_no_parameter_is_forgotten() -> None:
    told = (*ELSEWHERE, *WHOLE_FIELDS, *FLOAT_FIELDS)
    assert sorted(told) == sorted(field.name for field in dataclasses.fields(TemporalSpec))


@pytest.mark.parametrize("name", [*WHOLE_FIELDS, *FLOAT_FIELDS])
def test_each_parameter_changes_the_message(name: str) -> None:
    other = changed(**{name: 7 if name in WHOLE_FIELDS else 0.125})
    assert pack_temporal(other) != pack_temporal(OFF)
    assert len(pack_temporal(other)) == len(pack_temporal(OFF))


def test_triggers_have_their_numbers() -> None:
    assert set(TRIGGERS) == set(Trigger)
    assert [trigger_of(code) for code in range(len(TRIGGERS))] == list(TRIGGERS)
    with pytest.raises(ValueError, match="trigger 13"):
        trigger_of(len(TRIGGERS))


def test_modes_and_what_is_carried_have_their_numbers() -> None:
    for code, mode in enumerate(MODES):
        assert pack_temporal(changed(mode=mode))[0] == code
    for code, carries in enumerate(CARRIES):
        assert pack_temporal(changed(carries=carries))[1] == code


@pytest.mark.parametrize("gap", [-1, 1 << 32])
def test_a_number_that_does_not_fit_is_refused_in_words(gap: int) -> None:
    with pytest.raises(SpecError, match="not between 0 and") as refused:
        pack_temporal(TemporalSpec(longest_gap=gap))
    assert refused.value.remedy


def test_infinite_limits_travel() -> None:
    assert pack_temporal(TemporalSpec(cut_level=math.inf)) != pack_temporal(TemporalSpec())


def test_a_setting_is_called_by_its_name() -> None:
    assert [temporal_name(spec) for spec in PRESETS.values()] == list(PRESETS)
    assert temporal_name(TemporalSpec(mode="per_frame", past_weight=0.123)) == "per_frame"


def test_what_phones_do_not_offer_is_refused_with_a_way_out() -> None:
    with pytest.raises(SpecError, match="not offered on phones") as refused:
        PhoneOptions(temporal=TemporalSpec(asynchronous=True))
    assert "preset" in refused.value.remedy
    with pytest.raises(SpecError, match="the frame's size only") as refused:
        PhoneOptions(temporal=PRESETS["balanced"], masks_at_model_size=True)
    assert "--temporal off" in refused.value.remedy
    PhoneOptions(temporal=OFF, masks_at_model_size=True)
