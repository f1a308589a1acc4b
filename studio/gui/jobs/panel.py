"""The jobs panel: the list of runs and what can be done with them."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.errors import RunError, StudioError
from studio.gui.errors import ErrorDialog
from studio.gui.icons import icon
from studio.gui.jobs.delegate import JobDelegate
from studio.gui.jobs.list_model import ROW_ROLE
from studio.gui.jobs.log_dialog import LogDialog
from studio.gui.jobs.row import JobRow
from studio.gui.jobs.view_model import JobsModel
from studio.gui.theme import theme_changed
from studio.runs.store import TrashedRun

_UNDO_MILLIS = 15_000
_UNDO_BUTTON_WIDTH = 130
_EMPTY_TEXT = (
    "No jobs yet.\nExports and measurements appear here; they go on when you close the studio."
)


class JobsPanel(QWidget):
    """Runs, newest first, with a toolbar and a context menu for the chosen one.

    Args:
        model: of the jobs.
    """

    open_requested = Signal(str)  # path of a video to play
    run_finished = Signal(object)  # RunEntry
    run_failed = Signal(object)  # RunEntry

    def __init__(self, model: JobsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobs")
        self._model = model
        self._trashed: TrashedRun | None = None
        self._build_actions()
        self._build_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_toolbar())
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._build_undo_bar())
        self._connect()
        self._show_page()
        self._update_actions()

    @property
    def view(self) -> QListView:
        """The list."""
        return self._view

    def chosen(self) -> JobRow | None:
        """The run that the toolbar acts on."""
        indexes = self._view.selectionModel().selectedIndexes()
        return indexes[0].data(ROW_ROLE) if indexes else None

    def choose(self, row: JobRow) -> None:
        """Make a run the one that the toolbar acts on."""
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self._view.selectionModel().setCurrentIndex(self._model.list.index_of(row), flag)

    # Building

    def _build_actions(self) -> None:
        self.stop_action = self._action("Stop", "stop", "", self._stop)
        self.play_action = self._action("Play result", "play", "Return", self._play)
        self.folder_action = self._action("Open folder", "folder", "", self._open_folder)
        self.log_action = self._action("Show log", "log", "", self._show_log)
        self.error_action = self._action("Show error", "info", "", self._show_error)
        self.rename_action = self._action("Rename", "file", "F2", self._rename)
        self.delete_action = self._action("Delete", "trash", "Delete", self._delete)
        self.undo_action = self._action("Undo delete", "undo", "Ctrl+Z", self._undo)
        self.undo_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.undo_action.setEnabled(False)
        self.addAction(self.undo_action)

    def _action(self, text: str, icon_name: str, key: str, slot: object) -> QAction:
        action = QAction(icon(icon_name), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setToolTip(f"{text} ({key})")
        action.triggered.connect(slot)
        return action

    def _build_view(self) -> None:
        self._delegate = JobDelegate(self)
        self._view = QListView()
        self._view.setModel(self._model.list)
        self._view.setItemDelegate(self._delegate)
        self._view.setAccessibleName("Jobs")
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._view.setUniformItemSizes(True)
        self._view.setMouseTracking(True)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # Of the list alone: in the field for a new title these keys have their usual meaning.
        for action in (self.play_action, self.rename_action, self.delete_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._view.addAction(action)
        empty = QLabel(_EMPTY_TEXT)
        empty.setProperty("role", "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setContentsMargins(24, 24, 24, 24)
        self._pages = QStackedWidget()
        self._pages.addWidget(empty)
        self._pages.addWidget(self._view)

    def _build_toolbar(self) -> QWidget:
        bar = QWidget()
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(2)
        for action in (
            self.stop_action,
            self.play_action,
            self.folder_action,
            self.log_action,
            self.error_action,
        ):
            layout.addWidget(self._tool_button(action))
        layout.addStretch(1)
        layout.addWidget(self._tool_button(self.delete_action))
        self._toolbar = bar
        return bar

    def _tool_button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _build_undo_bar(self) -> QWidget:
        self._undo_bar = QWidget()
        layout = QHBoxLayout(self._undo_bar)
        layout.setContentsMargins(12, 6, 8, 6)
        self._undo_words = QLabel()
        self._undo_words.setTextFormat(Qt.TextFormat.PlainText)
        self._undo_words.setMinimumWidth(40)
        self._undo_button = QPushButton(icon("undo"), "Undo")
        self._undo_button.clicked.connect(self.undo_action.trigger)
        layout.addWidget(self._undo_words, 1)
        layout.addWidget(self._undo_button)
        self._undo_bar.hide()
        self._undo_timer = QTimer(self, singleShot=True, interval=_UNDO_MILLIS)
        self._undo_timer.timeout.connect(self._undo_bar.hide)
        return self._undo_bar

    def _connect(self) -> None:
        jobs = self._model.list
        jobs.rowsInserted.connect(self._show_page)
        jobs.rowsRemoved.connect(self._show_page)
        jobs.dataChanged.connect(self._update_actions)
        self._view.selectionModel().selectionChanged.connect(self._update_actions)
        self._view.customContextMenuRequested.connect(self._show_menu)
        self._view.doubleClicked.connect(lambda index: self._act(index.data(ROW_ROLE)))
        self._delegate.button_clicked.connect(self._act)
        self._model.launched.connect(self.choose)
        self._model.finished.connect(self.run_finished)
        self._model.run_failed.connect(self.run_failed)
        self._model.deleted.connect(self._offer_undo)
        theme_changed.connect(self._view.viewport().update)

    # Showing

    def _show_page(self) -> None:
        self._pages.setCurrentIndex(1 if self._model.list.rows else 0)
        self._toolbar.setVisible(bool(self._model.list.rows))

    def _update_actions(self) -> None:
        row = self.chosen()
        is_live = row is not None and row.is_live
        can_kill = row is not None and row.can_be_killed(time.time())
        self.stop_action.setText("End now" if can_kill else "Stop")
        self.stop_action.setEnabled(
            row is not None and is_live and (can_kill or not row.is_stopping)
        )
        self.play_action.setEnabled(row is not None and row.video is not None)
        self.folder_action.setEnabled(row is not None)
        self.log_action.setEnabled(row is not None)
        self.error_action.setEnabled(row is not None and row.error is not None)
        self.rename_action.setEnabled(row is not None)
        self.delete_action.setEnabled(row is not None and not is_live)

    def context_menu(self) -> QMenu:
        """What can be done with the chosen run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.play_action, self.stop_action])
        menu.addSeparator()
        menu.addActions([self.folder_action, self.log_action, self.error_action])
        menu.addSeparator()
        menu.addActions([self.rename_action, self.delete_action, self.undo_action])
        return menu

    def _show_menu(self, place: QPoint) -> None:
        if self.chosen() is not None:
            self.context_menu().popup(self._view.viewport().mapToGlobal(place))

    # Acting

    def _act(self, row: JobRow) -> None:
        """Do what the button of a row shows."""
        self.choose(row)
        if self.stop_action.isEnabled():
            self._stop()
        elif row.video is not None:
            self._play()
        elif row.error is not None:
            self._show_error()

    def _stop(self) -> None:
        row = self.chosen()
        if row is not None:
            self._model.stop(row)

    def _play(self) -> None:
        row = self.chosen()
        video = None if row is None else row.video
        if row is None or video is None:
            return
        path = row.entry.folder.artifact_path(video)
        if path.is_file():
            self.open_requested.emit(str(path))
        else:
            self._tell(
                RunError(
                    f"Expected the video {path}, but it is no longer there.",
                    remedy="It was moved or deleted; start the job again to make it anew.",
                )
            )

    def _open_folder(self) -> None:
        row = self.chosen()
        if row is not None and not _open(row.entry.folder.path):
            self._tell(
                RunError(
                    "No program is set up to open folders.",
                    remedy=f"The run lies in {row.entry.folder.path}.",
                )
            )

    def _show_log(self) -> None:
        row = self.chosen()
        if row is not None:
            self._open_dialog(LogDialog(row.entry.folder, row.entry.title, self))

    def _show_error(self) -> None:
        row = self.chosen()
        error = None if row is None else row.error_with_log()
        if error is not None:
            self._open_dialog(ErrorDialog(error, self))

    def _open_dialog(self, dialog: LogDialog | ErrorDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _rename(self) -> None:
        indexes = self._view.selectionModel().selectedIndexes()
        if indexes:
            self._view.edit(indexes[0])

    def _delete(self) -> None:
        row = self.chosen()
        if row is not None:
            words = f"Deleted “{row.entry.title}”."
            room = max(80, self.width() - _UNDO_BUTTON_WIDTH)
            metrics = self._undo_words.fontMetrics()
            self._undo_words.setText(metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room))
            self._model.delete(row)

    def _offer_undo(self, trashed: TrashedRun) -> None:
        self._trashed = trashed
        self.undo_action.setEnabled(True)
        self._undo_bar.show()
        self._undo_timer.start()
        if not self._model.list.rows:  # the list is hidden now, and with it the focus
            self._undo_button.setFocus()

    def _undo(self) -> None:
        if self._trashed is not None:
            trashed, self._trashed = self._trashed, None
            self.undo_action.setEnabled(False)
            self._undo_bar.hide()
            self._model.restore(trashed)

    def _tell(self, error: StudioError) -> None:
        self._model.failed.emit(error)


def _open(path: Path) -> bool:
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
