"""All panes show the same part of the same frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.errors import OutputError
from studio.gui.playback.shown import OverlaySettings
from studio.gui.previews.canvas import PreviewCanvas
from studio.gui.previews.contents import Content
from studio.gui.previews.panel import PreviewsPanel
from studio.gui.previews.view import FIT, View
from tests.support.driven_playback import DrivenPlayback, a_record

GREY = 90


@pytest.fixture
def playback(qtbot: QtBot) -> DrivenPlayback:
    return DrivenPlayback()


@pytest.fixture
def panel(qtbot: QtBot, playback: DrivenPlayback) -> PreviewsPanel:
    result = PreviewsPanel(playback)
    qtbot.addWidget(result)
    result.resize(1100, 600)
    result.show()
    return result


def _play(playback: DrivenPlayback, *, grey: int = GREY, index: int = 0) -> None:
    if playback.video is None:
        playback.give_video()
        playback.give_model()
    image: NDArray[np.uint8] = np.full((90, 160, 3), grey, np.uint8)
    mask: NDArray[np.uint8] = np.zeros((90, 160), np.uint8)
    mask[30:60, 60:100] = 15
    playback.measure([a_record(index, float(index))])
    playback.show_frame(image, mask, index)


def _wheel(canvas: PreviewCanvas, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_without_a_video_it_says_what_will_show(
    playback: DrivenPlayback, panel: PreviewsPanel
) -> None:
    assert panel._pages.currentIndex() == 0
    _play(playback)
    assert panel._pages.currentIndex() == 1
    playback.take_video()
    assert panel._pages.currentIndex() == 0


def test_the_panes_follow_playback(playback: DrivenPlayback, panel: PreviewsPanel) -> None:
    for grey in (40, 200):
        _play(playback, grey=grey)
        canvas = panel.canvases[0]
        middle = canvas.grab().toImage().pixelColor(canvas.width() // 2, canvas.height() // 2)
        assert (middle.red(), middle.green(), middle.blue()) == (grey, grey, grey)


def test_hidden_panes_do_not_work(
    playback: DrivenPlayback, panel: PreviewsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    _play(playback)
    panel.hide()
    asked: list[Content] = []
    monkeypatch.setattr(
        "studio.gui.previews.canvas.render", lambda content, *_, **__: asked.append(content)
    )
    _play(playback, index=1)
    QApplication.processEvents()
    assert asked == []


@pytest.mark.parametrize("count", [2, 3, 4])
def test_two_to_four_panes(playback: DrivenPlayback, panel: PreviewsPanel, count: int) -> None:
    _play(playback)
    panel.set_pane_count(count)
    assert len(panel.canvases) == count
    assert [canvas.contents[0] for canvas in panel.canvases] == [
        Content.SOURCE,
        Content.OVERLAY,
        Content.MASK,
        Content.CUTOUT,
    ][:count]


def test_each_pane_shows_what_is_chosen_for_it(
    playback: DrivenPlayback, panel: PreviewsPanel
) -> None:
    _play(playback)
    panel._panes[1].choice.setCurrentText("Mask")
    canvas = panel.canvases[1]
    image = canvas.grab().toImage()
    centre = image.pixelColor(canvas.width() // 2, canvas.height() // 2)
    assert (centre.red(), centre.green(), centre.blue()) == (192, 128, 128)
    assert "person" in panel._panes[1].words.text()


def test_a_wheel_over_one_pane_zooms_all(playback: DrivenPlayback, panel: PreviewsPanel) -> None:
    _play(playback)
    panel.set_pane_count(4)
    _wheel(panel.canvases[2], QPoint(200, 60), 3)
    views = {canvas.view for canvas in panel.canvases}
    assert views == {panel.view}
    assert panel.view.zoom == pytest.approx(1.2**3)
    assert panel._zoom.text() == "173 %"


def test_a_drag_moves_all_and_a_double_click_fits(
    qtbot: QtBot, playback: DrivenPlayback, panel: PreviewsPanel
) -> None:
    _play(playback)
    panel.set_view(View(4.0, 0.5, 0.5))
    canvas = panel.canvases[0]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qtbot.mouseMove(canvas, QPoint(240, 210))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(240, 210))
    assert panel.view.centre_x < 0.5
    assert {each.view for each in panel.canvases} == {panel.view}
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert panel.view == FIT


def test_keys_zoom_and_fit(qtbot: QtBot, playback: DrivenPlayback, panel: PreviewsPanel) -> None:
    _play(playback)
    canvas = panel.canvases[0]
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert panel.view.zoom == pytest.approx(1.2)
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert panel.view == FIT


def test_another_video_is_shown_whole(playback: DrivenPlayback, panel: PreviewsPanel) -> None:
    _play(playback)
    panel.set_view(View(4.0, 0.3, 0.3))
    playback.give_video()
    assert panel.view == FIT


def test_a_wipe_shows_one_content_on_each_side(
    qtbot: QtBot, playback: DrivenPlayback, panel: PreviewsPanel
) -> None:
    _play(playback)
    panel.set_wipe()
    canvas = panel.canvases[0]
    assert canvas.contents == (Content.SOURCE, Content.OVERLAY)
    panel._panes[0].second_choice.setCurrentText("Mask")
    width, height = canvas.width(), canvas.height()
    middle = QPoint(width // 2, height // 2)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(canvas, QPoint(width // 4, height // 2))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(width // 4, height // 2))
    assert canvas.divider == pytest.approx(0.25, abs=0.01)
    image = canvas.grab().toImage()
    assert image.pixelColor(width // 5, height // 2).red() == GREY
    assert image.pixelColor(width // 2, height // 2).red() == 192


def test_the_overlay_settings_are_followed(playback: DrivenPlayback, panel: PreviewsPanel) -> None:
    _play(playback)
    canvas = panel.canvases[1]
    centre = (canvas.width() // 2, canvas.height() // 2)
    assert canvas.grab().toImage().pixelColor(*centre).red() > GREY
    playback.give_overlay(OverlaySettings(visible=False))
    assert canvas.grab().toImage().pixelColor(*centre).red() == GREY
    assert "switched off" in panel._panes[1].words.text()


def test_without_a_model_the_panes_say_how_to_get_masks(
    playback: DrivenPlayback, panel: PreviewsPanel
) -> None:
    playback.give_video()
    playback.show_frame(np.full((90, 160, 3), GREY, np.uint8))
    panel.set_pane_count(4)
    for canvas in panel.canvases:
        canvas.grab()
    assert "no model" in panel._panes[2].words.text()


def test_a_comparison_is_saved_at_the_frames_size(
    playback: DrivenPlayback, panel: PreviewsPanel, tmp_path: Path
) -> None:
    _play(playback)
    panel.set_view(View(8.0, 0.1, 0.1))
    panel.set_pane_count(3)
    path = tmp_path / "comparison.png"
    assert panel.save_comparison(path)
    image = QImage(str(path))
    assert image.width() >= 3 * 160
    assert image.height() >= 90
    gap = (image.width() - 3 * 160) // 4
    line = 16
    assert image.pixelColor(gap + 5, line + 5).red() == GREY
    mask_centre = image.pixelColor(3 * gap + 2 * 160 + 80, line + 45)
    assert (mask_centre.red(), mask_centre.green()) == (192, 128)


def test_a_place_that_cannot_be_written_is_told(
    playback: DrivenPlayback, panel: PreviewsPanel, tmp_path: Path
) -> None:
    assert not panel.save_comparison(tmp_path / "a.png")  # there is no frame yet
    _play(playback)
    assert not panel.save_comparison(tmp_path / "gone" / "a.png")
    assert isinstance(playback.failures[0], OutputError)
