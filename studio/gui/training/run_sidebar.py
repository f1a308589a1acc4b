"""The runs at the left of the training panel, and the buttons over them."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui.icons import icon
from studio.gui.theme import theme_changed
from studio.gui.training.run import TrainingRun
from studio.gui.training.run_actions import RunActions
from studio.gui.training.run_delegate import RunDelegate
from studio.gui.training.run_list_model import RUN_ROLE, RunListModel
from studio.gui.training.undo_bar import UndoBar


class RunSidebar(QWidget):
    """A list with ticks: the chosen run is acted on and looked into, the ticked ones are drawn.

    Args:
        list_model: of the runs.
        actions: on the chosen run.
    """

    chosen_changed = Signal()

    def __init__(
        self, list_model: RunListModel, actions: RunActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = list_model
        self._actions = actions
        self._build_view()
        self.undo_bar = UndoBar(self)
        self.undo_bar.undone.connect(actions.undo.trigger)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(self._build_toolbar())
        layout.addWidget(self.view, 1)
        layout.addWidget(self.undo_bar)
        self.setMinimumWidth(180)

    @property
    def chosen(self) -> TrainingRun | None:
        """The run that is acted on."""
        indexes = self.view.selectionModel().selectedIndexes()
        return indexes[0].data(RUN_ROLE) if indexes else None

    def choose(self, name: str) -> None:
        """Make a run the one that is acted on."""
        index = self._model.index_of(name)
        if index.isValid():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.selectionModel().setCurrentIndex(index, flag)
            self.view.scrollTo(index)

    def choose_any(self) -> None:
        """Choose the newest run if none is chosen."""
        if self.chosen is None and self._model.runs:
            self.choose(self._model.runs[0].name)

    def edit_title(self) -> None:
        """Let the user type another title."""
        indexes = self.view.selectionModel().selectedIndexes()
        if indexes:
            self.view.edit(indexes[0])

    def context_menu(self) -> QMenu:
        """What can be done with the chosen run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for group in self._actions.of_menu:
            menu.addActions(list(group))
            menu.addSeparator()
        return menu

    def _build_view(self) -> None:
        self.view = QListView(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(RunDelegate(self.view))
        self.view.setAccessibleName("Training runs")
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().selectionChanged.connect(self.chosen_changed)
        self.view.doubleClicked.connect(self._actions.only.trigger)
        # Of the list alone: in the field for a new title these keys have their usual meaning.
        self.view.addActions(list(self._actions.of_list))
        theme_changed.connect(self.view.viewport().update)

    def _build_toolbar(self) -> QHBoxLayout:
        new = QPushButton(icon("plus"), "&New training…")
        new.setToolTip(self._actions.new.toolTip())
        new.clicked.connect(self._actions.new.trigger)
        row = QHBoxLayout()
        row.setSpacing(1)
        row.addWidget(new)
        row.addStretch(1)
        for action in (self._actions.stop, self._actions.resume, self._actions.duplicate):
            row.addWidget(self._button(action))
        more = QToolButton()
        more.setIcon(icon("more"))
        more.setIconSize(QSize(16, 16))
        more.setToolTip("More that can be done with the chosen run")
        more.setAccessibleName("More")
        more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        for group in self._actions.of_menu:
            menu.addActions(list(group))
            menu.addSeparator()
        more.setMenu(menu)
        row.addWidget(more)
        return row

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _show_menu(self, place: QPoint) -> None:
        if self.chosen is not None:
            self.context_menu().popup(self.view.viewport().mapToGlobal(place))
