"""The playback panel as hands and eyes meet it: keys, clicks, hover, exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.classes import voc_palette
from studio.errors import OutputError, StudioError
from studio.gui.playback.panel import PlaybackPanel
from studio.gui.playback.shown import Loop
from studio.gui.playback.timeline import columns_of
from studio.jobs.spec import SegmentSpec
from studio.opencv import cv2
from studio.temporal.spec import OFF, PRESETS
from tests.support.clips import class_of_frame, frame_of
from tests.support.gui import stall_watchdog
from tests.support.playback import Watcher


@pytest.fixture
def panel(watcher: Watcher, qtbot: QtBot) -> PlaybackPanel:
    panel = PlaybackPanel(watcher.model)
    # The main window carries these in its menus; here the panel itself does.
    panel.addActions([*panel.menu_actions(), *panel.exports.actions])
    qtbot.addWidget(panel)
    panel.resize(900, 700)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    return panel


def test_keys_of_mpv_do_what_its_users_expect(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, qtbot: QtBot
) -> None:
    watcher.open(clip)
    model = watcher.model

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(panel, key, modifier)

    press(Qt.Key.Key_Space)
    assert model.is_playing
    press(Qt.Key.Key_Space)
    watcher.until(lambda: not model.is_playing)
    model.seek(0)
    press(Qt.Key.Key_Period)
    watcher.until(lambda: model.position == 1)
    press(Qt.Key.Key_Comma)
    watcher.until(lambda: model.position == 0)
    press(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert model.position == 25
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert model.position == 0
    press(Qt.Key.Key_Right)
    assert model.position == 39
    press(Qt.Key.Key_Left)
    assert model.position == 0
    press(Qt.Key.Key_BracketRight)
    assert model.speed == pytest.approx(1.1)
    press(Qt.Key.Key_BracketLeft)
    press(Qt.Key.Key_BracketLeft)
    assert model.speed == pytest.approx(1 / 1.1)
    press(Qt.Key.Key_Backspace)
    assert model.speed == 1.0
    loops: list[Loop | None] = []
    model.loop_changed.connect(loops.append)
    press(Qt.Key.Key_L)
    model.seek(10)
    press(Qt.Key.Key_L)
    press(Qt.Key.Key_L)
    assert loops == [Loop(0, None), Loop(0, 10), None]
    press(Qt.Key.Key_I)
    assert panel.canvas.statistics_visible
    qtbot.wait(50)
    full_screen: list[bool] = []
    panel.full_screen_requested.connect(full_screen.append)
    press(Qt.Key.Key_F)
    assert full_screen == [True]
    press(Qt.Key.Key_V)
    assert not model.overlay.visible
    press(Qt.Key.Key_M)
    assert model.marks == {10}


def test_the_screen_shows_the_frame_in_its_mask_s_colour(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, net: Path, qtbot: QtBot
) -> None:
    watcher.open(clip, net)
    watcher.model.seek(14)
    watcher.until(lambda: watcher.model.shown is not None and watcher.model.shown.index == 14)
    qtbot.wait(200)
    pixel = panel.canvas.grab().toImage().pixelColor(panel.canvas.rect().center())
    wanted = voc_palette()[class_of_frame(14)]  # frame and mask have the same colour here
    assert abs(pixel.red() - int(wanted[0])) < 12
    assert abs(pixel.green() - int(wanted[1])) < 12
    assert abs(pixel.blue() - int(wanted[2])) < 12


def test_hovering_names_the_class_under_the_pointer(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, net: Path
) -> None:
    watcher.open(clip, net)
    seen: list[int] = []
    panel.canvas.class_hovered.connect(seen.append)
    QTest.mouseMove(panel.canvas, panel.canvas.rect().center())
    watcher.until(lambda: seen == [class_of_frame(0)])
    watcher.model.seek(5)
    watcher.until(lambda: seen[-1] == class_of_frame(5))


def test_a_click_on_the_strip_goes_to_that_frame_and_a_drag_scrubs(
    panel: PlaybackPanel, watcher: Watcher, clip: Path
) -> None:
    watcher.open(clip)
    model, strip = watcher.model, panel.timeline
    for goal in (0, 13, 39):
        assert strip.index_at(strip.x_of(goal)) == goal
        place = QPoint(round(strip.x_of(goal)), 30)
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=place)
        assert model.position == goal
    model.set_loop(Loop(0, 39))
    model.play()
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip.x_of(4)), 30))
    QTest.mouseMove(strip, QPoint(round(strip.x_of(20)), 30))
    watcher.until(lambda: model.position == 20)
    held = len(watcher.indices)
    watcher.until(lambda: model.shown is not None and model.shown.index == 20)
    assert model.is_playing
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip.x_of(20)), 30))
    watcher.until(lambda: len(watcher.indices) > held + 3)


def test_no_spike_is_lost_when_many_frames_share_a_column() -> None:
    values = np.full(10_000, 5.0, np.float32)
    values[7_777] = 90.0
    values[:100] = np.nan
    columns = columns_of(values, 300)
    assert columns.shape == (300,)
    assert np.nanmax(columns) == 90.0
    assert np.isnan(columns[0])
    assert np.argmax(np.nan_to_num(columns)) == 7_777 * 300 // 10_000
    assert columns_of(values[:5], 50).shape == (50,)
    assert np.isnan(columns_of(values[:0], 4)).all()


def test_saved_frames_are_the_frame_with_and_without_overlay_and_its_mask(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, net: Path, tmp_path: Path
) -> None:
    watcher.open(clip, net)
    saved: list[str] = []
    panel.exports.saved.connect(saved.append)
    for what in ("plain", "overlay", "mask"):
        panel.exports.save_frame(tmp_path / f"{what}.png", what)
    watcher.until(lambda: len(saved) == 3)
    plain = cv2.imread(str(tmp_path / "plain.png"))
    assert np.abs(plain.astype(int) - frame_of(0, 160, 120)).mean() < 6
    mask = cv2.imread(str(tmp_path / "mask.png"))
    assert (mask[60, 80][::-1] == voc_palette()[class_of_frame(0)]).all()
    assert (tmp_path / "overlay.png").stat().st_size > 0


def test_a_frame_that_cannot_be_saved_is_said(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, tmp_path: Path
) -> None:
    watcher.open(clip)
    panel.exports.save_frame(tmp_path / "no" / "frame.png", "plain")
    watcher.until(lambda: bool(watcher.errors))
    assert isinstance(watcher.errors[0], OutputError)


def test_an_export_asks_for_the_job_with_what_is_on_screen(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, net: Path, tmp_path: Path
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    asked: list[tuple[str, object, str]] = []
    model.export_requested.connect(lambda job, spec, title: asked.append((job, spec, title)))
    model.set_loop(Loop(3, 9))
    panel.exports.export_video(tmp_path / "out.mp4")
    panel.exports.export_masks(tmp_path / "masks")
    panel.exports.export_video(clip)  # refused: it would overwrite its own source
    assert len(asked) == 2
    spec = asked[0][1]
    assert isinstance(spec, SegmentSpec)
    assert (spec.input, spec.model, spec.start, spec.end) == (str(clip), str(net), 3, 9)
    assert spec.overlay.hidden_classes == (0,)
    assert spec.temporal == OFF
    assert len(watcher.errors) == 1
    model.set_temporal(PRESETS["balanced"])
    panel.exports.export_masks(tmp_path / "masks")
    spec = asked[-1][1]
    assert isinstance(spec, SegmentSpec)
    assert spec.temporal == PRESETS["balanced"]


def test_a_typed_place_is_jumped_to_and_nonsense_is_said(
    panel: PlaybackPanel, watcher: Watcher, clip: Path
) -> None:
    from PySide6.QtWidgets import QLineEdit

    watcher.open(clip)
    place = next(e for e in panel.findChildren(QLineEdit) if e.accessibleName() == "Position")
    for text, index in (("12", 12), ("0:00.8", 20), ("100%", 39)):
        place.setFocus()
        place.selectAll()
        QTest.keyClicks(place, text)
        QTest.keyClick(place, Qt.Key.Key_Return)
        assert watcher.model.position == index
    QTest.keyClicks(place, "x")
    QTest.keyClick(place, Qt.Key.Key_Return)
    assert isinstance(watcher.errors[-1], StudioError)
    assert watcher.model.position == 39


def test_playing_and_scrubbing_never_stall_the_gui(
    panel: PlaybackPanel, watcher: Watcher, clip: Path, net: Path, qapp: object, qtbot: QtBot
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.set_loop(Loop(0, 39))
    with stall_watchdog(qapp):  # type: ignore[arg-type]
        model.play()
        qtbot.wait(1500)
        model.begin_scrub()
        for index in range(0, 40, 3):
            model.seek(index)
            qtbot.wait(15)
        model.end_scrub()
        qtbot.wait(300)


def test_saved_frame_is_the_one_that_was_on_screen_when_asked(
    panel: PlaybackPanel,
    watcher: Watcher,
    clip: Path,
    net: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watcher.open(clip, net)
    goal = tmp_path / "mask.png"

    def choose(*_args: object) -> tuple[str, str]:
        watcher.model.seek(30)  # playing goes on under the dialog
        watcher.until(lambda: watcher.model.shown is not None and watcher.model.shown.index == 30)
        return str(goal), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    panel.exports.frame_mask.trigger()
    watcher.until(goal.is_file)
    written = cv2.imread(str(goal), cv2.IMREAD_COLOR)
    wanted = voc_palette()[class_of_frame(0)][::-1]
    assert written[10, 10].tolist() == wanted.tolist()
