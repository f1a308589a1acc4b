"""Curves are in order of steps, go on seamlessly after a resume, and know their epochs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gui.training.curves import RunCurves, base_metric, epochs_done, is_validation
from studio.gui.training.smoothing import smoothed
from studio.runs.events import EpochMetrics


def _add(
    curves: RunCurves, step: int, at_seconds: float = 0.0, epoch: int = 1, **metrics: float
) -> None:
    curves.add(EpochMetrics(epoch=epoch, step=step, metrics=dict(metrics), at_seconds=at_seconds))


def test_points_come_in_order_and_a_step_reported_again_counts_once() -> None:
    curves = RunCurves()
    for step, loss in ((0, 3.0), (20, 1.0), (10, 9.0), (10, 2.0)):
        _add(curves, step, loss=loss)
    x, y = curves.curve("loss")
    assert (x.tolist(), y.tolist()) == ([0.0, 10.0, 20.0], [3.0, 2.0, 1.0])


def test_a_resume_supersedes_later_points_of_every_metric() -> None:
    curves = RunCurves()
    curves.begin(0.0)
    for step in range(1, 11):
        _add(curves, step, at_seconds=step, loss=float(step), rate=0.5)
    _add(curves, 10, at_seconds=10.0, miou=0.7)
    curves.begin(100.0)
    curves.supersede(6, 101.0)
    assert curves.curve("loss")[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert len(curves.curve("miou")[0]) == 0
    assert curves.best("miou") is None
    _add(curves, 7, at_seconds=102.0, loss=70.0)
    assert curves.curve("loss")[1].tolist() == [1, 2, 3, 4, 5, 6, 70]
    assert curves.curve("rate")[0].tolist() == [1, 2, 3, 4, 5, 6]
    hours = curves.curve("loss", "time")[0]
    np.testing.assert_allclose(hours * 3600, [1, 2, 3, 4, 5, 6, 7])  # the pause is left out


@given(st.lists(st.integers(1, 500), min_size=1, unique=True), st.integers(0, 500))
def test_superseding_keeps_exactly_the_steps_that_count(steps: list[int], last: int) -> None:
    curves = RunCurves()
    for step in sorted(steps):
        _add(curves, step, loss=step * 2.0)
    curves.supersede(last, 0.0)
    x, y = curves.curve("loss")
    assert x.tolist() == [step for step in sorted(steps) if step <= last]
    np.testing.assert_array_equal(y, x * 2)


def test_what_was_not_finite_is_a_gap() -> None:
    curves = RunCurves()
    curves.add(EpochMetrics(epoch=0, step=0, metrics={"loss": None, "miou": 0.5}))
    assert np.isnan(curves.curve("loss")[1]).all()
    assert curves.latest("loss") is None
    assert curves.metrics == ["loss", "miou"]
    assert len(curves.curve("unknown")[0]) == 0


def test_validation_shares_a_chart() -> None:
    assert base_metric("val/loss") == base_metric("val_loss") == base_metric("loss") == "loss"
    assert is_validation("val/miou")
    assert not is_validation("loss/masks")


@pytest.mark.parametrize("first", [0, 1])
def test_reports_within_an_epoch_stand_between_its_ends(first: int) -> None:
    """Whether the first epoch is called 0 or 1."""
    steps = np.arange(10.0, 1001.0, 10.0)  # ten epochs of a hundred steps
    epochs = np.ceil(steps / 100) - 1 + first
    np.testing.assert_allclose(epochs_done(steps, epochs), steps / 100, rtol=0.02)
    np.testing.assert_allclose(epochs_done(steps, epochs, 100.0), steps / 100)


def test_epochs_that_report_once_are_whole() -> None:
    epochs = np.arange(4.0)
    assert epochs_done(epochs * 90, epochs).tolist() == [1, 2, 3, 4]
    assert epochs_done((epochs + 1) * 90, epochs + 1).tolist() == [1, 2, 3, 4]
    assert len(epochs_done(np.empty(0), np.empty(0))) == 0


def test_the_first_epoch_grows_when_its_length_is_known() -> None:
    curves = RunCurves()
    curves.expect_steps_per_epoch(100.0)
    _add(curves, 10, loss=1.0)
    _add(curves, 25, loss=1.0)
    assert curves.curve("loss", "epoch")[0].tolist() == [0.1, 0.25]
    assert curves.epochs_begun == 1
    _add(curves, 101, epoch=2, loss=1.0)
    assert curves.epochs_begun == 2


def test_the_best_is_the_highest() -> None:
    curves = RunCurves()
    for step, miou in ((10, 0.3), (20, 0.6), (30, 0.5)):
        _add(curves, step, miou=miou)
    assert curves.best("miou") == (20.0, 0.6)


def test_a_table_has_every_report() -> None:
    curves = RunCurves()
    _add(curves, 10, loss=1.0)
    _add(curves, 10, miou=0.5)
    table = curves.table()
    assert table.steps.tolist() == [10, 10]
    np.testing.assert_array_equal(table.metrics["loss"], [1.0, np.nan])
    np.testing.assert_array_equal(table.metrics["miou"], [np.nan, 0.5])


@given(st.floats(-1e3, 1e3), st.floats(0, 0.99), st.integers(1, 400))
def test_a_constant_stays_itself(value: float, weight: float, count: int) -> None:
    result = smoothed(np.full(count, value), weight)
    np.testing.assert_allclose(result, value, rtol=1e-9, atol=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=300), st.floats(0.01, 0.99))
def test_smoothing_is_a_running_mean(values: list[float], weight: float) -> None:
    """As its definition says, value by value."""
    average, correction, expected = 0.0, 1.0, []
    for value in values:
        average = weight * average + (1 - weight) * value
        correction *= weight
        expected.append(average / (1 - correction))
    np.testing.assert_allclose(smoothed(np.array(values), weight), expected, rtol=1e-7, atol=1e-6)


def test_gaps_stay_gaps() -> None:
    result = smoothed(np.array([1.0, np.nan, 3.0]), 0.5)
    assert np.isnan(result[1])
    assert result[2] == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)
