"""Curves lose nothing that can be seen, and are not joined over gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.telemetry.lines import Line, line_columns
from studio.gui.telemetry.span import TimeSpan

POINTS = st.lists(
    st.tuples(st.floats(0, 5), st.floats(-1e3, 1e3) | st.just(math.nan)), min_size=1, max_size=150
)


@given(POINTS, st.integers(1, 60), st.floats(0, 20), st.floats(0.5, 50))
def test_columns_hold_the_extremes_of_what_is_in_view(
    points: list[tuple[float, float]], width: int, start: float, seconds: float
) -> None:
    at = np.cumsum([gap for gap, _ in points])
    values = np.array([value for _, value in points])
    columns = line_columns(Line("", at, values), TimeSpan(start, start + seconds), width, 2.0)
    inside = values[(at >= start) & (at <= start + seconds) & ~np.isnan(values)]
    assert len(columns) <= width
    assert bool(len(columns)) == bool(len(inside))
    if len(inside):
        assert (columns.low.min(), columns.high.max()) == (inside.min(), inside.max())
        assert (columns.low <= columns.mean + 1e-6).all()
        assert (columns.mean <= columns.high + 1e-6).all()
        assert (np.diff(columns.x) > 0).all()
        assert columns.x[0] >= 0
        assert columns.x[-1] <= width


def test_a_gap_breaks_the_curve() -> None:
    at = np.array([0.0, 1.0, 2.0, 9.0, 10.0])
    columns = line_columns(Line("", at, at), TimeSpan(0, 10), 100, 3.0)
    assert columns.breaks.tolist() == [3]


@pytest.mark.parametrize(
    ("moment", "value"), [(0.5, math.nan), (1.0, 7.0), (2.5, 8.0), (4.0, 8.0), (7.5, math.nan)]
)
def test_a_value_is_read_where_it_was_the_newest(moment: float, value: float) -> None:
    line = Line("", np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0, math.nan]))
    assert line.value_at(moment, 5.0) == pytest.approx(value, nan_ok=True)


def test_a_value_is_found_behind_many_unknown_ones() -> None:
    values = np.full(100, math.nan)
    values[10] = 5.0
    line = Line("", np.linspace(0, 1, 100), values)
    assert line.value_at(1.0, 5.0) == 5.0
