"""The charts share cursor and zoom, obey the keyboard, and leave as picture and table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QImage
from pytestqt.qtbot import QtBot

from studio.errors import OutputError
from studio.gui.training.curves import RunCurves
from studio.gui.training.curves_view import CurvesView, DrawnRun
from studio.gui.training.export import csv_bytes
from studio.gui.training.exporter import CurveExporter
from studio.runs.events import EpochMetrics


def _run(name: str, colour: int, steps: int = 10, more: dict[str, float] | None = None) -> DrawnRun:
    curves = RunCurves()
    for step in range(1, steps + 1):
        metrics: dict[str, float | None] = {
            "loss": 1.0 / step,
            "learning_rate": 0.1,
            **(more or {}),
        }
        curves.add(EpochMetrics(epoch=1, step=step * 10, metrics=metrics, at_seconds=step))
    miou: dict[str, float | None] = {"val/miou": 0.5}
    curves.add(EpochMetrics(epoch=1, step=steps * 10, metrics=miou, at_seconds=steps))
    return DrawnRun(name, f"Run {name}", colour, curves)


def _view(qtbot: QtBot, runs: list[DrawnRun], charts: int = 3) -> CurvesView:
    view = CurvesView()
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    view.show_runs(runs)
    qtbot.waitUntil(lambda: len(view.charts) == charts)
    return view


def test_all_charts_show_the_cursor_of_one(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0), _run("b", 1)])
    view.charts[0].cursor_moved.emit(50.0)
    for chart in view.charts[::2]:  # the mIoU is known at the end alone
        assert "Run a" in chart.readout_text
        assert "Run b" in chart.readout_text
    view.charts[1].cursor_moved.emit(None)
    assert {chart.readout_text for chart in view.charts} == {""}


def test_zooming_in_one_zooms_all_until_all_is_asked_for(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0)])
    view.charts[0].range_chosen.emit(20.0, 60.0)
    assert {chart.view_range for chart in view.charts} == {(20.0, 60.0)}
    view.charts[1].all_requested.emit()
    left, right = view.charts[0].view_range
    assert left == 10.0
    assert 100.0 < right < 103.0
    assert len({chart.view_range for chart in view.charts}) == 1


def test_the_cursor_and_the_zoom_obey_the_keyboard(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0)])
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.cursor_x == 100.0
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.cursor_x == 90.0
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.cursor_x == 100.0
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    left, right = view.charts[0].view_range
    assert left > 10.0
    assert left < 100.0 <= right
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.charts[0].view_range[0] == 10.0
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.cursor_x is None


def test_another_axis_forgets_the_zoom(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0)])
    view.charts[0].range_chosen.emit(20.0, 60.0)
    view.options.x_axis.setCurrentText("hours")
    assert view.charts[0].view_range == pytest.approx((0.0, 9 / 3600), rel=0.02)


def test_coming_by_tab_shows_the_cursor(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0)])
    reason = Qt.FocusReason.TabFocusReason
    view.focusInEvent(QFocusEvent(QEvent.Type.FocusIn, reason))
    assert view.cursor_x == 100.0
    view.focusOutEvent(QFocusEvent(QEvent.Type.FocusOut, reason))
    assert view.cursor_x is None


def test_metrics_are_chosen_from_the_menu(qtbot: QtBot) -> None:
    view = _view(qtbot, [_run("a", 0, more={"loss/masks": 0.3, "images_per_second": 9.0})], 4)
    assert [chart.name for chart in view.charts] == [
        "loss",
        "miou",
        "learning_rate",
        "images_per_second",
    ]
    actions = {action.data(): action for action in view.options.metric_actions}
    assert not actions["loss/masks"].isChecked()
    actions["loss/masks"].trigger()
    actions["loss"].trigger()
    qtbot.waitUntil(
        lambda: (
            [chart.name for chart in view.charts]
            == ["miou", "learning_rate", "images_per_second", "loss/masks"]
        )
    )


def test_a_metric_nobody_knows_is_charted_all_the_same(qtbot: QtBot) -> None:
    curves = RunCurves()
    curves.add(EpochMetrics(epoch=0, step=1, metrics={"perplexity": 3.0}))
    view = _view(qtbot, [DrawnRun("a", "Run a", 0, curves)], charts=1)
    assert view.charts[0].name == "perplexity"


def test_the_legend_of_many_runs_is_not_cut(qtbot: QtBot) -> None:
    runs = [_run(f"with a long name, number {n}", n, steps=2) for n in range(7)]
    view = _view(qtbot, runs)
    view.resize(420, 600)
    qtbot.waitUntil(lambda: view.legend.height() > 2 * view.fontMetrics().height())
    for entry in view.legend.entries:
        assert view.legend.rect().contains(entry.geometry())
    with qtbot.waitSignal(view.run_chosen) as caught:
        qtbot.mouseClick(view.legend.entries[3], Qt.MouseButton.LeftButton)
    assert caught.args == [runs[3].name]


def test_one_run_needs_no_legend(qtbot: QtBot) -> None:
    assert _view(qtbot, [_run("a", 0)]).legend.isHidden()


def test_the_table_has_every_report_of_every_run() -> None:
    runs = [_run("a", 0, steps=3), _run("b", 1, steps=2, more={"extra": 7.0})]
    data = csv_bytes([(run.name, run.title, run.curves.table()) for run in runs])
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert list(rows[0]) == [
        *("run", "title", "step", "epoch", "worked_seconds"),
        *("loss", "learning_rate", "val/miou", "extra"),
    ]
    assert [(row["run"], row["step"]) for row in rows] == [
        *[("a", "10"), ("a", "20"), ("a", "30"), ("a", "30")],
        *[("b", "10"), ("b", "20"), ("b", "20")],
    ]
    assert rows[1]["loss"] == "0.5"
    assert rows[3] == {
        "run": "a",
        "title": "Run a",
        "step": "30",
        "epoch": "1",
        "worked_seconds": "2.000",
        "loss": "",
        "learning_rate": "",
        "val/miou": "0.5",
        "extra": "",
    }
    assert float(rows[4]["extra"]) == 7.0


def test_curves_are_saved_as_picture_and_table(qtbot: QtBot, tmp_path: Path) -> None:
    view = _view(qtbot, [_run("a", 0), _run("b", 1)])
    exporter = CurveExporter(view)
    with qtbot.waitSignal(exporter.finished):
        exporter.save_csv(tmp_path / "curves.csv").join()
    assert (tmp_path / "curves.csv").read_text().startswith("run,title,step")
    with qtbot.waitSignal(exporter.finished):
        exporter.save_png(tmp_path / "curves.png").join()
    image = QImage(str(tmp_path / "curves.png"))
    assert image.width() > 2 * view.board.width()
    colours = {image.pixelColor(x, y).name() for x in range(0, 400, 2) for y in range(60)}
    assert len(colours) > 2  # the legend stands there


def test_a_table_that_cannot_be_written_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    exporter = CurveExporter(_view(qtbot, [_run("a", 0)]))
    with qtbot.waitSignal(exporter.failed) as caught:
        exporter.save_csv(tmp_path / "missing" / "curves.csv").join()
    assert isinstance(caught.args[0], OutputError)
