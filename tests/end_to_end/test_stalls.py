"""Whatever goes on, the window answers within 100 ms (not counting the wait for a free core)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.runs.events import Finished, Started
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.record import new_record
from studio.runs.writer import EventWriter
from tests.end_to_end.conftest import OpenStudio
from tests.support.clips import class_clip
from tests.support.gui import stall_watchdog
from tests.support.models import logits_model
from tests.support.run_jobs import CountSpec
from tests.support.window import DrivenWindow

_OLD_RUNS = 200


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=90, width=1280, height=720, rate=30.0)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "net.tflite", input_size=260, grid=65)


def test_a_whole_session_never_stalls(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path, qapp: QApplication
) -> None:
    studio = open_studio()
    playback, panel = studio.playback, studio.panel
    with stall_watchdog(qapp, limit_millis=100):
        studio.opener.open_video(str(clip))
        studio.opener.open_model(str(net))
        studio.until(lambda: studio.has_open(clip) and studio.has_mask, "masks")
        studio.until(lambda: len(studio.indices) > 20, "frames")
        panel.statistics.trigger()
        _scrub(studio)
        _switch_docks(studio)
        _use_the_palette(studio)
        panel.exports.export_video(tmp_path / "out.mp4")
        panel.exports.save_frame(tmp_path / "frame.png", "overlay")
        panel.full_screen.trigger()
        studio.wait(100)
        panel.full_screen.trigger()
        pid = playback.engine_pid
        assert pid is not None
        os.kill(pid, signal.SIGSEGV)
        studio.complaint("SIGSEGV")
        studio.indices.clear()
        studio.until(lambda: len(studio.indices) > 3, "frames after the crash")
        studio.opener.open_model(str(net))
        studio.until(lambda: studio.has_mask, "masks after the crash")
        studio.run("Export out.mp4")
    # Qt applies a style sheet to every widget in one call: 200 to 250 ms for the 830 of all panels.
    with stall_watchdog(qapp, limit_millis=500):
        for theme in ("light", "dark"):
            studio.window.choose_theme(theme)
            studio.wait(50)
    assert studio.told == []
    assert (tmp_path / "frame.png").is_file()


def _scrub(studio: DrivenWindow) -> None:
    playback = studio.playback
    playback.begin_scrub()
    for goal in [*range(0, 90, 6), *range(85, 0, -9)]:
        playback.seek(goal)
        studio.wait(8)
    playback.end_scrub()
    studio.indices.clear()
    studio.until(lambda: len(studio.indices) > 2, "it to play on")


def _switch_docks(studio: DrivenWindow) -> None:
    for key in (*studio.window.docks.docks, "playback"):
        studio.window.docks.bring_up(key)
        studio.wait(60)


def _use_the_palette(studio: DrivenWindow) -> None:
    studio.window.open_palette()
    studio.wait(30)
    studio.qtbot.keyClicks(studio.window.palette_.field, "theme", delay=20)
    studio.qtbot.keyClick(studio.window.palette_.field, Qt.Key.Key_Escape)
    studio.wait(30)


def _old_run(runs_dir: Path, number: int) -> RunFolder:
    folder = create_run_folder(runs_dir, new_record("count", CountSpec(), title=f"Run {number}"))
    writer = EventWriter(folder)
    writer.write(Started(job="count", pid=1))
    writer.write(Finished(summary={"counted": number}))
    writer.close()
    return folder


def test_starting_with_200_old_runs_never_stalls(
    open_studio: OpenStudio, runs_dir: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    for number in range(_OLD_RUNS):
        _old_run(runs_dir, number)
    studio = open_studio()
    studio.window.docks.bring_up("jobs")
    with stall_watchdog(qapp, limit_millis=100):
        studio.jobs.refresh()
        studio.until(lambda: len(studio.jobs.list.rows) == _OLD_RUNS, "all runs")
        studio.wait(300)
    assert studio.jobs.running == 0
    assert {row.chip[0] for row in studio.jobs.list.rows} == {"Done"}
