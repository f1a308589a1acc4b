"""Shows the video alone on the whole screen, and everything as it was afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Qt

from studio.gui.actions import make_action

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow


class VideoFullScreen(QObject):
    """Hides all but the playback dock, and brings it back.

    Args:
        window: the window.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._layout: QByteArray | None = None
        self._before = Qt.WindowState.WindowNoState
        self.leave_action = make_action(
            self,
            "Leave full screen",
            "fullscreen-exit",
            "Show everything again",
            self.leave,
            ("Esc",),
        )
        self.leave_action.setEnabled(False)
        window.addAction(self.leave_action)

    @property
    def is_on(self) -> bool:
        """Whether the video is alone."""
        return self._layout is not None

    def set_on(self, on: bool) -> None:
        """Enter or leave."""
        if on != self.is_on:
            if on:
                self._enter()
            else:
                self.leave()

    def _enter(self) -> None:
        window = self._window
        self._layout = window.saveState()
        self._before = window.windowState()
        window.docks.is_bare = True
        for key, dock in window.docks.docks.items():
            if key != "playback":
                dock.hide()
        window.docks.bring_up("playback")
        window.top.hide()
        window.status.hide()
        window.setWindowState(self._before | Qt.WindowState.WindowFullScreen)
        self.leave_action.setEnabled(True)

    def leave(self) -> None:
        """Show everything as it was."""
        window, layout = self._window, self._layout
        if layout is None:
            return
        self._layout = None
        self.leave_action.setEnabled(False)
        window.top.show()
        window.status.show()
        window.setWindowState(self._before)
        window.docks.is_bare = False
        window.restoreState(layout)
        window.docks.tidy_soon()
        panel = window.panels.playback_panel
        if panel is not None:
            panel.full_screen.setChecked(False)
