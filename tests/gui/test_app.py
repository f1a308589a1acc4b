"""The studio as a process: it shows itself early, imports little, and ends when it should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.app import AppArguments, run
from studio.errors import StudioError

FORBIDDEN = ("tensorflow", "ai_edge_litert", "tflite_runtime", "numba", "av")

_PROBE = """
import json, sys, time
from PySide6.QtCore import QEvent, QTimer
from studio import app, paths
from studio.gui import main_window

paths.model_dirs = lambda: []

class Probe(main_window.MainWindow):
    exposed = 0.0

    def showEvent(self, event):
        super().showEvent(event)
        self.windowHandle().installEventFilter(self)
        self.panels_ready.connect(lambda: QTimer.singleShot(AFTER_MILLIS, self.report))

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Expose and not self.exposed:
            self.exposed = time.time()
            if AFTER_MILLIS < 0:
                QTimer.singleShot(0, self.report)
        return False

    def report(self):
        print(json.dumps({
            "exposed": self.exposed,
            "modules": sorted({name.split(".")[0] for name in sys.modules}),
            "errors": [str(error) for error in self.banners.errors],
        }), flush=True)
        if ENDS:
            self.close()

main_window.MainWindow = Probe
sys.exit(app.run(app.AppArguments(video=VIDEO)))
"""


def start(
    tmp_path: Path, *, after_millis: int = 0, ends: bool = True, video: str | None = None
) -> subprocess.Popen[str]:
    """Start the studio; it reports a line of JSON after its panels are there."""
    source = (
        _PROBE.replace("AFTER_MILLIS", str(after_millis))
        .replace("ENDS", str(ends))
        .replace("VIDEO", repr(video))
    )
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "JEJUNET_WORKSPACE": str(tmp_path / "workspace"),
        "JEJUNET_SETTINGS": str(tmp_path / "studio.ini"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, object]:
    """Wait for its end and take its report."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    report: dict[str, object] = json.loads(out.splitlines()[0])
    return report


def test_gui_process_never_imports_a_network_runtime(tmp_path: Path) -> None:
    # The first start: it plays the sample clip, so the playback process is at work as well.
    report = finish(start(tmp_path, after_millis=1000))
    modules = report["modules"]
    assert isinstance(modules, list)
    assert "PySide6" in modules
    assert "numpy" in modules
    assert set(FORBIDDEN) & set(modules) == set()
    log = (tmp_path / "workspace" / "logs" / "studio.log").read_text(encoding="utf-8")
    assert "could not be opened" not in log
    assert "Traceback" not in log
    for title in ("playback panel", "telemetry panel", "jobs panel"):
        assert f"{title}: imported in" in log


def test_window_is_on_screen_within_two_seconds(tmp_path: Path) -> None:
    seconds = []
    for _ in range(3):
        began = time.time()
        exposed = finish(start(tmp_path, after_millis=-1))["exposed"]
        assert isinstance(exposed, float)
        assert exposed > began
        seconds.append(exposed - began)
        if seconds[-1] < 2.0:
            break
    assert min(seconds) < 2.0, seconds


def test_settings_file_of_rubbish_does_not_keep_the_studio_from_opening(tmp_path: Path) -> None:
    (tmp_path / "studio.ini").write_bytes(b"\0\1\2" * 100)
    errors = finish(start(tmp_path))["errors"]
    assert isinstance(errors, list)
    assert any("settings were damaged" in words for words in errors)


def test_wrong_video_on_the_command_line_is_told_in_the_window(tmp_path: Path) -> None:
    errors = finish(start(tmp_path, video=str(tmp_path / "gone.mp4")))["errors"]
    assert isinstance(errors, list)
    assert any("gone.mp4 does not exist" in words for words in errors)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send on Windows")
def test_control_c_in_the_terminal_closes_the_studio(tmp_path: Path) -> None:
    process = start(tmp_path, ends=False)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "window" in (tmp_path / "studio.ini").read_text(encoding="utf-8")


def test_without_a_screen_the_reason_and_the_verbs_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StudioError, match="every verb of the command line works"):
        run(AppArguments())
