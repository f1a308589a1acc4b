from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.errors import ErrorDialog
from studio.gui.jobs.log_dialog import LogDialog
from studio.gui.jobs.panel import JobsPanel
from studio.gui.jobs.row import JobRow
from studio.gui.jobs.view_model import JobsModel
from studio.runs.events import AnyEvent, Artifact, Failed, Finished, Started, encode
from studio.runs.folder import RunFolder, RunStatus
from tests.support.run_jobs import CountSpec, create_count, start_count

# The offscreen platform has no window manager, and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

_TIMEOUT_MILLIS = 20_000
_CLIP = Artifact(name="clip", path="artifacts/a.mp4", kind="video")


@pytest.fixture
def panel(runs_dir: Path, qtbot: QtBot) -> JobsPanel:
    model = JobsModel(runs_dir)
    panel = JobsPanel(model)
    model.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(420, 400)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def _model(panel: JobsPanel) -> JobsModel:
    model = panel.findChild(JobsModel)
    assert model is not None
    return model


def _ended(panel: JobsPanel, runs_dir: Path, *events: AnyEvent, title: str = "T") -> JobRow:
    folder = create_count(runs_dir, CountSpec(), title)
    started = Started(job="count", pid=1)
    folder.events_file.write_bytes(b"".join(map(encode, (started, *events))))
    return _shown(panel, folder)


def _shown(panel: JobsPanel, folder: RunFolder) -> JobRow:
    model = _model(panel)
    model.refresh()
    row = model.list.row_named(folder.name)
    assert row is not None
    panel.choose(row)
    return row


def _click_button_of(panel: JobsPanel, row: JobRow, qtbot: QtBot) -> None:
    area = panel.view.visualRect(_model(panel).list.index_of(row))
    place = QPoint(area.right() - 20, area.center().y())
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_without_runs_the_panel_says_what_will_appear(panel: JobsPanel) -> None:
    assert not panel.view.isVisible()
    assert not panel.stop_action.isEnabled()
    assert panel.chosen() is None


def test_actions_fit_the_chosen_run(panel: JobsPanel, runs_dir: Path) -> None:
    _ended(panel, runs_dir, Failed(message="No video."))
    assert panel.view.isVisible()
    assert panel.error_action.isEnabled()
    assert panel.delete_action.isEnabled()
    assert not panel.play_action.isEnabled()
    assert not panel.stop_action.isEnabled()
    _ended(panel, runs_dir, Finished(summary={}, artifacts=(_CLIP,)))
    assert panel.play_action.isEnabled()
    assert not panel.error_action.isEnabled()


def test_a_run_is_stopped_by_its_button(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    row = _shown(panel, start_count(runs_dir, CountSpec(steps=100_000, step_seconds=0.02)))
    qtbot.waitUntil(lambda: row.fraction is not None, timeout=_TIMEOUT_MILLIS)
    assert panel.stop_action.isEnabled()
    assert not panel.delete_action.isEnabled()
    _click_button_of(panel, row, qtbot)
    assert row.is_stopping
    assert not panel.stop_action.isEnabled()
    qtbot.waitUntil(lambda: row.entry.status is RunStatus.STOPPED, timeout=_TIMEOUT_MILLIS)
    assert panel.delete_action.isEnabled()


def test_force_is_offered_to_a_run_that_does_not_listen(
    panel: JobsPanel, runs_dir: Path, qtbot: QtBot
) -> None:
    spec = CountSpec(steps=100_000, step_seconds=0.02, deaf=True)
    row = _shown(panel, start_count(runs_dir, spec))
    qtbot.waitUntil(lambda: row.fraction is not None, timeout=_TIMEOUT_MILLIS)
    panel.stop_action.trigger()
    row.stop_asked_seconds = time.time() - 60
    qtbot.waitUntil(lambda: panel.stop_action.text() == "End now", timeout=_TIMEOUT_MILLIS)
    with qtbot.waitSignal(panel.run_failed, timeout=_TIMEOUT_MILLIS):
        panel.stop_action.trigger()


def test_the_result_is_played(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.run_finished, timeout=_TIMEOUT_MILLIS):
        folder = start_count(runs_dir, CountSpec(steps=20, step_seconds=0.05, video=True))
        row = _shown(panel, folder)
    with qtbot.waitSignal(panel.open_requested) as asked:
        _click_button_of(panel, row, qtbot)
    assert asked.args == [str(folder.artifacts_dir / "count.mp4")]
    with qtbot.waitSignal(panel.open_requested):
        area = panel.view.visualRect(_model(panel).list.index_of(row))
        QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=area.center())


