"""What came out well is told: where a file went, which job is done, and what to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, QUrl
from PySide6.QtGui import QDesktopServices, QEnterEvent
from PySide6.QtWidgets import QApplication, QStatusBar
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.main_window import MainWindow
from studio.gui.news import News
from studio.gui.widgets.notice import NoticeBar
from studio.runs.events import Artifact, Finished, Started
from studio.runs.folder import create_run_folder
from studio.runs.record import new_record
from studio.runs.store import RunEntry, RunStore
from studio.runs.writer import EventWriter


@dataclass(frozen=True)
class _Spec:
    seed: int = 0


@dataclass
class Told:
    """What the news led to."""

    notice: NoticeBar
    status: QStatusBar
    news: News
    played: list[str] = field(default_factory=list)
    jobs_shown: list[str] = field(default_factory=list)
    errors: list[StudioError] = field(default_factory=list)

    def press(self, text: str) -> None:
        """Press the button of a step."""
        next(button for button in self.notice.buttons if button.text() == text).click()


@pytest.fixture
def told(qtbot: QtBot) -> Told:
    notice, status = NoticeBar(), QStatusBar()
    qtbot.addWidget(notice)
    qtbot.addWidget(status)
    told: Told
    news = News(
        notice,
        status,
        lambda path: told.played.append(path),
        lambda: told.jobs_shown.append("shown"),
        lambda error: told.errors.append(error),
    )
    told = Told(notice, status, news)
    return told


def _finished(runs_dir: Path, *artifacts: Artifact) -> RunEntry:
    folder = create_run_folder(runs_dir, new_record("segment", _Spec(), title="Export a.mp4"))
    writer = EventWriter(folder)
    writer.write(Started(job="segment", pid=1))
    writer.write(Finished(summary={}, artifacts=artifacts))
    writer.close()
    return RunStore(runs_dir).entry(folder)


def test_saved_file_is_named_in_the_status_bar(told: Told) -> None:
    told.news.tell_saved("/pictures/frame.png")
    assert told.status.currentMessage() == "Saved /pictures/frame.png"


def test_finished_export_can_be_played_and_its_folder_opened(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    video = tmp_path / "out" / "a.mp4"
    entry = _finished(tmp_path / "runs", Artifact(name="a.mp4", path=str(video), kind="video"))
    told.news.tell_finished(entry)
    assert told.notice.words == "Export a.mp4: done."
    assert [button.text() for button in told.notice.buttons] == ["Play", "Open folder", "Show job"]
    told.press("Play")
    assert told.played == [str(video)]
    assert told.notice.isHidden()
    told.news.tell_finished(entry)
    told.press("Open folder")
    assert opened == [str(video.parent)]
    assert told.errors == []


def test_folder_that_nothing_opens_is_named(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    masks = Artifact(name="masks", path=str(tmp_path / "masks"), kind="images")
    told.news.tell_finished(_finished(tmp_path / "runs", masks))
    assert [button.text() for button in told.notice.buttons] == ["Open folder", "Show job"]
    told.press("Open folder")
    assert str(tmp_path / "masks") in told.errors[0].remedy


def test_job_without_a_file_leads_to_the_jobs(told: Told, tmp_path: Path) -> None:
    told.news.tell_finished(_finished(tmp_path / "runs"))
    told.press("Show job")
    assert told.jobs_shown == ["shown"]


def test_notice_goes_by_itself_but_not_under_the_pointer(told: Told, qtbot: QtBot) -> None:
    told.notice._timer.setInterval(50)
    told.notice.tell("Done.")
    here = QPointF(5, 5)
    QApplication.sendEvent(told.notice, QEnterEvent(here, here, here))
    qtbot.wait(150)
    assert not told.notice.isHidden()
    QApplication.sendEvent(told.notice, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(told.notice.isHidden)


def test_window_tells_of_saved_files(window: MainWindow) -> None:
    panel = window.panels.playback_panel
    assert panel is not None
    panel.exports.saved.emit("/pictures/frame.png")
    assert window.status.currentMessage() == "Saved /pictures/frame.png"


def test_window_shows_the_error_of_every_panel(window: MainWindow) -> None:
    training = window.docks["training"].widget()
    window.banners.clear()
    training.failed.emit(StudioError("The folder cannot be made."))  # type: ignore[attr-defined]
    assert "cannot be made" in str(window.banners.errors[-1])
