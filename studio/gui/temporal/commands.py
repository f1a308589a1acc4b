"""Undo, redo, reset, load and save of the setting."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QToolButton, QWidget

from studio.gui.icons import icon
from studio.gui.temporal.view_model import TemporalViewModel
from studio.gui.temporal.words import CUSTOM, PRESET_TITLES

_FILTER = "Temporal settings (*.toml)"


class Commands(QObject):
    """The actions, and the buttons that they have in the panel's head.

    Args:
        model: what they act on.
        panel: over which dialogs open, and in which the keys work.
    """

    saved = Signal(str)  # path

    def __init__(self, model: TemporalViewModel, panel: QWidget) -> None:
        super().__init__(panel)
        self._model = model
        self._panel = panel
        self._folder = Path.home()
        self.undo = self._action("Undo", "undo", model.undo_stack.undo, "Ctrl+Z")
        self.redo = self._action("Redo", "redo", model.undo_stack.redo, "Ctrl+Shift+Z")
        self.reset = self._action("Reset", "refresh", model.reset)
        self.load = self._action("Load settings…", "open", self._load)
        self.save = self._action("Save settings…", "save", self._save)
        self.load.setToolTip("Take the settings of a TOML file, as `jejunet segment` does")
        self.save.setToolTip("Save the settings as TOML, for `jejunet segment --temporal FILE`")
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for action in (self.undo, self.redo, self.reset):
            row.addWidget(_button(action))
        menu = QMenu(self.buttons)
        menu.setToolTipsVisible(True)
        menu.addActions([self.load, self.save])
        files = QToolButton()
        files.setIcon(icon("file"))
        files.setIconSize(QSize(16, 16))
        files.setToolTip("Load or save the settings as a file")
        files.setAccessibleName("Load or save the settings as a file")
        files.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        files.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        files.setMenu(menu)
        row.addWidget(files)
        stack = model.undo_stack
        stack.canUndoChanged.connect(self.undo.setEnabled)
        stack.canRedoChanged.connect(self.redo.setEnabled)
        stack.undoTextChanged.connect(lambda text: self.undo.setToolTip(_tip("Undo", text)))
        stack.redoTextChanged.connect(lambda text: self.redo.setToolTip(_tip("Redo", text)))
        for action, text in ((self.undo, "Undo"), (self.redo, "Redo")):
            action.setEnabled(False)
            action.setToolTip(_tip(text, ""))
        model.setting_changed.connect(self._follow)
        self._follow()

    def _follow(self, _setting: object = None) -> None:
        """Only limits that were turned can be reset."""
        title = PRESET_TITLES.get(self._model.base, self._model.base)
        self.reset.setEnabled(self._model.setting.name == CUSTOM)
        self.reset.setToolTip(f"Back to {title}, which these settings began with")

    def _action(self, text: str, icon_name: str, run: object, key: str = "") -> QAction:
        action = QAction(icon(icon_name), text, self._panel)
        action.triggered.connect(lambda _checked=False: run())  # type: ignore[operator]
        action.setStatusTip(f"{text}: the temporal settings")
        if key:
            action.setShortcut(QKeySequence(key))
            # Elsewhere these keys undo something else.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._panel.addAction(action)
        return action

    def _load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._panel, "Load temporal settings", str(self._folder), _FILTER
        )
        if name:
            self._folder = Path(name).parent
            self._model.load(Path(name))

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._panel, "Save temporal settings", str(self._folder / "temporal.toml"), _FILTER
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(f"{name}.toml")
            self._folder = path.parent
            if self._model.save(path):
                self.saved.emit(str(path))


def _tip(verb: str, what: str) -> str:
    key = "Ctrl+Z" if verb == "Undo" else "Ctrl+Shift+Z"
    return f"{verb}: {what} ({key})" if what else f"{verb} ({key})"


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(16, 16))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text())
    return button
