"""Inference that dies costs the model and a message: not the window, the video or the settings."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from studio.gui.main_window import MainWindow
from studio.gui.playback.shown import Loop
from studio.gui.settings import Settings
from tests.end_to_end.conftest import OpenStudio
from tests.support.broken_models import crashing_model
from tests.support.clips import class_of_frame, most_common
from tests.support.gui import stall_watchdog
from tests.support.models import labels_model
from tests.support.window import DrivenWindow


def _settings_are_whole(window: MainWindow, clip: Path) -> None:
    window.settings.sync()
    again = Settings(window.settings.path)
    assert again.problem == ""
    assert again.last("video") == str(clip)
    assert again.recent("videos") == [str(clip)]
    assert again.theme == window.settings.theme


def _opens_another_model(studio: DrivenWindow, path: Path) -> None:
    studio.opener.open_model(str(labels_model(path)))
    studio.until(lambda: studio.has_model(path) and studio.has_mask, "another model")
    shown = studio.playback.shown
    assert shown is not None
    assert shown.mask is not None
    assert most_common(shown.mask) == class_of_frame(shown.index)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda s: s.name)
def test_killed_inference_leaves_a_window_that_plays_on(
    open_studio: OpenStudio,
    clip: Path,
    net: Path,
    tmp_path: Path,
    qapp: QApplication,
    number: signal.Signals,
) -> None:
    studio = open_studio(clip, net)
    playback = studio.playback
    studio.until(lambda: studio.has_mask and playback.is_playing)
    playback.set_loop(Loop(10, 20))
    playback.set_speed(0.5)
    studio.wait(100)
    pid = playback.engine_pid
    assert pid is not None
    with stall_watchdog(qapp, limit_millis=100):
        os.kill(pid, number)
        said = studio.complaint(number.name)
        studio.indices.clear()
        studio.until(lambda: len(studio.indices) > 12, "the video to go on playing")
    assert "net.tflite" in said
    assert playback.engine_pid != pid
    assert not psutil.pid_exists(pid)
    assert playback.is_playing
    assert playback.loop == Loop(10, 20)
    assert set(studio.indices) <= set(range(10, 21))
    assert playback.speed == 0.5
    assert playback.model is None
    playback.pause()
    _settings_are_whole(studio.window, clip)
    _opens_another_model(studio, tmp_path / "other.tflite")


def test_a_model_that_kills_its_process_is_named_and_the_next_one_opens(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path, qapp: QApplication
) -> None:
    studio = open_studio(clip, net)
    studio.until(lambda: studio.has_mask)
    studio.playback.pause()
    studio.playback.seek(25)
    studio.until(lambda: studio.shows(25))
    bad = crashing_model(tmp_path / "bad.tflite")
    with stall_watchdog(qapp, limit_millis=100):
        studio.opener.open_model(str(bad))
        said = studio.complaint("bad.tflite")
    assert "SIGSEGV" in said
    studio.until(lambda: studio.shows(25) and not studio.has_mask, "the same frame, bare")
    studio.plays_on()
    _settings_are_whole(studio.window, clip)
    # What is opened at the next start is the last model that worked.
    assert Settings(studio.window.settings.path).last("model") == str(net)
    _opens_another_model(studio, tmp_path / "other.tflite")


def test_an_export_with_a_model_that_kills_its_worker_fails_in_words(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path
) -> None:
    studio = open_studio(clip, net)
    studio.until(lambda: studio.has_mask)
    crashing_model(net)  # replaced on the disk while it is open
    studio.panel.exports.export_video(tmp_path / "out.mp4")
    row = studio.run("Export out.mp4")
    said = studio.complaint("died before it was done")
    assert "log" in said
    assert row.error is not None
    assert not list(tmp_path.glob("*out*.mp4*"))
    studio.plays_on()
