"""The network's input as a user chooses it: used by playback and exports, told by the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.gui.overlay.panel import OverlayPanel
from studio.gui.phone.setup import SetupBox
from studio.gui.playback.exports import Exports
from studio.gui.telemetry.view_model import TelemetryViewModel
from studio.inference.model import ModelInfo, SessionOptions
from studio.jobs.spec import SegmentSpec
from tests.support.driven_playback import DrivenPlayback, a_model
from tests.support.moving import moving_clip
from tests.support.playback import Watcher
from tests.support.small_deeplab import small_deeplab


@pytest.fixture
def panel(watcher: Watcher, qtbot: QtBot) -> OverlayPanel:
    panel = OverlayPanel(watcher.model)
    qtbot.addWidget(panel)
    return panel


def _input(panel: OverlayPanel) -> QComboBox:
    named = "Input of the network"
    return next(box for box in panel.findChildren(QComboBox) if box.accessibleName() == named)


def _facts(panel: OverlayPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel) if "input" in label.text())


def _choose(panel: OverlayPanel, fit: str) -> None:
    box = _input(panel)
    box.setCurrentIndex(box.findData(fit))
    box.activated.emit(box.currentIndex())


def test_the_choice_opens_the_model_anew_and_the_label_tells_the_input_used(
    watcher: Watcher, panel: OverlayPanel, tmp_path: Path
) -> None:
    model = watcher.model
    told: list[SessionOptions] = []
    changes: list[ModelInfo] = []
    model.options_changed.connect(told.append)
    model.model_changed.connect(changes.append)
    net = small_deeplab(tmp_path / "net.tflite")
    watcher.open(moving_clip(tmp_path / "clip", 4), net)
    assert model.model is not None
    side = model.model.input_width
    assert f"{side}×{side}" in _facts(panel)
    _choose(panel, "frame")
    watcher.until(lambda: bool(changes))
    assert model.model is changes[-1]
    assert model.model.input_height < side
    assert f"{side}×{model.model.input_height} " in _facts(panel)
    assert [options.input_fit for options in told] == ["frame"]
    _choose(panel, "model")
    watcher.until(lambda: model.model is not None and model.model.input_height == side)
    assert f"{side}×{side}" in _facts(panel)
    assert [options.input_fit for options in told] == ["frame", "model"]
    assert not watcher.errors


def test_a_choice_made_elsewhere_is_followed(watcher: Watcher, panel: OverlayPanel) -> None:
    assert _input(panel).currentData() == "model"
    watcher.model.set_options(SessionOptions(input_fit="frame"))
    assert _input(panel).currentData() == "frame"


def test_exports_and_phones_run_the_network_as_playback_does(tmp_path: Path, qtbot: QtBot) -> None:
    playback = DrivenPlayback()
    playback.set_options(replace(playback.options, input_fit="frame"))
    playback.give_video()
    playback.give_model(a_model())
    asked: list[SegmentSpec] = []
    playback.export_requested.connect(lambda _job, spec, _title: asked.append(spec))
    window = QWidget()
    qtbot.addWidget(window)
    exports = Exports(playback, window)
    exports._launch(out=tmp_path / "out.mp4", masks=None)
    assert [spec.options.input_fit for spec in asked] == ["frame"]
    phone = SetupBox(playback)
    qtbot.addWidget(phone)
    deployed = phone.spec(None)
    assert deployed is not None
    assert deployed.options.input_fit == "frame"
    playback.shutdown()


def test_records_of_what_was_measured_name_the_input_that_was_used(qtbot: QtBot) -> None:
    playback = DrivenPlayback()
    telemetry = TelemetryViewModel(playback)
    playback.give_video()
    playback.give_model(a_model())
    segments = set(telemetry.all_conditions)
    used = replace(a_model(), input_height=145)
    playback.model_changed.emit(used)
    assert telemetry.conditions.model == used
    assert set(telemetry.all_conditions) == segments
    playback.shutdown()
