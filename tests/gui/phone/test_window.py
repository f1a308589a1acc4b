"""The phone panel in the window: one command away, beside its charts, and quick to close."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from studio.gui.command_palette import commands_of
from studio.gui.docks import DOCKS
from studio.gui.main_window import MainWindow
from studio.gui.phone.panel import CONNECT_WORDS, PhonePanel
from studio.gui.widgets.empty_state import EmptyState
from tests.gui.conftest import MakeWindow
from tests.gui.phone.conftest import PIXEL
from tests.support.phone_runs import finished_phone_run, open_phone_run


def _panel(window: MainWindow) -> PhonePanel:
    assert window.panels.phone is not None
    return window.panels.phone


def test_deploying_is_a_command_with_a_key_and_a_button(window: MainWindow, qtbot: QtBot) -> None:
    found = commands_of(window.menuBar(), include_disabled=True)
    action = next(each.action for each in found if each.path == "Tools › Deploy to phone")
    assert action.shortcut().toString() == "Ctrl+D"
    corner = window.menuBar().cornerWidget()
    assert isinstance(corner, QToolButton)
    assert corner.defaultAction() is action
    assert _panel(window).visibleRegion().isEmpty()
    action.trigger()
    qtbot.waitUntil(lambda: not _panel(window).visibleRegion().isEmpty())
    # Without a model and a phone the panel says what to do, and nothing is started.
    assert _panel(window).hint.text() == CONNECT_WORDS
    assert "Open a model first" in _panel(window).setup.why_not.text()
    assert _panel(window).model.session is None


def test_a_recorded_session_is_in_the_charts_and_a_click_there_shows_its_frame(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    finished_phone_run(tmp_path / "runs", 40)
    model = _panel(window).model
    qtbot.waitUntil(lambda: bool(model.list.recorded))
    model.show(model.list.recorded[0])
    telemetry = window.panels.telemetry
    assert telemetry is not None
    qtbot.waitUntil(lambda: model.is_caught_up and model.player.position == 0)
    # Nobody looks at the panel yet: no picture is made, until its tab is brought up.
    qtbot.wait(100)
    assert _panel(window).page.panes.shown is None
    window.docks.bring_up("phone")
    qtbot.waitUntil(lambda: _panel(window).page.panes.shown is not None)
    session = telemetry.phone.recorded
    assert session is not None
    session.frame_chosen.emit(17)
    assert model.player.sequence == 17


def test_closing_is_quick_and_leaves_a_session_of_the_command_line_alone(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    with open_phone_run(tmp_path / "runs") as run:
        run.steps()
        run.frames(5)
        window = make_window()
        panel = _panel(window)
        qtbot.waitUntil(lambda: panel.model.player.position == 4)
        began = time.monotonic()
        panel.shutdown()
        assert time.monotonic() - began < 0.2
        assert not run.folder.stop_file.exists()


def test_a_layout_from_before_the_phone_was_there_gets_it_as_a_tab(window: MainWindow) -> None:
    docks = window.docks
    phone = docks["phone"]
    window.removeDockWidget(phone)
    phone.setObjectName("not yet there")
    before: QByteArray = window.saveState()
    phone.setObjectName("phone")
    docks.reset()
    assert window.restoreState(before)
    docks.bring_up("phone")
    assert not phone.isFloating()
    assert phone.isVisible()
    assert phone.spec in DOCKS


def test_the_words_of_an_empty_panel_stand_together_after_it_was_narrow(qtbot: QtBot) -> None:
    empty = EmptyState("phone", "A heading", "Some words that need several lines. " * 4)
    qtbot.addWidget(empty)
    empty.resize(120, 500)
    empty.show()
    narrow = empty._text.height()
    empty.resize(900, 500)
    assert empty._text.height() < narrow / 2


def test_cleaning_is_a_command_that_asks_first(window: MainWindow, qtbot: QtBot) -> None:
    panel = _panel(window)
    found = commands_of(window.menuBar(), include_disabled=True)
    action = next(each.action for each in found if each.path == "Tools › Clean phone…")
    action.trigger()  # without a phone there is nothing to ask
    assert panel.findChild(QMessageBox) is None
    panel.cards.show_phones((PIXEL,), {})
    action.trigger()
    box = panel.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    box.reject()
    assert not panel.watch.is_cleaning(PIXEL.serial)
