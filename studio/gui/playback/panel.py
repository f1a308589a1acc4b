"""The playback panel: picture, timeline, transport. It only puts them together."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui.icons import icon
from studio.gui.playback.actions import PlaybackActions
from studio.gui.playback.canvas import VideoCanvas
from studio.gui.playback.exports import Exports
from studio.gui.playback.timeline import TimelineStrip
from studio.gui.playback.transport import TransportBar
from studio.gui.playback.view_model import PlaybackModel


class PlaybackPanel(QWidget):
    """Plays the model's video.

    Args:
        model: the playback.
        parent: owner.
    """

    full_screen_requested = Signal(bool)

    def __init__(self, model: PlaybackModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.actions_ = PlaybackActions(model, self)
        self.exports = Exports(model, self)
        self.canvas = VideoCanvas(model)
        self.timeline = TimelineStrip(model)
        self.full_screen = QAction(icon("fullscreen"), "Video full screen", self)
        self.full_screen.setShortcut(QKeySequence("F"))
        self.full_screen.setCheckable(True)
        self.full_screen.setToolTip("The video alone on the whole screen (F; Esc leaves)")
        self.full_screen.setStatusTip("The video alone on the whole screen")
        self.full_screen.toggled.connect(self.full_screen_requested)
        self.statistics = QAction(icon("statistics"), "Statistics", self)
        self.statistics.setShortcut(QKeySequence("I"))
        self.statistics.setCheckable(True)
        self.statistics.setToolTip("Frames a second and milliseconds by stage over the video (I)")
        self.statistics.setStatusTip("Frames a second and milliseconds by stage over the video")
        self.statistics.toggled.connect(self.canvas.set_statistics_visible)
        self.canvas.double_clicked.connect(self.full_screen.toggle)
        self.transport = TransportBar(model, self.actions_, self.exports.actions, self.full_screen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.timeline)
        column.addWidget(self.transport)

    def menu_actions(self) -> list[QAction]:
        """The commands in the order of a menu, with separators."""
        names = (
            ("toggle", "step_back", "step_forward"),
            ("back_1", "forward_1", "back_5", "forward_5", "start", "end"),
            ("slower", "faster", "normal_speed"),
            ("loop_ab", "loop_all", "mark", "previous_mark", "next_mark"),
            ("masks", "outline"),
        )
        listed: list[QAction] = []
        for group in names:
            listed += [self.actions_[name] for name in group]
            separator = QAction(self)
            separator.setSeparator(True)
            listed.append(separator)
        return [*listed, self.statistics, self.full_screen]
