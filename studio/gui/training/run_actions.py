"""What can be done with the chosen run, as actions for toolbar, menu and keys."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from studio.gui.icons import icon
from studio.gui.training.run import TrainingRun

_TIPS = {
    "new": "Set up a training and start it",
    "stop": "Save a checkpoint and stop; it can be resumed",
    "resume": "Go on from the last checkpoint",
    "duplicate": "Set up another training that begins with this one's settings",
    "compare": "List the settings in which two runs differ",
    "only": "Draw the curves of this run and of no other",
    "rename": "Give the run another title",
    "note": "Write down what this run is about",
    "export": "Turn what it learned into a .tflite file",
    "dataset": "Look at the images and masks that it learns from",
    "folder": "Show the run's folder in the file manager",
    "log": "Show what its worker wrote",
    "delete": "Put the run into the trash",
    "undo": "Bring the deleted run back",
}


class RunActions(QObject):
    """The actions; `asked` says which one, and the panel carries it out.

    Args:
        parent: the panel.
    """

    asked = Signal(str)  # a key of `_TIPS`

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.new = self._action("new", "New training…", "plus")
        self.stop = self._action("stop", "Stop", "stop")
        self.resume = self._action("resume", "Resume", "play")
        self.duplicate = self._action("duplicate", "Duplicate with changes…", "copy")
        self.compare = self._action("compare", "Compare settings…", "compare")
        self.only = self._action("only", "Draw only this", "eye", "Return")
        self.rename = self._action("rename", "Rename", "file", "F2")
        self.note = self._action("note", "Note…", "bookmark")
        self.export = self._action("export", "Export model…", "export")
        self.dataset = self._action("dataset", "Dataset…", "image")
        self.folder = self._action("folder", "Open folder", "folder")
        self.log = self._action("log", "Show log", "log")
        self.delete = self._action("delete", "Delete", "trash", "Delete")
        self.undo = self._action("undo", "Undo delete", "undo", "Ctrl+Z")
        self.undo.setEnabled(False)
        self.show_run(None, 0)

    @property
    def of_list(self) -> tuple[QAction, ...]:
        """Those whose keys work in the list alone."""
        return self.only, self.rename, self.delete, self.undo

    @property
    def of_menu(self) -> tuple[tuple[QAction, ...], ...]:
        """For a context menu, in groups."""
        return (
            (self.stop, self.resume),
            (self.duplicate, self.compare, self.only),
            (self.export, self.dataset, self.folder, self.log),
            (self.rename, self.note, self.delete, self.undo),
        )

    def show_run(self, run: TrainingRun | None, count: int) -> None:
        """Enable what makes sense.

        Args:
            run: the chosen one.
            count: of all runs.
        """
        is_live = run is not None and run.is_live
        can_kill = run is not None and run.row.can_be_killed(time.time())
        self.stop.setText("End now" if can_kill else "Stop")
        stoppable = run is not None and is_live and (can_kill or not run.row.is_stopping)
        has_spec = run is not None and run.spec is not None
        for action, enabled in (
            (self.stop, stoppable),
            (self.resume, run is not None and run.can_resume),
            (self.duplicate, has_spec),
            (self.compare, has_spec and count > 1),
            (self.only, run is not None),
            (self.rename, run is not None),
            (self.note, run is not None),
            (self.export, has_spec),
            (self.dataset, has_spec),
            (self.folder, run is not None),
            (self.log, run is not None),
            (self.delete, run is not None and not is_live),
        ):
            if action.isEnabled() != enabled:
                action.setEnabled(enabled)

    def _action(self, key: str, text: str, icon_name: str, shortcut: str = "") -> QAction:
        action = QAction(icon(icon_name), text, self)
        tip = _TIPS[key]
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setToolTip(f"{text.rstrip('…')}: {tip[:1].lower()}{tip[1:]}" if tip else text)
        action.setStatusTip(tip)
        action.triggered.connect(lambda: self.asked.emit(key))
        return action
