"""A chart tells values at the cursor, loses no peak, and draws 100,000 points within a frame."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.gui.theme import DARK, LIGHT, set_current_theme
from studio.gui.training.chart import ChartCurve, MetricChart
from studio.gui.training.curves import Curve


def _chart(qtbot: QtBot, width: int = 420, height: int = 260) -> MetricChart:
    chart = MetricChart("loss")
    qtbot.addWidget(chart)
    chart.resize(width, height)
    chart.show()
    return chart


def _curve(name: str, points: Curve, colour: int = 0, metric: str = "loss") -> ChartCurve:
    return ChartCurve(name, f"Run {name}", metric, colour, points)


def _show(
    chart: MetricChart, curves: list[ChartCurve], weight: float = 0.0, *, log: bool = False
) -> None:
    right = max(float(curve.points[0][-1]) for curve in curves)
    chart.show_curves(curves, (0.0, right), weight=weight, is_log=log, x_name="step")


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " ").replace("&ensp;", " ")


def test_the_cursor_tells_the_values_of_all_runs_at_that_step(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(0.0, 101.0, 10.0)
    _show(chart, [_curve("a", (x, x / 10)), _curve("b", (x, x / 5), 1)])
    assert chart.readout_text == ""
    chart.show_cursor(40.9)  # the nearest report is that of step 40
    told = _plain(chart.readout_text).split()
    assert told == ["step", "41", "train", "●", "Run", "a", "4", "●", "Run", "b", "8"]
    chart.show_cursor(None)
    assert chart.readout_text == ""


def test_training_and_validation_of_a_run_share_a_row(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(0.0, 101.0, 10.0)
    _show(chart, [_curve("a", (x, x / 10)), _curve("a", (x, x * 0 + 7.5), metric="val/loss")])
    chart.show_cursor(20.0)
    assert _plain(chart.readout_text).split() == [
        "step",
        "20",
        "train",
        "val",
        "●",
        "Run",
        "a",
        "2",
        "7.5",
    ]


def test_a_value_from_elsewhere_says_where(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    rare = np.array([10.0, 90.0]), np.array([0.5, 0.6])
    _show(chart, [_curve("a", rare, metric="val/loss")])
    chart.show_cursor(70.0)
    assert "0.6 at step 90" in " ".join(_plain(chart.readout_text).split())


def test_beyond_its_end_a_run_has_no_value(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    short, long = np.arange(0.0, 51.0), np.arange(0.0, 101.0)
    _show(chart, [_curve("a", (short, short)), _curve("b", (long, long), 1)])
    chart.show_cursor(80.0)
    assert "Run a" not in chart.readout_text
    assert "Run b" in chart.readout_text


def test_the_heading_of_many_runs_wraps_and_is_not_cut(qtbot: QtBot) -> None:
    chart = _chart(qtbot, width=150, height=300)
    x = np.arange(0.0, 11.0)
    curves = [_curve(str(n), (x, x + n + 0.123), n) for n in range(6)]
    _show(chart, curves)
    for number in range(6):
        assert f"{10 + number + 0.123:.4g}" in chart.heading_text
    heading = chart._heading
    qtbot.waitUntil(lambda: heading.height() >= heading.heightForWidth(heading.width()))
    assert heading.height() >= 2 * heading.fontMetrics().height()


def test_a_low_chart_leaves_the_values_to_the_cursor(qtbot: QtBot) -> None:
    chart = _chart(qtbot, width=200, height=120)
    x = np.arange(0.0, 11.0)
    _show(chart, [_curve(str(n), (x, x + n + 0.123), n) for n in range(6)])
    assert _plain(chart.heading_text).split() == ["Loss"]
    _show(chart, [_curve("a", (x, x + 0.123))])
    assert _plain(chart.heading_text).split() == ["Loss", "10.12"]


def test_a_log_axis_leaves_out_what_is_not_positive(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    _show(chart, [_curve("a", (np.arange(4.0), np.array([0.0, 1.0, 10.0, 100.0])))], log=True)
    _, y = chart.lines[0].getOriginalDataset()
    np.testing.assert_array_equal(y, [np.nan, 0.0, 1.0, 2.0])
    chart.grab()


def test_smoothing_draws_the_reported_values_faintly_and_spares_validation(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(0.0, 50.0)
    curves = [_curve("a", (x, x % 7)), _curve("a", (x[::10], x[::10]), metric="val/loss")]
    _show(chart, curves, weight=0.6)
    assert sorted(line.opts["pen"].color().alpha() for line in chart.lines) == [70, 255, 255]
    _show(chart, curves)
    assert len(chart.lines) == 2


def test_zoomed_in_the_y_axis_fits_what_is_in_view(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(0.0, 1000.0)
    _show(chart, [_curve("a", (x, np.where(x < 10, 500.0, x / 1000)))])
    chart.show_range(400.0, 600.0)
    _, (low, high) = chart._box.viewRange()
    assert 0.3 < low < 0.4
    assert 0.6 < high < 0.7


def test_the_best_is_marked(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(0.0, 11.0)
    y = -((x - 4) ** 2)
    _show(chart, [ChartCurve("a", "Run a", "val/miou", 0, (x, y), best=(4.0, 0.0))])
    (star,) = chart._best.points()
    assert (star.pos().x(), star.pos().y()) == (4.0, 0.0)


def test_both_themes_are_followed(qtbot: QtBot) -> None:
    chart = _chart(qtbot)
    x = np.arange(3.0)
    _show(chart, [_curve("a", (x, x), 2)])
    for theme in (LIGHT, DARK):
        set_current_theme(theme)
        assert chart.lines[0].opts["pen"].color().name() == theme.series[2]


def test_a_hundred_thousand_points_are_painted_within_a_frame(qtbot: QtBot) -> None:
    """Three runs, smoothed, in processor time: other programs may take theirs meanwhile."""
    chart = _chart(qtbot, 520, 320)
    x = np.arange(100_000.0)
    rng = np.random.default_rng(0)
    curves = [_curve(str(n), (x, rng.random(100_000) + n), n) for n in range(3)]
    _show(chart, curves, weight=0.9)
    chart.grab()
    seconds = []
    for step in range(12):
        chart.show_range(step * 10.0, 99_999.0)
        began = time.thread_time()
        chart._plot.grab()
        seconds.append(time.thread_time() - began)
    assert sum(len(line.getOriginalDataset()[0]) for line in chart.lines) < 6 * 2 * 530
    assert min(seconds) < 0.016


@pytest.mark.parametrize("x", [float("nan"), None])
def test_no_cursor_no_readout(qtbot: QtBot, x: float | None) -> None:
    chart = _chart(qtbot)
    points = np.arange(3.0), np.array([np.nan, np.nan, np.nan])
    _show(chart, [_curve("a", points)])
    chart.show_cursor(x)
    assert chart._readout.isHidden()
