"""Moves the camera from playback to a session: only one process can have it open.

Playback obeys from a process of its own, after `close_video` has returned and `video_closed` was
told. A session that began at once would find the camera taken.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.gui.playback.view_model import PlaybackModel

DEVICES = "/dev/video"
PATIENCE_SECONDS = 5.0
"""Playback waits for a picture before it closes a camera, and slow ones take a second for it."""

SETTLE_SECONDS = 1.5
"""What is waited where the system does not tell whether a process holds a camera."""

_LOOK_MILLIS = 30


def holds_camera(pid: int) -> bool | None:
    """Whether a process has a camera open.

    Args:
        pid: a process of this user.

    Returns:
        None where the system does not tell.
    """
    if sys.platform != "linux":
        return None
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:  # it has ended
        return False
    except OSError:
        return None
    for link in links:
        try:
            if str(link.readlink()).startswith(DEVICES):
                return True
        except OSError:  # closed meanwhile
            continue
    return False


class CameraHandover(QObject):
    """Closes the camera in playback and tells when others can open it. Never blocks.

    Args:
        playback: has the camera open.
    """

    freed = Signal()
    stuck = Signal()  # playback did not let go in time

    def __init__(self, playback: PlaybackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self._began_seconds = 0.0
        self._timer = QTimer(self, interval=_LOOK_MILLIS)
        self._timer.timeout.connect(self._look)

    @property
    def is_waiting(self) -> bool:
        """Whether the camera is on its way."""
        return self._timer.isActive()

    def start(self) -> None:
        """Have playback close the camera; `freed` or `stuck` tells how that went."""
        self._began_seconds = time.monotonic()
        self._timer.start()
        self._playback.close_video()

    def stop(self) -> None:
        """Wait no longer; nothing more is told."""
        self._timer.stop()

    def _look(self) -> None:
        waited_seconds = time.monotonic() - self._began_seconds
        pid = self._playback.engine_pid
        holds = False if pid is None else holds_camera(pid)
        if holds is None:
            holds = waited_seconds < SETTLE_SECONDS
        if not holds:
            self._timer.stop()
            self.freed.emit()
        elif waited_seconds > PATIENCE_SECONDS:
            self._timer.stop()
            self.stuck.emit()
