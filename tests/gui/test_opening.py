"""What a start opens: the sample at first, later what was open last, paused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio import paths
from studio.errors import StudioError, VideoError
from studio.gui.main_window import MainWindow
from studio.gui.opening import Opener
from studio.gui.playback.shown import Loop
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.settings import Settings
from tests.gui.conftest import MakeWindow
from tests.support.models import logits_model


@pytest.fixture
def sample() -> str:
    clip = paths.sample_clip()
    assert clip.is_file()
    return str(clip)


def _wait_for_video(window: MainWindow, qtbot: QtBot) -> None:
    playback = window.panels.playback
    assert playback is not None
    qtbot.waitUntil(lambda: playback.video is not None, timeout=20_000)


def test_first_start_plays_the_sample_and_the_next_shows_it_paused(
    make_window: MakeWindow, tmp_path: Path, sample: str, qtbot: QtBot
) -> None:
    # `started` is what the settings fixture wrote; a first start has not written it yet.
    window = make_window(Settings(tmp_path / "first.ini"))
    _wait_for_video(window, qtbot)
    playback = window.panels.playback
    assert playback is not None
    assert playback.video is not None
    assert playback.video.location == sample
    assert playback.is_playing
    assert window.settings.recent("videos") == []  # the user did not choose it
    assert "sample.mp4" in window.windowTitle()
    assert "30 FPS" in window.status.video.text()
    assert window.panels.stage.currentWidget() is window.panels.playback_panel
    window.close()
    again = make_window(Settings(tmp_path / "first.ini"))
    _wait_for_video(again, qtbot)
    playback = again.panels.playback
    assert playback is not None
    qtbot.waitUntil(lambda: playback.shown is not None, timeout=10_000)
    assert not playback.is_playing
    assert playback.position == 0


def test_video_that_is_gone_is_not_missed_at_the_start(
    make_window: MakeWindow, settings: Settings, tmp_path: Path
) -> None:
    settings.set_last("video", str(tmp_path / "gone.mp4"))
    window = make_window()
    assert window.panels.stage.currentWidget() is window.panels.welcome
    assert not any("gone.mp4" in str(error) for error in window.banners.errors)


def test_camera_is_never_opened_again_by_itself(
    make_window: MakeWindow, window: MainWindow, settings: Settings
) -> None:
    from studio.video.frame import VideoInfo

    opener = window.panels.opener
    assert opener is not None
    info = VideoInfo("camera:0", "camera", 640, 480, None, 30.0, None)
    opener._on_video_opened(info)
    assert settings.last("video") == ""
    assert settings.recent("videos") == ["camera:0"]


def test_video_that_cannot_be_read_is_told_and_leaves_the_invitation(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.banners.clear()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video" * 50)
    opener = window.panels.opener
    assert opener is not None
    opener.open_paths([broken])
    assert window.status.busy_text.text() == "Opening broken.mp4…"
    qtbot.waitUntil(lambda: bool(window.banners.errors), timeout=20_000)
    error = window.banners.errors[-1]
    assert isinstance(error, VideoError)
    assert "broken.mp4" in str(error)
    assert window.status.busy_text.text() == ""
    assert window.panels.stage.currentWidget() is window.panels.welcome
    assert window.settings.recent("videos") == []


def test_default_model_is_opened_however_soon_the_list_is_ready(
    settings: Settings, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    logits_model(models / "net.tflite")
    monkeypatch.setattr("studio.paths.model_dirs", lambda: [models])
    playback = PlaybackModel()
    opener = Opener(playback, settings)
    errors: list[StudioError] = []
    opener.failed.connect(errors.append)
    opener.stop()  # the list is read, but no turn of the event loop has brought it yet
    opener.start(None, None)
    qtbot.waitUntil(lambda: playback.model is not None, timeout=20_000)
    assert errors == []
    playback.shutdown()


def test_sample_clip_plays_in_a_loop(window: MainWindow, qtbot: QtBot) -> None:
    opener, playback = window.panels.opener, window.panels.playback
    assert opener is not None
    assert playback is not None
    opener.open_sample()
    qtbot.waitUntil(lambda: playback.loop is not None, timeout=20_000)
    assert playback.loop == Loop(0, playback.last_index)
    assert playback.is_playing
    assert window.settings.recent("videos") == []
