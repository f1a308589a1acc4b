"""The docks of the window: which there are, how they lie by default, how they are titled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QTabBar,
    QTabWidget,
    QToolButton,
    QWidget,
)

from studio.gui import icons

Place = Literal["main", "side", "bottom"]


@dataclass(frozen=True, slots=True)
class DockSpec:
    """A dock that is always there, filled or not.

    Attributes:
        key: its name in saved layouts; never changed once released.
        title: on its tab and in the View menu.
        icon: in `resources/icons`.
        place: its group in the default layout.
        hint: for the View menu, what it shows.
        letter: a second shortcut beside its number, such as `Ctrl+T`; empty for none.
    """

    key: str
    title: str
    icon: str
    place: Place
    hint: str
    letter: str = ""


DOCKS = (
    DockSpec("playback", "Playback", "play", "main", "The video with its masks"),
    DockSpec("previews", "Side by side", "compare", "main", "Two to four views of a frame"),
    DockSpec("overlay", "Overlay", "layers", "side", "How masks are drawn, and the classes"),
    DockSpec("quantization", "Quantization", "quantize", "side", "Number formats of the model"),
    DockSpec("telemetry", "Telemetry", "chart", "bottom", "Milliseconds by stage and rate"),
    DockSpec("training", "Training", "train", "bottom", "Progress of training runs"),
    DockSpec("jobs", "Jobs", "jobs", "bottom", "What runs in the background"),
    DockSpec("phone", "Phone", "phone", "main", "Run the model on a phone and see its masks"),
    DockSpec(
        "temporal",
        "Temporal",
        "temporal",
        "bottom",
        "On which frames the network runs, and what that does to speed and masks",
        "Ctrl+T",
    ),
)

_SIDE_WIDTH = 330
_BOTTOM_HEIGHT = 264


class Dock(QDockWidget):
    """A dock whose title bar gives way to its tab as soon as it has one."""

    def __init__(self, spec: DockSpec, window: QMainWindow) -> None:
        super().__init__(spec.title, window)
        self.spec = spec
        self.setObjectName(spec.key)
        self.setWindowIcon(icons.icon(spec.icon, "muted"))  # Qt puts it on the tab
        self._title = _TitleBar(self)
        self._no_title = QWidget()
        self._no_title.setFixedHeight(0)
        self.setTitleBarWidget(self._title)
        waiting = QWidget()
        waiting.setMinimumSize(120, 80)
        self.setWidget(waiting)

    def show_title(self, shown: bool) -> None:
        """Show the title bar, or leave the title to the tab."""
        wanted = self._title if shown else self._no_title
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.show()
            (self._no_title if shown else self._title).hide()


class _TitleBar(QWidget):
    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self.setObjectName("DockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 4, 3)
        row.setSpacing(6)
        sign = QToolButton()
        sign.setIcon(icons.icon(dock.spec.icon, "muted"))
        sign.setIconSize(QSize(15, 15))
        sign.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        sign.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(sign)
        title = QLabel(dock.windowTitle())
        title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(title, 1)
        for icon, tip, slot in (
            ("dock-float", "Float or dock", lambda: dock.setFloating(not dock.isFloating())),
            ("close", "Close (View menu brings it back)", dock.close),
        ):
            button = QToolButton()
            button.setIcon(icons.icon(icon, "muted"))
            button.setIconSize(QSize(13, 13))
            button.setToolTip(tip)
            button.setAccessibleName(f"{tip}: {dock.windowTitle()}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(slot)
            row.addWidget(button)


class DockSet(QObject):
    """All docks of a window, its default layout, and its tab bars.

    Args:
        window: a QMainWindow without a central widget.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.is_bare = False  # no titles at all: the video alone on the screen
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.docks = {spec.key: Dock(spec, window) for spec in DOCKS}
        self._tidy_soon = QTimer(self, singleShot=True, interval=0)
        self._tidy_soon.timeout.connect(self._tidy)
        for dock in self.docks.values():
            dock.topLevelChanged.connect(self._tidy_soon.start)
            dock.dockLocationChanged.connect(self._tidy_soon.start)
            dock.visibilityChanged.connect(self._tidy_soon.start)
        self.reset()

    def __getitem__(self, key: str) -> Dock:
        return self.docks[key]

    def reset(self) -> None:
        """Lay all docks out as at the first start."""
        window = self._window
        for dock in self.docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        groups: dict[Place, list[Dock]] = {"main": [], "side": [], "bottom": []}
        for dock in self.docks.values():
            groups[dock.spec.place].append(dock)
        main, side, bottom = (group[0] for group in groups.values())
        # One area with nested splits: two areas without a central widget between them share
        # the room badly when the window is resized.
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, main)
        # The side column has the window's whole height: its list of classes needs it most.
        window.splitDockWidget(main, side, Qt.Orientation.Horizontal)
        window.splitDockWidget(main, bottom, Qt.Orientation.Vertical)
        for group in groups.values():
            for first, second in pairwise(group):
                window.tabifyDockWidget(first, second)
            for dock in group:
                dock.show()
            group[0].raise_()
        self.share_room()
        self._tidy_soon.start()

    def share_room(self) -> None:
        """Give the default sizes to the side column and the bottom row."""
        width, height = self._window.width(), self._window.height()
        self._window.resizeDocks(
            [self["playback"], self["overlay"]],
            [max(200, width - _SIDE_WIDTH), _SIDE_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self._window.resizeDocks(
            [self["playback"], self["telemetry"]],
            [max(200, height - _BOTTOM_HEIGHT - 60), _BOTTOM_HEIGHT],
            Qt.Orientation.Vertical,
        )

    def bring_up(self, key: str) -> None:
        """Show a dock and put it in front of the others in its tab group."""
        dock = self[key]
        dock.show()
        dock.raise_()

    def tidy_soon(self) -> None:
        """Let titles follow a layout that was restored."""
        self._tidy_soon.start()

    def toggle(self, key: str) -> None:
        """Bring a dock to the front; close it when it is there already."""
        dock = self[key]
        if dock.isHidden() or dock.visibleRegion().isEmpty():
            self.bring_up(key)
        else:
            dock.close()

    def _tidy(self) -> None:
        """Titles and tab icons follow what is tabbed with what; Qt tells neither directly."""
        for dock in self.docks.values():
            tabbed = any(not other.isHidden() for other in self._window.tabifiedDockWidgets(dock))
            dock.show_title(dock.isFloating() or not (tabbed or self.is_bare))
        by_title = {dock.windowTitle(): dock for dock in self.docks.values()}
        for bar in self._window.findChildren(QTabBar):
            if bar.parent() is not self._window:
                continue
            self._tend(bar)
            for index in range(bar.count()):
                titled = by_title.get(bar.tabText(index))
                if titled is not None and bar.tabIcon(index).isNull():
                    bar.setTabIcon(index, icons.icon(titled.spec.icon, "muted"))
                    bar.setTabToolTip(index, titled.spec.hint)

    def _tend(self, bar: QTabBar) -> None:
        if bar.property("tended"):
            return
        bar.setProperty("tended", True)
        bar.setDrawBase(False)
        bar.setExpanding(False)
        bar.setIconSize(QSize(15, 15))
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        bar.customContextMenuRequested.connect(lambda at: self._tab_menu(bar, at))
        bar.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt rebuilds tabs without a signal, but lays them out again when it does."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._tidy_soon.start()
        return super().eventFilter(watched, event)

    def _tab_menu(self, bar: QTabBar, at: QPoint) -> None:
        title = bar.tabText(bar.tabAt(at))
        titled = [dock for dock in self.docks.values() if dock.windowTitle() == title]
        if not titled:
            return
        dock = titled[0]
        menu = QMenu(bar)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icons.icon("dock-float"), "Float", lambda: dock.setFloating(True))
        menu.addAction(icons.icon("close"), "Close", dock.close)
        menu.popup(bar.mapToGlobal(at))
