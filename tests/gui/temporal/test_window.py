"""In the window: one key brings the panel, its setting survives, and real frames fill it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.gui.playback.shown import Loop
from studio.gui.settings import Settings
from studio.gui.temporal.panel import TemporalPanel
from studio.jobs.spec import SegmentSpec
from studio.temporal.spec import OFF, PRESETS
from tests.gui.conftest import MakeWindow
from tests.support.clips import class_clip
from tests.support.gui import stall_watchdog
from tests.support.models import logits_model
from tests.support.window import DrivenWindow

COMPILING_MILLIS = 120_000
"""The engine's inner loops are compiled at the first frame, unless they were before."""


def panel_of(window: MainWindow) -> TemporalPanel:
    panel = window.docks["temporal"].widget()
    assert isinstance(panel, TemporalPanel)
    return panel


def test_ctrl_t_brings_it_up_and_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.docks["temporal"]
    window.activateWindow()
    qtbot.waitActive(window)
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not dock.visibleRegion().isEmpty())
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(dock.isHidden)


def test_the_setting_is_on_from_the_first_frame_of_the_next_start(
    make_window: MakeWindow, settings: Settings
) -> None:
    first = make_window()
    assert first.panels.playback is not None
    assert first.panels.playback.temporal_spec == OFF
    panel = panel_of(first)
    panel.model.choose("fast")
    panel.model.apply()
    first.close()
    again = make_window()
    assert again.panels.playback is not None
    assert again.panels.playback.temporal_spec == PRESETS["fast"]
    assert panel_of(again).presets.buttons["fast"].isChecked()


@pytest.fixture
def playing(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> DrivenWindow:
    driven = DrivenWindow(window, qtbot)
    driven.open(class_clip(tmp_path / "c.mp4"), logits_model(tmp_path / "net.tflite"))
    window.docks.bring_up("temporal")
    return driven


def test_playing_fills_it_and_marks_the_timeline_without_a_stall(
    playing: DrivenWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    panel = panel_of(playing.window)
    playback = playing.playback
    playback.set_loop(Loop(0, playback.last_index))
    panel.model.set_view("flow")
    panel.presets.buttons["balanced"].click()
    playback.play()
    qtbot.waitUntil(lambda: panel.model.numbers().frames > 20, timeout=COMPILING_MILLIS)
    panel.compare.setChecked(True)
    playing.until(lambda: panel.model.numbers().is_measured, "a comparison")
    playing.until(lambda: not panel.view.picture.image.isNull(), "the flow")
    with stall_watchdog(qapp):
        playing.wait(800)
    panel.draw()
    assert 0 < panel.model.numbers().key_share < 1
    assert float(panel.tiles.tiles["rate"].value.replace("\u2009", "")) > 0
    codes = playing.panel.timeline.key_marks.codes
    assert 0 < (codes > 0).sum() < len(codes)
    playback.pause()


def test_an_export_is_made_with_the_setting_of_the_panel(
    playing: DrivenWindow, tmp_path: Path
) -> None:
    panel = panel_of(playing.window)
    asked: list[SegmentSpec] = []
    playing.playback.export_requested.disconnect()
    playing.playback.export_requested.connect(lambda _job, spec, _title: asked.append(spec))
    panel.model.choose("balanced")
    panel.model.turn("longest_gap", 4)
    panel.model.apply()
    playing.panel.exports.export_video(tmp_path / "out.mp4")
    assert [spec.temporal for spec in asked] == [panel.model.spec]


def test_a_click_on_the_chart_shows_that_frame(playing: DrivenWindow, qtbot: QtBot) -> None:
    panel = panel_of(playing.window)
    panel.presets.buttons["balanced"].click()
    playing.until(lambda: playing.playback.temporal_spec == PRESETS["balanced"])
    playing.playback.play()
    qtbot.waitUntil(lambda: len(panel.model.history) > 12, timeout=COMPILING_MILLIS)
    playing.playback.pause()
    panel.draw()
    goal = int(panel.chart.rows["index"][-8])
    panel.chart.chosen.emit(goal)
    playing.until(
        lambda: playing.playback.shown is not None and playing.playback.shown.index == goal,
        f"frame {goal}",
    )
