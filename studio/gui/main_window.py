"""The window: it assembles docks, menus, status bar and banners, and holds no logic of its own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from studio import paths
from studio.errors import StudioError
from studio.gui import icons
from studio.gui.docks import DockSet
from studio.gui.errors import ErrorDialog
from studio.gui.settings import Settings
from studio.gui.staging import Stage, Staging
from studio.gui.style import ThemeSwitch
from studio.gui.widgets.banner import BannerStack

if TYPE_CHECKING:
    from studio.gui.jobs.view_model import JobsModel
    from studio.gui.playback.view_model import PlaybackModel

_log = logging.getLogger(__name__)

_DEFAULT_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """The studio's window. Its panels appear after it is shown (`panels_ready`).

    Args:
        settings: what is remembered.
        themes: switches the theme.
        runs_dir: where run folders lie.
    """

    panels_ready = Signal()

    def __init__(
        self, settings: Settings, themes: ThemeSwitch, runs_dir: Path | None = None
    ) -> None:
        super().__init__()
        self.settings = settings
        self.themes = themes
        self.runs_dir = runs_dir or paths.runs_dir()
        self.playback: PlaybackModel | None = None
        self.jobs: JobsModel | None = None
        self.setWindowTitle("JejuNet Studio")
        self.setWindowIcon(icons.app_icon())
        self.setAcceptDrops(True)
        self.resize(*_DEFAULT_SIZE)
        self.docks = DockSet(self)
        self.banners = BannerStack(self._show_details)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.menuBar())
        column.addWidget(self.banners)
        self.setMenuWidget(top)
        self._staging = Staging(self._stages(), self)
        self._staging.failed.connect(self.show_error)
        self._staging.finished.connect(self.panels_ready)
        self._staged = False
        self._restore()

    def show_error(self, error: StudioError) -> None:
        """Show an error in words at the top of the window."""
        _log.warning("shown to the user: %s %s", error, error.details)
        self.banners.add(error)

    def _show_details(self, error: StudioError) -> None:
        dialog = ErrorDialog(error, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # Layout

    def reset_layout(self) -> None:
        """Lay the docks out as at the first start."""
        self.docks.reset()

    def _restore(self) -> None:
        geometry, layout = self.settings.window()
        if geometry is None or not self.restoreGeometry(geometry):
            self._fit_to_screen()
        if layout is not None and not self.restoreState(layout):
            _log.warning("the saved layout could not be restored")
            self.docks.reset()
        if not any(
            screen.availableGeometry().intersects(self.geometry())
            for screen in QGuiApplication.screens()
        ):
            self._fit_to_screen()

    def _fit_to_screen(self) -> None:
        room = QGuiApplication.primaryScreen().availableGeometry()
        width, height = (
            min(*pair) for pair in zip(_DEFAULT_SIZE, room.size().toTuple(), strict=True)
        )
        area = QRect(0, 0, width, height)
        area.moveCenter(room.center())
        self.setGeometry(area)

    # Panels

    def _stages(self) -> list[Stage]:
        return [
            Stage(
                "playback panel",
                ("studio.gui.playback.view_model", "studio.gui.playback.panel"),
                self._build_playback,
            ),
            Stage("overlay panel", ("studio.gui.overlay.panel",), self._build_overlay),
            Stage(
                "jobs panel",
                ("studio.gui.jobs.view_model", "studio.gui.jobs.panel"),
                self._build_jobs,
            ),
            Stage("telemetry panel", ("studio.gui.telemetry.panel",), self._build_telemetry),
            Stage(
                "quantization panel",
                ("studio.gui.quantization.panel",),
                self._build_quantization,
            ),
            Stage("side by side panel", ("studio.gui.previews.panel",), self._build_previews),
            Stage("training panel", ("studio.gui.training.panel",), self._build_training),
        ]

    def _playback_model(self) -> PlaybackModel:
        from studio.gui.playback.view_model import PlaybackModel

        if self.playback is None:
            self.playback = PlaybackModel(self)
            self.playback.failed.connect(self.show_error)
        return self.playback

    def _build_playback(self) -> None:
        model = self._playback_model()
        from studio.gui.playback.panel import PlaybackPanel

        self.docks["playback"].setWidget(PlaybackPanel(model))

    def _build_overlay(self) -> None:
        from studio.gui.overlay.panel import OverlayPanel

        self.docks["overlay"].setWidget(OverlayPanel(self._playback_model()))

    def _build_jobs(self) -> None:
        from studio.gui.jobs.panel import JobsPanel
        from studio.gui.jobs.view_model import JobsModel

        self.jobs = JobsModel(self.runs_dir, self)
        self.jobs.failed.connect(self.show_error)
        self.docks["jobs"].setWidget(JobsPanel(self.jobs))

    def _build_telemetry(self) -> None:
        from studio.gui.telemetry.panel import TelemetryPanel

        self.docks["telemetry"].setWidget(TelemetryPanel(self._playback_model()))

    def _build_quantization(self) -> None:
        from studio.gui.quantization.panel import QuantizationPanel

        self.docks["quantization"].setWidget(QuantizationPanel(self._playback_model()))

    def _build_previews(self) -> None:
        from studio.gui.previews.panel import PreviewsPanel

        self.docks["previews"].setWidget(PreviewsPanel(self._playback_model()))

    def _build_training(self) -> None:
        from studio.gui.training.panel import TrainingPanel

        self.docks["training"].setWidget(TrainingPanel(self.runs_dir))

    # Coming and going

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The first time, begin to fill the docks."""
        super().showEvent(event)
        if not self._staged:
            self._staged = True
            self._staging.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the layout and end playback; jobs go on by themselves."""
        self._staging.stop()
        self.settings.set_window(self.saveGeometry(), self.saveState())
        self.settings.sync()
        if self.playback is not None:
            self.playback.shutdown()
        super().closeEvent(event)
