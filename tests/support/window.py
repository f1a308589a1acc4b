"""Drive a real window with its playback process, and wait for what it shows and says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QAction, QImage
from pytestqt import exceptions
from pytestqt.qtbot import QtBot

from studio.gui.command_palette import commands_of
from studio.gui.jobs.row import JobRow
from studio.gui.jobs.view_model import JobsModel
from studio.gui.main_window import MainWindow
from studio.gui.opening import Opener
from studio.gui.playback.panel import PlaybackPanel
from studio.gui.playback.view_model import PlaybackModel

TIMEOUT_MILLIS = 15_000


class DrivenWindow:
    """A window whose panels are all there.

    Args:
        window: the window.
        qtbot: turns the event loop.

    Attributes:
        indices: of the frames that were shown since the list was last cleared, in order.
    """

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot
        self.indices: list[int] = []
        self.playback.frame_shown.connect(lambda shown: self.indices.append(shown.index))

    @property
    def playback(self) -> PlaybackModel:
        """What plays."""
        assert self.window.panels.playback is not None
        return self.window.panels.playback

    @property
    def panel(self) -> PlaybackPanel:
        """What shows it."""
        assert self.window.panels.playback_panel is not None
        return self.window.panels.playback_panel

    @property
    def opener(self) -> Opener:
        """What opens files for the window."""
        assert self.window.panels.opener is not None
        return self.window.panels.opener

    @property
    def jobs(self) -> JobsModel:
        """The list of runs."""
        assert self.window.panels.jobs is not None
        return self.window.panels.jobs

    @property
    def told(self) -> list[str]:
        """What the banners say."""
        return [str(error) for error in self.window.banners.errors]

    def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Turn the event loop until something holds; say what the window told when it never does.

        Args:
            holds: the condition.
            what: it is, for the message.
        """
        try:
            self.qtbot.waitUntil(holds, timeout=TIMEOUT_MILLIS)
        except exceptions.TimeoutError as error:
            raise AssertionError(
                f"waited for {what or 'the condition'}; told {self.told}; position "
                f"{self.playback.position}"
            ) from error

    def wait(self, millis: int) -> None:
        """Turn the event loop for a while."""
        self.qtbot.wait(millis)

    def open(self, video: Path | None = None, model: Path | None = None) -> None:
        """Open files as the menu does, and wait for the first frame, with its mask."""
        if video is not None:
            self.opener.open_video(str(video), play=False)
        if model is not None:
            self.opener.open_model(str(model))
        self.until(
            lambda: (
                (video is None or self.has_open(video))
                and (model is None or (self.has_model(model) and self.has_mask))
            ),
            f"{video} and {model}",
        )

    def has_open(self, video: Path) -> bool:
        """Whether a frame of this video is on screen."""
        info = self.playback.video
        is_it = info is not None and info.location == str(video)
        return is_it and self.playback.shown is not None

    def has_model(self, model: Path) -> bool:
        """Whether this model is open."""
        info = self.playback.model
        return info is not None and info.path == str(model)

    @property
    def has_mask(self) -> bool:
        """Whether the frame on screen has a mask."""
        shown = self.playback.shown
        return shown is not None and shown.mask is not None

    def shows(self, index: int) -> bool:
        """Whether this frame is on screen."""
        shown = self.playback.shown
        return shown is not None and shown.index == index

    def complaint(self, words: str) -> str:
        """Wait for a banner with these words, and close all banners; returns all they said."""
        self.until(lambda: any(words in told for told in self.told), f"a banner with {words!r}")
        said = " | ".join(self.told)
        self.window.banners.clear()
        return said

    def plays_on(self, frames: int = 3) -> None:
        """Assert that the video plays, and pause it."""
        self.playback.pause()
        if self.playback.position + frames > self.playback.last_index:
            self.playback.seek(0)
            self.until(lambda: self.shows(0))
        self.indices.clear()
        self.playback.play()
        self.until(lambda: len(self.indices) >= frames, "the video to play")
        self.playback.pause()

    def action(self, path: str) -> QAction:
        """An entry of the menus, such as `File › Open video…`."""
        commands = commands_of(self.window.menuBar(), include_disabled=True)
        return next(command.action for command in commands if command.path == path)

    def run(self, title: str) -> JobRow:
        """The newest run of a title, once it is over."""

        def found() -> list[JobRow]:
            rows = self.jobs.list.rows
            return [row for row in rows if row.entry.title == title and not row.is_live]

        self.until(lambda: bool(found()), f"the end of {title!r}")
        return found()[0]

    def picture(self) -> NDArray[np.uint8]:
        """What the canvas shows, uint8 [height, width, 3] RGB."""
        image = self.panel.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()

    def middle(self) -> tuple[int, int, int]:
        """The colour in the middle of the canvas, RGB."""
        picture = self.picture()
        red, green, blue = picture[picture.shape[0] // 2, picture.shape[1] // 2]
        return int(red), int(green), int(blue)
