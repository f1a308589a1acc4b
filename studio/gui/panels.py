"""Makes the view models and the panels, in stages, and puts the panels into their docks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from studio.gui.docks import DockSet
from studio.gui.settings import Settings
from studio.gui.staging import Stage, Staging
from studio.gui.welcome import Welcome

if TYPE_CHECKING:
    from studio.gui.jobs.view_model import JobsModel
    from studio.gui.opening import Opener
    from studio.gui.phone.panel import PhonePanel
    from studio.gui.playback.panel import PlaybackPanel
    from studio.gui.playback.view_model import PlaybackModel
    from studio.gui.telemetry.panel import TelemetryPanel
    from studio.gui.temporal.panel import TemporalPanel


class Panels(QObject):
    """What the window works with; each attribute is None until its stage is done.

    Args:
        docks: where panels go.
        settings: what is remembered.
        runs_dir: where run folders lie.
        parent: owner.
    """

    failed = Signal(object)  # StudioError
    saved = Signal(str)  # path of a file that a panel wrote
    told = Signal(str)  # good news in a sentence
    playback_ready = Signal()
    jobs_ready = Signal()
    model_file_requested = Signal()
    finished = Signal()

    def __init__(self, docks: DockSet, settings: Settings, runs_dir: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._docks = docks
        self._settings = settings
        self._runs_dir = runs_dir
        self.playback: PlaybackModel | None = None
        self.playback_panel: PlaybackPanel | None = None
        self.opener: Opener | None = None
        self.telemetry: TelemetryPanel | None = None
        self.phone: PhonePanel | None = None
        self.temporal: TemporalPanel | None = None
        self.jobs: JobsModel | None = None
        self.welcome = Welcome()
        self.stage = QStackedWidget()
        self.stage.addWidget(self.welcome)
        # Until it is known that there is nothing to show, an empty stage is calmer.
        self.stage.addWidget(QWidget())
        self.stage.setCurrentIndex(1)
        docks["playback"].setWidget(self.stage)
        self._staging = Staging(self._stages(), self)
        self._staging.failed.connect(self.failed)
        self._staging.finished.connect(self.finished)

    def start(self) -> None:
        """Begin; returns at once."""
        self._staging.start()

    def shutdown(self) -> None:
        """End playback and background reading; jobs go on, but for the phones' sessions."""
        self._staging.stop()
        if self.phone is not None:
            self.phone.shutdown()
        if self.opener is not None:
            self.opener.stop()
        if self.temporal is not None:
            self.temporal.model.shutdown()
        if self.playback is not None:
            self.playback.shutdown()

    def show_welcome(self, shown: bool) -> None:
        """Show the invitation, or the video."""
        panel = self.playback_panel
        self.stage.setCurrentWidget(self.welcome if shown or panel is None else panel)

    def playback_menu(self) -> list[QAction]:
        """Entries of the Playback menu."""
        return [] if self.playback_panel is None else self.playback_panel.menu_actions()

    def exports(self) -> list[QAction]:
        """Entries of the Export submenu."""
        return [] if self.playback_panel is None else self.playback_panel.exports.actions

    def _stages(self) -> list[Stage]:
        return [
            Stage(
                "playback panel",
                (
                    "studio.gui.playback.view_model",
                    "studio.gui.playback.panel",
                    "studio.gui.opening",
                    "studio.gui.temporal.remembered",
                ),
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
                "quantization panel", ("studio.gui.quantization.panel",), self._build_quantization
            ),
            Stage("side by side panel", ("studio.gui.previews.panel",), self._build_previews),
            Stage("training panel", ("studio.gui.training.panel",), self._build_training),
            Stage("phone panel", ("studio.gui.phone.panel",), self._build_phone),
            Stage("temporal panel", ("studio.gui.temporal.panel",), self._build_temporal),
        ]

    def _build_playback(self) -> None:
        from studio.gui.opening import Opener
        from studio.gui.playback.panel import PlaybackPanel
        from studio.gui.playback.view_model import PlaybackModel
        from studio.gui.temporal.remembered import recall

        model = PlaybackModel(self)
        model.set_temporal(recall(self._settings).setting.spec)  # before the first frame is made
        self.playback = model
        self.playback_panel = PlaybackPanel(model)
        self.playback_panel.exports.saved.connect(self.saved)
        self.stage.addWidget(self.playback_panel)
        self.opener = Opener(model, self._settings, self)
        self.playback_ready.emit()

    def _model(self) -> PlaybackModel:
        """Playback; panels that show it cannot be built without."""
        if self.playback is None:
            raise RuntimeError("playback could not be opened")
        return self.playback

    def _put(self, key: str, panel: QWidget) -> None:
        # A subclass of QWidget paints the style sheet's background only when told to.
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        dock = self._docks[key]
        if dock.spec.place != "side":
            dock.setWidget(panel)
            return
        # The side column is tall: on a small screen it scrolls, so that the window still fits.
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(panel.minimumSizeHint().width())
        scroll.setWidget(panel)
        dock.setWidget(scroll)

    def _build_overlay(self) -> None:
        from studio.gui.overlay.panel import OverlayPanel

        panel = OverlayPanel(self._model())
        panel.model_file_requested.connect(self.model_file_requested)
        opener = self.opener
        if opener is not None:
            panel.model_requested.connect(opener.open_model)

            def show_models() -> None:
                panel.show_models((entry.name, entry.path) for entry in opener.catalogue)

            opener.catalogue_changed.connect(show_models)
            show_models()
        self._put("overlay", panel)

    def _build_jobs(self) -> None:
        from studio.gui.jobs.panel import JobsPanel
        from studio.gui.jobs.view_model import JobsModel

        self.jobs = JobsModel(self._runs_dir, self)
        panel = JobsPanel(self.jobs)
        panel.open_requested.connect(self.play_result)
        self._put("jobs", panel)
        self.jobs_ready.emit()

    def play_result(self, location: str) -> None:
        """Play a video that a job made."""
        if self.opener is not None:
            self.opener.open_video(location)
            self._docks.bring_up("playback")

    def _build_telemetry(self) -> None:
        from studio.gui.telemetry.panel import TelemetryPanel

        panel = TelemetryPanel(self._model())
        panel.exporter.finished.connect(self.saved)
        self.telemetry = panel
        self._put("telemetry", panel)

    def _build_quantization(self) -> None:
        from studio.gui.quantization.panel import QuantizationPanel

        self._put("quantization", QuantizationPanel(self._model()))

    def _build_previews(self) -> None:
        from studio.gui.previews.panel import PreviewsPanel

        panel = PreviewsPanel(self._model())
        panel.saved.connect(self.saved)
        self._put("previews", panel)

    def _build_training(self) -> None:
        from studio.gui.training.panel import TrainingPanel

        panel = TrainingPanel(self._runs_dir)
        panel.failed.connect(self.failed)
        panel.saved.connect(self.saved)
        self._put("training", panel)

    def _build_phone(self) -> None:
        from studio.gui.phone.panel import PhonePanel

        panel = PhonePanel(self._model(), self._runs_dir)
        panel.failed.connect(self.failed)
        panel.told.connect(self.told)
        if self.telemetry is not None:
            panel.model.set_telemetry(self.telemetry.phone)
            self.telemetry.phone.frame_chosen.connect(panel.model.player.show_frame)
            self.telemetry.phone.frame_chosen.connect(lambda: self._docks.bring_up("phone"))
        self.phone = panel
        self._put("phone", panel)
        dock = self._docks["phone"]
        dock.visibilityChanged.connect(panel.set_looked_at)
        panel.set_looked_at(not dock.visibleRegion().isEmpty())
        panel.start()

    def _build_temporal(self) -> None:
        from studio.gui.temporal.panel import TemporalPanel

        panel = TemporalPanel(self._model(), self._settings)
        panel.failed.connect(self.failed)
        panel.saved.connect(self.saved)
        self.temporal = panel
        self._put("temporal", panel)
