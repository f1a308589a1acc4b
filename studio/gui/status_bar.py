"""The status bar: what is open, how fast it goes, what runs in the background."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton

from studio.gui import icons
from studio.gui.playback.shown import FrameRecord
from studio.gui.widgets.busy_line import BusyLine
from studio.inference.model import ModelInfo
from studio.video.frame import VideoInfo

_REFRESH_MILLIS = 250
_WINDOW_SECONDS = 1.0


class StudioStatusBar(QStatusBar):
    """Shows; it asks nothing of anyone but `jobs_requested`."""

    jobs_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._records: deque[FrameRecord] = deque(maxlen=1000)
        self.busy_text = QLabel()
        self.busy_line = BusyLine()
        self.busy_line.setFixedWidth(120)
        self.video = QLabel()
        self.model = QLabel()
        self.rate = QLabel()
        self.jobs = QToolButton()
        self.jobs.setIcon(icons.icon("jobs", "muted"))
        self.jobs.setIconSize(QSize(14, 14))
        self.jobs.setToolTip("Jobs that run in the background")
        self.jobs.clicked.connect(self.jobs_requested)
        self.jobs.hide()
        self.addWidget(self.busy_line)
        self.addWidget(self.busy_text, 1)
        for widget in (self.video, self.model, self.rate, self.jobs):
            self.addPermanentWidget(widget)
        self._timer = QTimer(self, interval=_REFRESH_MILLIS)
        self._timer.timeout.connect(self._show_rate)
        self.set_video(None)
        self.set_model(None)

    def set_busy(self, words: str) -> None:
        """Say what is being opened; an empty text ends it."""
        self.busy_text.setText(words)
        self.busy_line.set_busy(bool(words))

    def set_video(self, info: VideoInfo | None) -> None:
        """Describe the open video."""
        self._records.clear()
        self._show_rate()
        if info is None:
            self.video.setText("No video")
            self.video.setToolTip("Open one with Ctrl+O")
            return
        parts = [f"{info.width} × {info.height}", f"{info.frames_per_second:.4g} FPS"]
        if info.codec:
            parts.append(info.codec)
        name = "Camera" if info.kind == "camera" else Path(info.location).name
        self.video.setText(" · ".join([_elided(name), *parts]))
        self.video.setToolTip("\n".join([info.location, *info.warnings]))

    def set_model(self, info: ModelInfo | None) -> None:
        """Describe the open model."""
        if info is None:
            self.model.setText("No model")
            self.model.setToolTip("Open one with Ctrl+M")
            return
        threads = f"{info.threads} thread{'s' if info.threads > 1 else ''}"
        self.model.setText(
            f"{_elided(info.name)} · {info.input_width} × {info.input_height} "
            f"{info.input_dtype} · {info.runtime} · {threads}"
        )
        details = f"{info.runtime} {info.runtime_version}, delegate: {info.delegate}"
        self.model.setToolTip("\n".join([info.path, details, *info.warnings]))

    def add_record(self, record: FrameRecord) -> None:
        """Count a shown frame."""
        self._records.append(record)
        if not self._timer.isActive():
            self._timer.start()

    def set_running_jobs(self, count: int) -> None:
        """Say how many jobs run."""
        self.jobs.setVisible(count > 0)
        self.jobs.setText(f" {count} job{'s' if count > 1 else ''}")
        self.jobs.setToolButtonStyle(_TEXT_BESIDE_ICON)

    def _show_rate(self) -> None:
        since = time.monotonic() - _WINDOW_SECONDS
        while self._records and self._records[0].shown_at_seconds < since:
            self._records.popleft()
        playing = [record for record in self._records if record.is_playing]
        if not playing:
            self.rate.setText("")
            self._timer.stop()
            return
        millis = sum(record.work_millis for record in playing) / len(playing)
        self.rate.setText(f"{len(playing) / _WINDOW_SECONDS:.0f} FPS · {millis:.1f} ms")
        self.rate.setToolTip("Frames shown in the last second, and the mean work for one")


_TEXT_BESIDE_ICON = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


def _elided(name: str, most: int = 34) -> str:
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 :]}"
