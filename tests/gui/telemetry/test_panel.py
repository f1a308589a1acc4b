"""The panel shows what was measured, and leads back to the frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from studio.errors import OutputError
from studio.gui.telemetry.conditions import WARMUP_FRAMES
from studio.gui.telemetry.panel import TelemetryPanel
from studio.gui.telemetry.timeline import Timeline
from studio.gui.telemetry.view_model import TelemetryViewModel
from studio.gui.theme import DARK, LIGHT, set_current_theme
from tests.support.driven_playback import DrivenPlayback, a_record, steady_records


@pytest.fixture
def playback(qtbot: QtBot) -> DrivenPlayback:
    return DrivenPlayback()


@pytest.fixture
def panel(qtbot: QtBot, playback: DrivenPlayback) -> TelemetryPanel:
    result = TelemetryPanel(playback)
    qtbot.addWidget(result)
    result.resize(1440, 220)
    result.show()
    return result


def _timeline(panel: TelemetryPanel) -> Timeline:
    found = panel.findChild(Timeline)
    assert isinstance(found, Timeline)
    return found


def test_before_anything_played_it_says_how_to_begin(panel: TelemetryPanel) -> None:
    panel.refresh()
    assert panel.summary is not None
    assert panel.summary.frames == 0
    assert panel.board.tiles.tiles["shown"].value == "–"
    assert "Press play" in panel.board.legend.text


def test_numbers_are_those_of_numpy_and_follow_by_themselves(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.give_video()
    playback.set_playing(True)
    playback.measure(steady_records(200))
    qtbot.waitUntil(lambda: panel.summary is not None and panel.summary.frames == 200)
    assert panel.summary is not None
    expected = np.percentile(10.0 + np.arange(200) % 10, (50, 90, 99))
    found = (panel.summary.p50_millis, panel.summary.p90_millis, panel.summary.p99_millis)
    np.testing.assert_allclose(found, expected)
    assert panel.board.tiles.tiles["shown"].value == "25.0"
    assert panel.board.histogram.histogram is not None
    assert panel.board.histogram.histogram.counts.sum() == 200


def test_warmup_after_opening_a_model_is_left_out(
    playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.give_model()
    slow = (a_record(i, i * 0.04, invoke_millis=500.0) for i in range(WARMUP_FRAMES))
    playback.measure(slow)
    playback.measure(a_record(i, i * 0.04) for i in range(WARMUP_FRAMES, 20))
    panel.refresh()
    assert panel.summary is not None
    assert panel.summary.max_millis == 10.0
    assert panel.summary.warmup_frames == WARMUP_FRAMES
    assert "warm-up" in panel.board.legend.text


def test_another_model_begins_other_numbers_but_the_chart_goes_on(
    playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.measure(steady_records(30))
    playback.give_model()
    playback.measure(a_record(i, 102 + i * 0.04, invoke_millis=40.0) for i in range(30))
    panel.refresh()
    assert panel.summary is not None
    assert panel.summary.frames == 30 - WARMUP_FRAMES
    assert panel.summary.p50_millis == 46.0
    assert len(panel.data.records()) == 60
    assert "LiteRT 2.3.0" in panel.bar.about.text()


def test_time_spent_paused_is_no_frame_time(playback: DrivenPlayback) -> None:
    data = TelemetryViewModel(playback)
    playback.set_playing(True)
    playback.measure([a_record(0, 0.0), a_record(1, 0.04)])
    playback.set_playing(False)
    playback.set_playing(True)
    playback.measure([a_record(2, 9.0), a_record(3, 9.04)])
    assert data.summary(None).shown_mean == pytest.approx(25.0, rel=1e-4)


def test_a_held_view_stands_still_and_measuring_goes_on(
    playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.measure(steady_records(40))
    panel.bar.pause.click()
    playback.measure(a_record(i, 200 + i * 0.04) for i in range(40))
    panel.refresh()
    assert panel.summary is not None
    assert panel.summary.frames == 40
    panel.bar.pause.click()
    assert len(panel.data.records()) == 80


def test_clearing_forgets_and_lets_go(playback: DrivenPlayback, panel: TelemetryPanel) -> None:
    playback.measure(steady_records(40))
    panel.bar.pause.click()
    panel._on_clear()
    assert not panel.data.is_paused
    assert len(panel.data.records()) == 0
    assert panel.summary is not None
    assert panel.summary.frames == 0


def test_a_click_goes_to_the_slowest_frame_under_it(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.give_video()
    playback.measure(steady_records(80))
    playback.measure([a_record(77, 103.5, invoke_millis=300.0)])
    panel.refresh()
    timeline = _timeline(panel)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(timeline.width() - 11, 40))
    assert playback.sought == [77]


def test_without_a_video_a_click_asks_for_nothing(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.measure(steady_records(80))
    panel.refresh()
    qtbot.mouseClick(_timeline(panel), Qt.MouseButton.LeftButton, pos=QPoint(400, 40))
    assert playback.sought == []


def test_keys_walk_from_bar_to_bar(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.give_video()
    playback.measure(steady_records(20))
    panel.bar.window_choice.setCurrentIndex(0)
    timeline = _timeline(panel)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Return):
        qtbot.keyClick(timeline, key)
    assert playback.sought == [18]
    assert "frame 18" in panel.board.legend.text


def test_hovering_tells_the_values_there(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.measure([*steady_records(10), a_record(55, 104.0, dropped_before=4)])
    panel.refresh()
    timeline = _timeline(panel)
    qtbot.mouseMove(timeline, QPoint(timeline.width() - 11, 30))
    assert "frame 55" in panel.board.legend.text
    assert "4 dropped before" in panel.board.legend.text


def test_the_budget_colours_what_misses_it(playback: DrivenPlayback, panel: TelemetryPanel) -> None:
    playback.measure(steady_records(50))
    panel.bar.budget.setValue(24.0)
    assert panel.data.budget_millis == pytest.approx(41.667, abs=1e-3)
    assert panel.summary is not None
    assert panel.summary.over_budget == 0
    panel.bar.budget.setValue(100.0)
    assert panel.summary.over_budget == 45
    assert panel.board.tiles.tiles["possible"]._is_bad


def test_hidden_it_does_not_draw(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    panel.hide()
    playback.measure(steady_records(50))
    qtbot.wait(250)
    assert panel.summary is not None
    assert panel.summary.frames == 0
    panel.show()
    assert panel.summary.frames == 50


def test_a_narrow_panel_keeps_the_chart(panel: TelemetryPanel) -> None:
    panel.resize(500, 200)
    assert panel.board.histogram.isHidden()
    assert panel.board.tiles.isHidden()
    assert _timeline(panel).isVisible()


def test_both_themes_are_drawn_in_their_own_colours(
    playback: DrivenPlayback, panel: TelemetryPanel
) -> None:
    playback.measure(steady_records(100))
    panel.refresh()
    seen = []
    for theme in (LIGHT, DARK):
        set_current_theme(theme)
        image = panel.board.timeline.grab().toImage()
        colours = {
            image.pixelColor(x, y).name()
            for x in range(46, image.width(), 3)
            for y in range(0, image.height(), 2)
        }
        assert theme.series[2] in colours
        seen.append(colours)
    assert LIGHT.series[2] not in seen[1]


@pytest.mark.parametrize("kind", ["csv", "json", "png"])
def test_exports_arrive_whole(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel, tmp_path: Path, kind: str
) -> None:
    playback.measure(steady_records(30))
    path = tmp_path / f"out.{kind}"
    save: Callable[[Path], object] = getattr(panel.exporter, f"save_{kind}")
    with qtbot.waitSignal(panel.exporter.finished) as caught:
        save(path)
    assert caught.args == [str(path)]
    if kind == "csv":
        assert path.read_text().count("\n") == 31
    elif kind == "json":
        assert len(json.loads(path.read_text())["frames"]["frame"]) == 30
    else:
        assert QImage(str(path)).width() == panel.width()
    assert list(tmp_path.glob(".*")) == []


def test_an_export_that_fails_is_told_by_the_model(
    qtbot: QtBot, playback: DrivenPlayback, panel: TelemetryPanel, tmp_path: Path
) -> None:
    with qtbot.waitSignal(playback.failed):
        panel.exporter.save_csv(tmp_path / "gone" / "out.csv")
    assert isinstance(playback.failures[0], OutputError)


def test_a_chart_made_narrower_paints_for_its_new_width(
    panel: TelemetryPanel, playback: DrivenPlayback, qtbot: QtBot
) -> None:
    for record in steady_records(200):
        playback.frame_measured.emit(record)
    panel.refresh()
    timeline = _timeline(panel)
    qtbot.wait(50)
    # The chart is painted before the panel around it hears of the new size.
    timeline.resize(timeline.width() // 2, timeline.height())
    columns = timeline.columns
    assert columns is not None
    assert columns.left.max() < timeline.plot_width
    timeline.grab()
