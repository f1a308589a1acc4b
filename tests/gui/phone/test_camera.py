"""A camera that only one process can open moves from playback to the session."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from studio.errors import PhoneError
from studio.gui.phone import camera
from studio.gui.phone.panel import CAMERA_WORDS, PhonePanel
from studio.runs.folder import RunFolder
from studio.video.frame import VideoInfo
from tests.gui.phone.conftest import PIXEL, DrivenLaunch, DrivenTracker
from tests.support.driven_playback import DrivenPlayback

if sys.platform != "linux":
    pytest.skip("only Linux tells who has a device open", allow_module_level=True)

import fcntl

CAMERA = VideoInfo("camera:0", "camera", 64, 48, None, 30.0, None)


def _open_exclusively(device: Path) -> int:
    """Open it as a camera is opened: a second opener gets BlockingIOError."""
    held = os.open(device, os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held


class CameraPlayback(DrivenPlayback):
    """Holds a device and lets go of it some time after it was told to, as the process does."""

    def __init__(self, device: Path) -> None:
        super().__init__()
        self._device = device
        self._held: int | None = None
        self.release_millis: int | None = 200
        self.opened: list[str] = []

    @property
    def engine_pid(self) -> int | None:
        return os.getpid()

    def open_video(self, location: str) -> None:
        self.opened.append(location)
        if self._held is None:
            self._held = _open_exclusively(self._device)
        self.give_video(CAMERA)

    def close_video(self) -> None:
        if self.release_millis is not None:
            QTimer.singleShot(self.release_millis, self.let_go)
        self.take_video()

    def let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


class WorkerWithCamera:
    """A launch whose worker opens the camera at once."""

    def __init__(self, launch: DrivenLaunch, device: Path) -> None:
        self._launch = launch
        self._device = device

    def __call__(self, job: str, spec: object, *, title: str, runs_dir: Path) -> RunFolder:
        os.close(_open_exclusively(self._device))
        return self._launch(job, spec, title=title, runs_dir=runs_dir)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "video0"
    made.touch()
    monkeypatch.setattr(camera, "DEVICES", str(tmp_path / "video"))
    return made


@pytest.fixture
def playback(qtbot: QtBot, device: Path) -> CameraPlayback:
    made = CameraPlayback(device)
    made.give_model()
    made.open_video("camera:0")
    return made


@pytest.fixture
def ready(
    qtbot: QtBot,
    panel: PhonePanel,
    tracker: DrivenTracker,
    starts: DrivenLaunch,
    device: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> PhonePanel:
    monkeypatch.setattr(panel.model, "_start_run", WorkerWithCamera(starts, device))
    tracker.tell((PIXEL,))
    qtbot.waitUntil(panel.setup.button.isEnabled)
    return panel


def test_one_click_waits_until_the_camera_is_free(
    qtbot: QtBot, ready: PhonePanel, starts: DrivenLaunch, playback: CameraPlayback
) -> None:
    assert ready.setup.why_not.text() == CAMERA_WORDS
    assert ready.setup.why_not.isVisible()
    began = time.monotonic()
    qtbot.mouseClick(ready.setup.button, Qt.MouseButton.LeftButton)
    assert time.monotonic() - began < 0.15  # it does not wait in the window's thread
    assert playback.video is None
    assert starts.specs == []
    assert ready.setup.button.text() == "Waiting for the camera…"
    assert not ready.setup.button.isEnabled()
    ready.deploy()  # a second click changes nothing
    qtbot.waitUntil(lambda: bool(starts.specs))
    (spec,) = starts.specs
    assert spec.video == "camera:0"
    assert ready.setup.button.text() == "Running…"


def test_a_camera_that_stays_taken_is_told_and_comes_back(
    qtbot: QtBot,
    ready: PhonePanel,
    starts: DrivenLaunch,
    playback: CameraPlayback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera, "PATIENCE_SECONDS", 0.2)
    playback.release_millis = None
    with qtbot.waitSignal(ready.failed) as failed:
        ready.deploy()
    assert "camera:0" in str(failed.args)
    assert starts.specs == []
    assert playback.opened == ["camera:0", "camera:0"]
    assert ready.setup.button.text() == "Deploy and run"
    assert ready.setup.button.isEnabled()
    playback.let_go()


def test_a_session_that_cannot_begin_gives_the_camera_back(
    qtbot: QtBot, ready: PhonePanel, starts: DrivenLaunch, playback: CameraPlayback
) -> None:
    starts.error = PhoneError("The disk is full.")
    with qtbot.waitSignal(ready.failed):
        ready.deploy()
    assert playback.video == CAMERA
    assert ready.setup.button.isEnabled()
    playback.let_go()


def test_closing_the_panel_while_it_waits_begins_nothing(
    qtbot: QtBot, ready: PhonePanel, starts: DrivenLaunch, playback: CameraPlayback
) -> None:
    ready.deploy()
    ready.shutdown()
    qtbot.wait(400)
    assert starts.specs == []


def test_where_nobody_tells_who_holds_it_a_while_is_waited(
    qtbot: QtBot,
    ready: PhonePanel,
    starts: DrivenLaunch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera, "holds_camera", lambda _pid: None)
    monkeypatch.setattr(camera, "SETTLE_SECONDS", 0.5)
    ready.deploy()
    qtbot.wait(100)
    assert starts.specs == []
    qtbot.waitUntil(lambda: len(starts.specs) == 1)


def test_a_process_that_has_ended_holds_no_camera() -> None:
    assert camera.holds_camera(2**22 + 1) is False
