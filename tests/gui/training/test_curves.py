"""Curves are in order of steps, and smoothing pulls nothing towards zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.training.curves import RunCurves, base_metric, smoothed
from studio.runs.events import EpochMetrics


def test_points_come_in_order_and_a_resumed_step_replaces() -> None:
    curves = RunCurves()
    for epoch, loss in ((0, 3.0), (2, 1.0), (1, 9.0), (1, 2.0)):
        curves.add(EpochMetrics(epoch=epoch, step=epoch * 10, metrics={"loss": loss}))
    x, y = curves.curve("loss", by_step=True)
    assert (x.tolist(), y.tolist()) == ([0.0, 10.0, 20.0], [3.0, 2.0, 1.0])
    x, _ = curves.curve("loss", by_step=False)
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert curves.last_epoch == 2


def test_what_was_not_finite_is_a_gap() -> None:
    curves = RunCurves()
    curves.add(EpochMetrics(epoch=0, step=0, metrics={"loss": None, "miou": 0.5}))
    assert np.isnan(curves.curve("loss", by_step=True)[1]).all()
    assert curves.metrics == ["loss", "miou"]
    assert len(curves.curve("unknown", by_step=True)[0]) == 0


def test_validation_shares_a_chart() -> None:
    assert base_metric("val_loss") == base_metric("loss") == "loss"


@given(st.floats(-1e3, 1e3), st.floats(0, 0.99), st.integers(1, 50))
def test_a_constant_stays_itself(value: float, weight: float, count: int) -> None:
    result = smoothed(np.full(count, value), weight)
    np.testing.assert_allclose(result, value, rtol=1e-9, atol=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_smoothing_stays_within_the_values(values: list[float], weight: float) -> None:
    result = smoothed(np.array(values), weight)
    assert result[0] == pytest.approx(values[0])
    assert result.min() >= min(values) - 1e-6
    assert result.max() <= max(values) + 1e-6


def test_gaps_stay_gaps() -> None:
    result = smoothed(np.array([1.0, np.nan, 3.0]), 0.5)
    assert np.isnan(result[1])
    assert result[2] == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)