def test_a_result_that_was_moved_is_told(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    _ended(panel, runs_dir, Finished(summary={}, artifacts=(_CLIP,)))
    with qtbot.waitSignal(_model(panel).failed) as told:
        panel.play_action.trigger()
    (error,) = told.args or []
    assert isinstance(error, StudioError)
    assert "no longer there" in error.message


def test_an_error_is_shown_with_details_to_copy(
    panel: JobsPanel, runs_dir: Path, qtbot: QtBot
) -> None:
    row = _ended(panel, runs_dir, Failed(message="No video.", remedy="Give one.", details="deep"))
    _click_button_of(panel, row, qtbot)
    dialog = panel.findChild(ErrorDialog)
    assert dialog is not None
    dialog.copy()
    copied = QGuiApplication.clipboard().text()
    assert "No video." in copied
    assert "deep" in copied
    dialog.close()


def test_a_log_is_followed(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    row = _ended(panel, runs_dir, Failed(message="No video."))
    log = row.entry.folder.log_file
    panel.log_action.trigger()
    dialog = panel.findChild(LogDialog)
    assert dialog is not None
    assert dialog.text == ""
    log.write_text("first\n")
    qtbot.waitUntil(lambda: dialog.text == "first\n", timeout=_TIMEOUT_MILLIS)
    with log.open("a") as file:
        file.write("zweite Zeile: äöü\n")
    qtbot.waitUntil(lambda: dialog.text.endswith("äöü\n"), timeout=_TIMEOUT_MILLIS)
    assert dialog.text.count("first") == 1
    dialog.copy()
    assert QGuiApplication.clipboard().text() == dialog.text
    dialog.close()


def test_of_a_long_log_the_end_is_shown(runs_dir: Path, qtbot: QtBot) -> None:
    folder = create_count(runs_dir, CountSpec())
    folder.log_file.write_text("".join(f"line {number}\n" for number in range(60_000)))
    dialog = LogDialog(folder, "T")
    qtbot.addWidget(dialog)
    for _ in range(3):
        dialog.follow()
    assert dialog.text.endswith("line 59999\n")
    assert len(dialog.text) < 400_000


def test_delete_can_be_undone(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    row = _ended(panel, runs_dir, Finished(summary={}), title="Precious")
    assert not panel.undo_action.isEnabled()
    panel.activateWindow()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus, timeout=_TIMEOUT_MILLIS)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert not row.entry.folder.path.exists()
    assert not panel.view.isVisible()
    assert panel.undo_action.isEnabled()
    focused = panel.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert row.entry.folder.path.exists()
    assert [row.entry.title for row in _model(panel).list.rows] == ["Precious"]
    assert not panel.undo_action.isEnabled()


def test_a_run_is_renamed_in_place(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    row = _ended(panel, runs_dir, Finished(summary={}, artifacts=(_CLIP,)), title="Old")
    panel.rename_action.trigger()
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    editor.setText("New")
    with qtbot.waitSignal(_model(panel).list.renamed):
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert row.entry.title == "New"
    assert row.entry.folder.note_file.exists()


def test_the_context_menu_names_what_can_be_done(panel: JobsPanel, runs_dir: Path) -> None:
    _ended(panel, runs_dir, Finished(summary={}))
    menu = panel.context_menu()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "Play result",
        "Stop",
        "Open folder",
        "Show log",
        "Show error",
        "Rename",
        "Delete",
        "Undo delete",
    ]


def test_a_folder_is_opened_or_its_place_is_told(
    panel: JobsPanel, runs_dir: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = _ended(panel, runs_dir, Finished(summary={}))
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    panel.folder_action.trigger()
    assert opened == [str(row.entry.folder.path)]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    with qtbot.waitSignal(_model(panel).failed) as told:
        panel.folder_action.trigger()
    assert str(row.entry.folder.path) in str((told.args or [""])[0])


def test_every_state_can_be_painted(panel: JobsPanel, runs_dir: Path, qtbot: QtBot) -> None:
    _ended(panel, runs_dir, Finished(summary={}, artifacts=(_CLIP,)))
    blank = panel.view.grab().toImage()
    _ended(panel, runs_dir, Failed(message="No video."))
    _ended(panel, runs_dir)
    (runs_dir / "damaged").mkdir()
    _shown(panel, RunFolder(runs_dir / "damaged"))
    _shown(panel, create_count(runs_dir, CountSpec(), "A long title " * 20))
    assert panel.view.grab().toImage() != blank
