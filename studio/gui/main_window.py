"""The window: it connects docks, menus, status bar and banners, and holds no logic of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QMenuBar,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import paths
from studio.errors import StudioError
from studio.gui import icons
from studio.gui.command_palette import CommandPalette
from studio.gui.docks import DockSet
from studio.gui.drop_hint import DropHint
from studio.gui.errors import ErrorDialog
from studio.gui.file_menu import FileMenu
from studio.gui.full_screen import VideoFullScreen
from studio.gui.help_menu import HelpMenu
from studio.gui.keys import KeysGoToFocus
from studio.gui.locations import Opening
from studio.gui.news import News
from studio.gui.panels import Panels
from studio.gui.settings import Settings
from studio.gui.status_bar import StudioStatusBar
from studio.gui.style import ThemeSwitch
from studio.gui.theme import ThemeChoice
from studio.gui.tools_menu import ToolsMenu
from studio.gui.view_menu import ViewMenu
from studio.gui.widgets.banner import BannerStack
from studio.gui.widgets.notice import NoticeBar
from studio.inference.model import ModelInfo, SessionOptions
from studio.video.frame import VideoInfo

_log = logging.getLogger(__name__)

_DEFAULT_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """The studio's window. Its panels appear after it is shown (`panels_ready`).

    Args:
        settings: what is remembered.
        themes: switches the theme.
        video: to open at the start; None leaves it to the settings.
        model: the same for the model.
        runs_dir: where run folders lie.
    """

    panels_ready = Signal()

    def __init__(
        self,
        settings: Settings,
        themes: ThemeSwitch,
        video: str | None = None,
        model: str | None = None,
        runs_dir: Path | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.themes = themes
        self._asked = video, model
        self._is_staged = False
        self._is_closed = False
        self.setWindowTitle("JejuNet Studio")
        self.setWindowIcon(icons.app_icon())
        self.resize(*_DEFAULT_SIZE)
        self.docks = DockSet(self)
        self.banners = BannerStack(self._show_details)
        self.status = StudioStatusBar()
        self.status.jobs_requested.connect(lambda: self.docks.bring_up("jobs"))
        self.setStatusBar(self.status)
        self.notice = NoticeBar()
        self._add_menus()
        self.panels = Panels(self.docks, settings, runs_dir or paths.runs_dir(), self)
        self.panels.failed.connect(self.show_error)
        self.panels.playback_ready.connect(self._connect_playback)
        self.panels.model_file_requested.connect(self.file_menu.ask_model)
        self.panels.jobs_ready.connect(self._connect_jobs)
        self.news = News(
            self.notice,
            self.status,
            self.panels.play_result,
            lambda: self.docks.bring_up("jobs"),
            self.show_error,
            self,
        )
        self.panels.saved.connect(self.news.tell_saved)
        self.panels.told.connect(self.notice.tell)
        # In a turn of its own as well, so that it comes after `_open_first`.
        self.panels.finished.connect(lambda: QTimer.singleShot(0, self, self.panels_ready.emit))
        self._video_full_screen = VideoFullScreen(self)
        self.palette_ = CommandPalette(self, settings)
        self.palette_.about_to_show.connect(self.file_menu.refresh_cameras)
        self.drop_hint = DropHint(self, self._open_dropped, self.docks.docks.values())
        self._keys = KeysGoToFocus(self)
        self._restore()

    # Menus

    def _add_menus(self) -> None:
        self.file_menu = FileMenu(self, self.settings)
        self.playback_menu = QMenu("&Playback", self)
        self.view_menu = ViewMenu(self)
        self.tools_menu = ToolsMenu(self)
        self.help_menu = HelpMenu(self)
        self._menu_bar = bar = QMenuBar()
        for menu in (
            self.file_menu,
            self.playback_menu,
            self.view_menu,
            self.tools_menu,
            self.help_menu,
        ):
            menu.setToolTipsVisible(True)
            bar.addMenu(menu)
        self._deploy_button = QToolButton()
        self._deploy_button.setDefaultAction(self.tools_menu.deploy)
        self._deploy_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._deploy_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bar.setCornerWidget(self._deploy_button)
        self.top = QWidget()
        column = QVBoxLayout(self.top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.banners)
        column.addWidget(self.notice)
        self.setMenuWidget(self.top)
        self._keep_shortcuts(self.view_menu, self.tools_menu, self.help_menu)

    def _keep_shortcuts(self, *menus: QMenu) -> None:
        """Shortcuts of a hidden menu bar are dead, unless the window has the actions too."""
        for menu in menus:
            for action in menu.actions():
                if not action.shortcut().isEmpty():
                    self.addAction(action)
                if isinstance(submenu := action.menu(), QMenu):
                    self._keep_shortcuts(submenu)

    def open_palette(self) -> None:
        """Show the command palette."""
        self.palette_.open(self._menu_bar)

    def menuBar(self) -> QMenuBar:
        """Qt's own would make a second one, because this one shares its place with banners."""
        return self._menu_bar

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Switch the theme and remember it."""
        self.settings.theme = choice
        self.themes.choose(choice)

    def set_full_screen(self, on: bool) -> None:
        """Fill the screen with the window."""
        state = self.windowState()
        full = Qt.WindowState.WindowFullScreen
        self.setWindowState(state | full if on else state & ~full)

    # What the panels and models say

    def _connect_playback(self) -> None:
        panels, status = self.panels, self.status
        playback, opener, panel = panels.playback, panels.opener, panels.playback_panel
        assert playback is not None
        assert opener is not None
        assert panel is not None
        playback.failed.connect(self.show_error)
        playback.busy_changed.connect(status.set_busy)
        playback.frame_measured.connect(status.add_record)
        playback.video_opened.connect(self._on_video)
        playback.video_closed.connect(lambda: self._on_video(None))
        playback.model_opened.connect(self._on_model)
        playback.model_closed.connect(lambda: self._on_model(None))
        playback.model_changed.connect(status.set_model)
        playback.options_changed.connect(self._on_options)
        opener.apply_runtime()  # so that panels show it before a model is there
        playback.export_requested.connect(self._launch)
        opener.failed.connect(self.show_error)
        opener.recents_changed.connect(self._show_recents)
        self.file_menu.fill(opener, panels.exports())
        self.playback_menu.addActions(panels.playback_menu())
        self._keep_shortcuts(self.file_menu, self.playback_menu)
        panel.full_screen_requested.connect(self._video_full_screen.set_on)
        welcome = panels.welcome
        welcome.video_requested.connect(self.file_menu.ask_video)
        welcome.folder_requested.connect(self.file_menu.ask_folder)
        welcome.model_requested.connect(self.file_menu.ask_model)
        welcome.sample_requested.connect(opener.open_sample)
        welcome.recent_requested.connect(lambda location: opener.open_recent("videos", location))
        self._show_recents()
        QTimer.singleShot(0, self, self._open_first)  # a turn of its own: it starts a process

    def _open_first(self) -> None:
        opener = self.panels.opener
        if opener is not None and not self._is_closed:
            opener.start(*self._asked)
            self.panels.show_welcome(not opener.is_opening_video)
            self._give_keys_to_video()

    def _give_keys_to_video(self) -> None:
        """Qt gives the keyboard to the first tab bar, where arrows would change the tab."""
        panel = self.panels.playback_panel
        if panel is not None and isinstance(self.focusWidget(), (QTabBar, type(None))):
            panel.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect_jobs(self) -> None:
        jobs = self.panels.jobs
        assert jobs is not None
        jobs.failed.connect(self.show_error)
        jobs.finished.connect(self.news.tell_finished)
        jobs.running_changed.connect(self.status.set_running_jobs)

    def _on_video(self, info: VideoInfo | None) -> None:
        self.status.set_video(info)
        self.panels.show_welcome(info is None)
        name = "" if info is None else Opening("video", info.location).name
        self.setWindowTitle(f"{name} — JejuNet Studio" if name else "JejuNet Studio")

    def _on_model(self, info: ModelInfo | None) -> None:
        self.status.set_model(info)
        self.tools_menu.set_has_model(info is not None)

    def _on_options(self, options: SessionOptions) -> None:
        """Remember how models are run: panels can choose that, too."""
        self.settings.runtime = options.runtime
        self.settings.threads = options.threads
        self.settings.input_fit = options.input_fit
        self.tools_menu.show_choices()

    def _show_recents(self) -> None:
        self.panels.welcome.set_recent(self.settings.recent("videos"))

    def _open_dropped(self, files: Sequence[Path]) -> None:
        from studio.gui.datasets.opening import dataset_among, show_dataset

        dataset = dataset_among(files)
        if dataset is not None:
            show_dataset(self, dataset)
            return
        if self.panels.opener is not None:
            self.panels.opener.open_paths(files)

    def _launch(self, job: str, spec: object, title: str) -> None:
        if self.panels.jobs is not None:
            self.panels.jobs.launch(job, spec, title)
            self.docks.bring_up("jobs")

    def benchmark_model(self) -> None:
        """Time the open model, as a job."""
        playback = self.panels.playback
        if playback is None or playback.model is None:
            return
        from studio.jobs.spec import BenchSpec

        model = playback.model
        self._launch("bench", BenchSpec(model.path, playback.options), f"Benchmark {model.name}")

    def deploy_to_phone(self) -> None:
        """Run the open model on the chosen phone; where that cannot be, the panel says why."""
        self.docks.bring_up("telemetry")
        self.docks.bring_up("phone")
        if self.panels.phone is not None:
            self.panels.phone.deploy()

    def clean_phone(self) -> None:
        """Remove our files from the chosen phone, once the user confirms it."""
        self.docks.bring_up("phone")
        panel = self.panels.phone
        if panel is not None and panel.phone is not None:
            panel.ask_clean(panel.phone)

    def apply_runtime(self) -> None:
        """Run the open model as the settings now say."""
        if self.panels.opener is not None:
            self.panels.opener.apply_runtime()

    def edit_model_settings(self) -> None:
        """Let the user set by hand how the open model is used."""
        playback, opener = self.panels.playback, self.panels.opener
        if playback is None or playback.model is None or opener is None:
            return
        from studio.gui.model_settings import ModelSettingsDialog

        path = playback.model.path
        dialog = ModelSettingsDialog(playback.model, self.settings.overrides(path), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda overrides: opener.set_overrides(path, overrides))
        dialog.open()

    # Errors

    def show_error(self, error: StudioError) -> None:
        """Show an error in words at the top of the window."""
        _log.warning("shown to the user: %s %s", error, error.details)
        self.banners.add(error)

    def _show_details(self, error: StudioError) -> None:
        dialog = ErrorDialog(error, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # Layout, coming and going

    def reset_layout(self) -> None:
        """Lay the docks out as at the first start."""
        self._video_full_screen.leave()
        self.docks.reset()

    def _restore(self) -> None:
        geometry, layout = self.settings.window()
        if geometry is None or not self.restoreGeometry(geometry):
            self._fit_to_screen()
        areas = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        if not any(area.intersects(self.geometry()) for area in areas):
            self._fit_to_screen()
        if layout is not None and not self.restoreState(layout):
            _log.warning("the saved layout could not be restored")
            self.docks.reset()

    def _fit_to_screen(self) -> None:
        room = QGuiApplication.primaryScreen().availableGeometry()
        area = QRect(
            0, 0, min(_DEFAULT_SIZE[0], room.width()), min(_DEFAULT_SIZE[1], room.height())
        )
        area.moveCenter(room.center())
        self.setGeometry(area)

    def showEvent(self, event: QShowEvent) -> None:
        """The first time, begin to fill the docks."""
        super().showEvent(event)
        if not self._is_staged:
            self._is_staged = True
            self.panels.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout and end playback; jobs go on by themselves."""
        self._is_closed = True
        self._video_full_screen.leave()
        self.settings.set_window(self.saveGeometry(), self.saveState())
        self.settings.sync()
        self.panels.shutdown()
        super().closeEvent(event)
