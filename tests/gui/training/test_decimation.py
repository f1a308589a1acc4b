"""A decimated curve covers what the whole one does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.training.decimation import POINTS_PER_COLUMN, decimated


@given(st.integers(2_000, 20_000), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_every_column_keeps_its_extremes(count: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.1, 2.0, count))
    y = rng.normal(size=count)
    left, right = float(x[0]), float(x[-1])
    drawn_x, drawn_y = decimated(x, y, left, right, columns)
    edges = np.linspace(left, right, columns + 1)
    assert (np.diff(drawn_x) >= 0).all()
    for column in range(0, columns, max(1, columns // 7)):
        low, high = edges[column], edges[column + 1]
        whole = y[(x >= low) & (x < high)]
        kept = drawn_y[(drawn_x >= low) & (drawn_x < high)]
        if len(whole):
            assert (whole.min(), whole.max()) == (kept.min(), kept.max())


@given(st.integers(0, 5_000), st.integers(1, 400))
def test_there_are_few_points_a_column(count: int, columns: int) -> None:
    x = np.arange(float(count))
    drawn, _ = decimated(x, x, 0.0, max(1.0, count - 1.0), columns)
    assert len(drawn) <= POINTS_PER_COLUMN * (columns + 2)


def test_a_lone_peak_survives() -> None:
    y = np.zeros(100_000)
    y[54_321] = 9.0
    _, drawn = decimated(np.arange(100_000.0), y, 0.0, 99_999.0, 300)
    assert drawn.max() == 9.0


def test_a_view_holds_one_point_beyond_each_edge() -> None:
    x = np.arange(100.0)
    drawn, _ = decimated(x, x, 40.5, 50.5, 1000)
    assert (drawn[0], drawn[-1]) == (40.0, 51.0)


def test_narrow_gaps_close_and_wide_ones_stay() -> None:
    y = np.ones(10_000)
    y[5_000] = np.nan
    y[7_000:8_000] = np.nan
    x, drawn = decimated(np.arange(10_000.0), y, 0.0, 9_999.0, 100)
    assert np.isfinite(drawn[(x > 4_900) & (x < 5_100)]).all()
    assert np.isnan(drawn[(x > 7_200) & (x < 7_800)]).all()
