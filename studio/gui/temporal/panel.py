"""The temporal panel: settings, numbers, chart and view of what lies between key frames."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.gui.playback.input_words import FRAME_INPUT_WORDS
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.settings import Settings
from studio.gui.temporal.chart import TemporalChart
from studio.gui.temporal.commands import Commands
from studio.gui.temporal.exact_chip import ExactChip
from studio.gui.temporal.field_view import FieldPane
from studio.gui.temporal.number_tiles import NumberTiles
from studio.gui.temporal.preset_bar import PresetBar
from studio.gui.temporal.scroll import ColumnScroll
from studio.gui.temporal.settings_form import SettingsForm
from studio.gui.temporal.stage_bar import StageBar
from studio.gui.temporal.undo import Setting
from studio.gui.temporal.view_model import TemporalViewModel
from studio.gui.theme import theme_changed
from studio.gui.training.flow_layout import FlowLayout
from studio.gui.widgets.empty_state import EmptyState
from studio.inference.model import SessionOptions
from studio.playback.messages import FieldPicture

_WIDE_PIXELS = 990
_FORM_PIXELS = 312
_TILES_PIXELS = 240
_VIEW_PIXELS = 204
_CHART_PIXELS = 220
_PICTURE_PIXELS = 180
_DRAW_MILLIS = 100

_COMPARE_TIP = (
    "<p>Runs the network on every frame as well, by itself, and compares: measured speed-up, "
    "agreement, flicker. It costs the time that skipping saves: playing may stutter while it is "
    "on. The milliseconds shown leave it out.</p>"
)

_INPUT_TIP = f"<p>Checked, {FRAME_INPUT_WORDS}</p>"


class TemporalPanel(QWidget):
    """Puts the parts together; beside each other in a wide dock, below each other in a narrow one.

    Args:
        playback: whose masks are made so.
        settings: where the setting is remembered; None to remember nothing.
        parent: owner.
    """

    failed = Signal(object)  # StudioError
    saved = Signal(str)  # path of a file that was written

    def __init__(
        self,
        playback: PlaybackModel,
        settings: Settings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("temporal")
        self._playback = playback
        self.model = TemporalViewModel(playback, settings, self)
        self.model.set_looked_at(False)
        self.presets = PresetBar()
        self.compare = QCheckBox("Compare with the network")
        self.compare.setToolTip(_COMPARE_TIP)
        self.follows_frames = QCheckBox("Frame-shaped input")
        self.follows_frames.setToolTip(_INPUT_TIP)
        self.exact = ExactChip()
        self.cost = QLabel("costs speed")
        self.cost.setProperty("role", "warn")
        self.cost.setToolTip(_COMPARE_TIP)
        self.commands = Commands(self.model, self)
        self.form = SettingsForm()
        self.tiles = NumberTiles()
        self.stages = StageBar()
        self.chart = TemporalChart(self.model.history)
        self.view = FieldPane()
        self._is_wide: bool | None = None
        self._assemble()
        self._draw_soon = QTimer(self, singleShot=True, interval=_DRAW_MILLIS)
        self._draw_soon.timeout.connect(self.draw)
        self._connect()
        self._show_setting(self.model.setting)
        self._show_options(playback.options)
        self._show_state()
        self.setMinimumSize(280, 150)

    # -- assembly ------------------------------------------------------------------------------

    def _assemble(self) -> None:
        head = QWidget()
        flow = FlowLayout(head, spacing=8)
        flow.addWidget(self.presets)
        flow.addWidget(self.commands.buttons)
        flow.addWidget(self.follows_frames)
        flow.addWidget(self.compare)
        flow.addWidget(self.cost)
        flow.addWidget(self.exact)
        self._form_scroll = ColumnScroll(self.form)
        self._charts = QWidget()
        column = QVBoxLayout(self._charts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.stages)
        column.addWidget(self.chart, 1)
        self.results = QWidget()
        self._result_row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.results)
        self._result_row.setContentsMargins(0, 0, 0, 0)
        self._result_row.setSpacing(10)
        self._result_row.addWidget(self.tiles)
        self._result_row.addWidget(self._charts, 1)
        self._result_row.addWidget(self.view)
        self.no_video = EmptyState(
            "video",
            "No video",
            "Open a video and a model: while it plays, this shows on which frames the network "
            "runs, what that saves, and what it does to the masks. The limits beside can be turned "
            "before.",
        )
        self.no_model = EmptyState(
            "model",
            "No model",
            "Open a model (Ctrl+M) whose masks are to be carried from frame to frame. One that "
            "gives labels without scores will do as well.",
        )
        self._body = QWidget()
        self._body_row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._body)
        self._body_row.setContentsMargins(0, 0, 0, 0)
        self._body_row.setSpacing(10)
        self._body_row.addWidget(self._form_scroll)
        for page in self._pages():  # one of them is shown
            self._body_row.addWidget(page, 1)
        self._rest = QWidget()  # takes the room below everything in a narrow and tall dock
        self._rest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._body_row.addWidget(self._rest)
        self.whole = ColumnScroll(self._body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 8, 6)
        outer.setSpacing(6)
        outer.addWidget(head)
        outer.addWidget(self.whole, 1)
        self._lay_out(is_wide=True)

    def _pages(self) -> tuple[QWidget, ...]:
        return self.results, self.no_video, self.no_model

    def _connect(self) -> None:
        model, playback = self.model, self._playback
        self.presets.chosen.connect(model.choose)
        self.form.turned.connect(model.turn)
        self.compare.toggled.connect(model.set_compare)
        self.follows_frames.toggled.connect(model.set_follows_frames)
        playback.options_changed.connect(self._show_options)
        self.view.view_chosen.connect(model.set_view)
        self.chart.chosen.connect(playback.seek)
        self.commands.saved.connect(self.saved)
        model.failed.connect(self.failed)
        model.setting_changed.connect(self._show_setting)
        model.view_changed.connect(lambda _view: self.view.show_view(model.view))
        model.compare_changed.connect(self.compare.setChecked)
        model.compare_changed.connect(self._show_off)
        model.frames_arrived.connect(self._on_frames)
        model.field_arrived.connect(self._on_field)
        playback.frame_shown.connect(self._show_exactness)
        model.cleared.connect(self._show_state)
        model.applied.connect(self._show_state)
        theme_changed.connect(self._on_theme)

    # -- showing -------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw numbers and chart anew, now."""
        numbers = self.model.numbers()
        self.tiles.show_numbers(numbers, is_off=self.model.setting.spec.mode == "off")
        self.stages.show_millis(numbers.stage_millis)
        self.chart.draw()

    def _show_setting(self, setting: Setting) -> None:
        self.presets.show_name(setting.name)
        self.form.show_setting(setting)
        self._show_off()

    def _show_off(self, _changed: object = None) -> None:
        is_off = self.model.spec.mode == "off"
        self.view.show_off(is_off)
        self.compare.setEnabled(not is_off)
        self.cost.setVisible(not is_off and self.model.compare)
        self.chart.show_empty_words(
            "Play the video: each frame's milliseconds come here."
            if not is_off
            else "Off: the network runs on every frame. Choose a preset and play."
        )

    def _show_state(self) -> None:
        """What there is to show for this video and model."""
        playback = self._playback
        page: QWidget = self.results
        if playback.video is None:
            page = self.no_video
        elif playback.model is None:
            page = self.no_model
        for each in self._pages():
            each.setVisible(each is page)
        info = playback.model
        self.form.show_labels_only(info is not None and info.output_kind == "labels")
        if self.model.field is None:
            self.view.show_view(self.model.view)
        self._show_exactness()
        self.draw()

    def _show_options(self, options: SessionOptions) -> None:
        self.follows_frames.setChecked(options.input_fit == "frame")

    def _show_exactness(self, _shown: object = None) -> None:
        playback = self._playback
        is_live = playback.video is not None and playback.video.kind == "camera"
        self.exact.show_frame(playback.shown, playback.temporal_spec, is_live=is_live)

    def _on_frames(self) -> None:
        if self.isVisible() and not self._draw_soon.isActive():
            self._draw_soon.start()

    def _on_field(self, field: FieldPicture) -> None:
        if self.isVisible():
            self.view.show_field(field)

    def _on_theme(self, _theme: object) -> None:
        for part in (*self.tiles.tiles.values(), self.stages, self.chart, self.view.picture):
            part.update()

    # -- coming and going ----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.model.set_looked_at(True)
        self.draw()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for no views and no comparison while nobody looks."""
        self._draw_soon.stop()
        self.model.set_looked_at(False)
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside each other or below each other."""
        super().resizeEvent(event)
        self._lay_out(is_wide=self.width() >= _WIDE_PIXELS)

    def _lay_out(self, *, is_wide: bool) -> None:
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._body_row.setDirection(across if is_wide else down)
        self._result_row.setDirection(across if is_wide else down)
        unbound = 16_777_215  # Qt's QWIDGETSIZE_MAX
        for part, width in (
            (self._form_scroll, _FORM_PIXELS),
            (self.tiles, _TILES_PIXELS),
            (self.view, _VIEW_PIXELS),
        ):
            part.setMinimumWidth(width if is_wide else 0)
            part.setMaximumWidth(width if is_wide else unbound)
        # Below each other the panel itself scrolls, and nothing within it.
        self.chart.setMinimumHeight(0 if is_wide else _CHART_PIXELS)
        self.view.picture.setMinimumHeight(0 if is_wide else _PICTURE_PIXELS)
        self._rest.setVisible(not is_wide)
        self._form_scroll.set_whole(not is_wide)
        self.whole.hold_in(is_wide)
        upright = QSizePolicy.Policy.Preferred if is_wide else QSizePolicy.Policy.Maximum
        uprights: tuple[QWidget, ...] = (self.tiles, self._charts, self.view, self._form_scroll)
        for each in (*uprights, self.results):
            each.setSizePolicy(each.sizePolicy().horizontalPolicy(), upright)
