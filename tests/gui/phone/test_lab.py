"""The window's panel with a lab phone: real adb, the real job, the runner that phones get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import PhoneError
from studio.gui.phone.panel import CONNECT_WORDS, PhonePanel
from studio.gui.phone.phones import PhoneWatch
from studio.gui.phone.view_model import PhoneModel
from studio.targets.phone.bundle import ensure_bundle
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.phone import LabPhone
from tests.support.clips import class_clip
from tests.support.driven_playback import DrivenPlayback, a_model, a_video
from tests.support.models import logits_model
from tests.support.run_jobs import no_worker_left

_PATIENCE_MILLIS = 40_000


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    with no_worker_left(tmp_path / "runs") as path:
        yield path


@pytest.fixture
def playback(qtbot: QtBot, tmp_path: Path) -> DrivenPlayback:
    made = DrivenPlayback()
    video = class_clip(tmp_path / "clip.mp4", frames=20)
    made.give_video(replace(a_video(), location=str(video)))
    model = logits_model(tmp_path / "tiny.tflite", dtype="int8")
    made.give_model(replace(a_model(), path=str(model)))
    return made


@pytest.fixture
def panel(
    qtbot: QtBot, lab_phone: LabPhone, playback: DrivenPlayback, runs_dir: Path, tmp_path: Path
) -> Iterator[PhonePanel]:
    made = PhonePanel(playback, runs_dir, PhoneWatch(), PhoneModel(runs_dir, tmp_path / "none"))
    qtbot.addWidget(made)
    made.resize(1110, 560)
    made.start()
    made.set_looked_at(True)
    made.show()
    yield made
    made.shutdown()


def test_plugging_and_trouble_show_by_themselves(
    qtbot: QtBot, panel: PhonePanel, lab_phone: LabPhone
) -> None:
    def can_be_used() -> bool:
        return panel.setup.button.isEnabled()

    qtbot.waitUntil(can_be_used, timeout=_PATIENCE_MILLIS)
    assert panel.phone is not None
    assert panel.phone.model == "Pixel 2"
    qtbot.waitUntil(
        lambda: "emulated" in panel.cards.cards[0].state.text(), timeout=_PATIENCE_MILLIS
    )
    lab_phone.unplug()
    qtbot.waitUntil(lambda: panel.hint.text() == CONNECT_WORDS, timeout=_PATIENCE_MILLIS)
    lab_phone.set_faults(Faults(unauthorized=True))
    lab_phone.plug()
    qtbot.waitUntil(
        lambda: bool(panel.cards.cards) and "tap Allow" in panel.cards.cards[0].trouble,
        timeout=_PATIENCE_MILLIS,
    )
    assert not can_be_used()
    lab_phone.unplug()
    lab_phone.set_faults(Faults())
    lab_phone.plug()
    qtbot.waitUntil(can_be_used, timeout=_PATIENCE_MILLIS)


def test_one_click_streams_masks_that_are_this_computers_through_a_pulled_cable(
    qtbot: QtBot, panel: PhonePanel, lab_phone: LabPhone
) -> None:
    try:
        ensure_bundle()
    except PhoneError as error:
        pytest.skip(f"no bundle: {error}")
    page, head, model = panel.page, panel.page.head, panel.model

    def until_it_says(words: str) -> None:
        qtbot.waitUntil(lambda: head.chip.words == words, timeout=_PATIENCE_MILLIS)

    qtbot.waitUntil(panel.setup.button.isEnabled, timeout=_PATIENCE_MILLIS)
    panel.setup.button.click()
    until_it_says("Connecting")
    until_it_says("Running")
    panes = page.panes

    def is_compared() -> bool:
        return panes.shown is not None and panes.shown.different_share is not None

    qtbot.waitUntil(is_compared, timeout=_PATIENCE_MILLIS)
    assert panes.shown is not None
    assert panes.shown.different_share == 0.0
    assert "speeds mean nothing" in head.name_words
    lab_phone.unplug()
    until_it_says("Disconnected")
    assert "Plug it in again" in page.trouble.words
    frames = len(model.session.frames) if model.session is not None else 0
    lab_phone.plug()
    until_it_says("Running")
    qtbot.waitUntil(
        lambda: model.session is not None and len(model.session.frames) > frames + 3,
        timeout=_PATIENCE_MILLIS,
    )
    head.stop.click()
    until_it_says("Recorded")
    assert model.session is not None
    assert model.session.error is None
    head.steps.click()
    assert {line[1] for line in page.steps.lines} <= {"done", "skipped"}
    qtbot.waitUntil(
        lambda: not any("./runner" in line for line in lab_phone.processes()),
        timeout=_PATIENCE_MILLIS,
    )
