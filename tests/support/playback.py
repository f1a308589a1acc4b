"""Drive a real `PlaybackModel` and wait for what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.playback.shown import FrameRecord, ShownFrame
from studio.gui.playback.view_model import PlaybackModel

TIMEOUT_MILLIS = 30_000


class Watcher:
    """Keeps what a playback model told.

    Attributes:
        indices: of the frames that were shown, in order.
        records: what they cost.
        errors: what failed.
    """

    def __init__(self, model: PlaybackModel, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self.model = model
        self.indices: list[int] = []
        self.records: list[FrameRecord] = []
        self.errors: list[StudioError] = []
        model.frame_shown.connect(self._on_shown)
        model.frame_measured.connect(self.records.append)
        model.failed.connect(self.errors.append)

    def _on_shown(self, shown: ShownFrame) -> None:
        self.indices.append(shown.index)

    def until(self, holds: Callable[[], bool]) -> None:
        """Run the event loop until something holds."""
        self._qtbot.waitUntil(holds, timeout=TIMEOUT_MILLIS)

    def open(self, video: Path, model: Path | None = None) -> None:
        """Open a video, and a model, and wait for the first frame (with its mask)."""
        playback = self.model
        playback.open_video(str(video))
        if model is not None:
            playback.open_model(str(model))
        self.until(
            lambda: (
                playback.shown is not None
                and (
                    model is None
                    or (playback.model is not None and playback.shown.mask is not None)
                )
            )
        )
