"""The legend tells the truth about the frame, and its toggles reach the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QSlider
from pytestqt.qtbot import QtBot

from studio.gui.overlay.legend_model import SHARE_ROLE, LegendModel
from studio.gui.overlay.panel import OverlayPanel
from studio.gui.playback.shown import ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from tests.support.clips import class_clip, class_of_frame
from tests.support.driven_playback import a_model
from tests.support.models import logits_model
from tests.support.playback import Watcher


@pytest.fixture
def watcher(qtbot: QtBot) -> Iterator[Watcher]:
    model = PlaybackModel()
    yield Watcher(model, qtbot)
    model.shutdown()


@pytest.fixture
def panel(watcher: Watcher, qtbot: QtBot) -> OverlayPanel:
    panel = OverlayPanel(watcher.model)
    qtbot.addWidget(panel)
    panel.resize(330, 700)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def _classes(panel: OverlayPanel) -> LegendModel:
    model = panel.legend.model()
    assert isinstance(model, LegendModel)
    return model


def test_shares_are_those_of_the_frame_on_screen(
    panel: OverlayPanel, watcher: Watcher, tmp_path: Path
) -> None:
    watcher.open(class_clip(tmp_path / "c.mp4"), logits_model(tmp_path / "net.tflite"))
    classes = _classes(panel)
    assert classes.rowCount() == 21
    watcher.model.seek(6)
    present = class_of_frame(6)
    watcher.until(lambda: classes.index(present).data(SHARE_ROLE) > 0.9)
    shares = [classes.index(row).data(SHARE_ROLE) for row in range(21)]
    assert sum(shares) == pytest.approx(1.0)


def test_a_click_hides_a_class_and_another_shows_it(panel: OverlayPanel, watcher: Watcher) -> None:
    watcher.model.model_opened.emit(a_model())
    panel.legend.show()
    classes = _classes(panel)
    index = classes.index(1)
    place = panel.legend.visualRect(index).center()
    for hidden in (True, False):
        QTest.mouseClick(panel.legend.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert (1 in watcher.model.overlay.hidden_classes) == hidden
        ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        assert ticked != hidden


def test_only_all_and_none(panel: OverlayPanel, watcher: Watcher) -> None:
    watcher.model.model_opened.emit(a_model())
    classes = _classes(panel)
    rows = frozenset(range(classes.rowCount()))
    classes.show_only(2)
    assert watcher.model.overlay.hidden_classes == rows - {2}
    classes.hide_all()
    assert watcher.model.overlay.hidden_classes == rows
    classes.show_all()
    assert watcher.model.overlay.hidden_classes == {0}


def test_sliders_and_boxes_follow_and_lead_the_overlay(
    panel: OverlayPanel, watcher: Watcher
) -> None:
    slider = panel.findChild(QSlider)
    assert slider is not None
    slider.setValue(20)
    assert watcher.model.overlay.opacity == pytest.approx(0.2)
    watcher.model.set_overlay(type(watcher.model.overlay)(opacity=0.8, outline=True))
    assert slider.value() == 80
    assert panel._outline.isChecked()


def test_choosing_a_model_and_a_runtime_opens_it(
    panel: OverlayPanel, watcher: Watcher, tmp_path: Path
) -> None:
    net = logits_model(tmp_path / "net.tflite")
    panel.model_requested.connect(watcher.model.open_model)
    panel.show_models([("a net", str(net)), ("another", "/nowhere.tflite")])
    models = next(b for b in panel.findChildren(QComboBox) if b.accessibleName() == "Model")
    models.activated.emit(models.findData(str(net)))
    watcher.until(lambda: watcher.model.model is not None)
    assert models.currentData() == str(net)
    models.activated.emit(0)
    watcher.until(lambda: watcher.model.model is None)
    assert panel.legend.isHidden()


def test_a_frame_of_the_model_before_is_not_counted(
    panel: OverlayPanel, watcher: Watcher, qtbot: QtBot
) -> None:
    watcher.model.model_opened.emit(a_model())
    rows = _classes(panel).rowCount()
    shown = ShownFrame(
        index=0,
        time_seconds=0.0,
        image=np.zeros((2, 2, 3), np.uint8),
        mask=np.zeros((2, 2), np.uint8),
        class_pixels=np.ones(rows + 3, np.int64),
    )
    watcher.model._shown = shown
    watcher.model.frame_shown.emit(shown)
    qtbot.wait(300)
    assert all(_classes(panel).index(row).data(SHARE_ROLE) == 0 for row in range(rows))
