"""Times as text and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import SpecError
from studio.gui.playback.format import clock_text, index_from_text

_TIMES = np.arange(1000) / 25.0


@given(st.integers(0, 999))
def test_a_shown_time_leads_back_to_its_frame(index: int) -> None:
    assert index_from_text(clock_text(_TIMES[index]), _TIMES) == index


@given(st.integers(0, 999))
def test_a_number_is_a_frame(index: int) -> None:
    assert index_from_text(f" {index} ", _TIMES) == index


@pytest.mark.parametrize(
    ("text", "index"), [("50%", 500), ("0:04", 100), ("4.0", 100), ("0:00:39.96", 999)]
)
def test_other_ways_to_name_a_place(text: str, index: int) -> None:
    assert index_from_text(text, _TIMES) == index


@pytest.mark.parametrize("text", ["", "now", "1000", "-3", "1:2:3:4", "four"])
def test_anything_else_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        index_from_text(text, _TIMES)
    assert caught.value.remedy


def test_hours_are_shown_when_there_are_any() -> None:
    assert clock_text(59.9994) == "0:59.999"
    assert clock_text(59.9996) == "1:00.000"
    assert clock_text(3661.5) == "1:01:01.500"
