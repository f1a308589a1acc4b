"""What will be put on the phone, and how: model, video, and the few choices there are."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.gui.locations import Opening
from studio.gui.playback.state import PlaybackState
from studio.gui.widgets.elided_label import ElidedLabel
from studio.gui.widgets.icon_label import IconLabel
from studio.targets.phone.spec import DeploySpec, Pace, PhoneOptions
from studio.temporal.spec import PRESETS, TemporalSpec

_THREADS = (1, 2, 4, 8)
_DEFAULT_THREADS = 4
_CPUS: tuple[tuple[str, int | None], ...] = (("Fast cores", None), ("Any core", 0))
_PACES: tuple[tuple[str, Pace], ...] = (
    ("The video's own", "video"),
    ("As fast as it can", "fastest"),
)
_FRAMES: tuple[tuple[str, bool], ...] = (("Over the cable", False), ("Copied ahead", True))

_AS_HERE = "here"
"""Not a preset: the setting of the window."""


class SetupBox(QWidget):
    """The choices and the button.

    Args:
        playback: its model and video are what is deployed.
    """

    deploy_requested = Signal()

    def __init__(self, playback: PlaybackState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self.button = QPushButton(icons.icon("phone", "on_accent"), "Deploy and run")
        self.button.setProperty("primary", True)
        self.button.setProperty("large", True)
        self.button.clicked.connect(self.deploy_requested)
        self.why_not = QLabel()
        self.why_not.setProperty("role", "muted")
        self.why_not.setWordWrap(True)
        self._model, self._video = ElidedLabel(), ElidedLabel()
        self._build_choices()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        names = QGridLayout()
        names.setHorizontalSpacing(8)
        names.setVerticalSpacing(4)
        for line, (icon, label) in enumerate((("model", self._model), ("video", self._video))):
            names.addWidget(IconLabel(icons.icon(icon, "muted"), 16), line, 0)
            names.addWidget(label, line, 1)
        column.addLayout(names)
        column.addWidget(self.button)
        column.addWidget(self.why_not)
        column.addWidget(self.options)
        column.addWidget(self._choices)
        for signal in (playback.model_opened, playback.model_closed):
            signal.connect(self.show_sources)
        for signal in (playback.video_opened, playback.video_closed):
            signal.connect(self.show_sources)
        self.show_sources()

    def _build_choices(self) -> None:
        self._threads = _combo(
            "Threads",
            "How many threads of the phone run the network. More than its fast cores rarely help.",
        )
        for count in _THREADS:
            self._threads.addItem(str(count), count)
        self._threads.setCurrentIndex(_THREADS.index(_DEFAULT_THREADS))
        self._cpus = _combo(
            "Cores",
            "Fast cores: the runner is bound to the cores with the highest clocks, one for each "
            "thread where there are so many. Any core: the phone decides, and may choose slow "
            "ones.",
        )
        for text, mask in _CPUS:
            self._cpus.addItem(text, mask)
        self._pace = _combo(
            "Pace",
            "The video's own: frames that come too late are skipped, as in an app. As fast as it "
            "can: every frame, without a pause; warms the phone up.",
        )
        for text, pace in _PACES:
            self._pace.addItem(text, pace)
        self._frames = _combo(
            "Frames",
            "Over the cable: as pixels or JPEG, whichever this cable carries faster. Copied "
            "ahead: they lie on the phone before the first is worked on, so that the cable plays "
            "no part; takes a while for a long video.",
        )
        for text, is_ahead in _FRAMES:
            self._frames.addItem(text, is_ahead)
        self._temporal = _combo(
            "Between frames",
            "How the redundancy between frames is used on the phone. Off: the network runs on "
            "every frame. Quality: on every frame too, steadied by the past. Balanced and Fast: "
            "on key frames only; in between the mask is carried along the motion. As here: what "
            "the Temporal panel is set to, but the phone always waits for its network.",
        )
        for name in PRESETS:
            self._temporal.addItem(name.capitalize(), name)
        self._temporal.addItem("As here", _AS_HERE)
        self._compares = QCheckBox("Compare with this computer")
        self._compares.setToolTip(
            "Segment each frame here as well, by the same model, and show where the masks differ."
        )
        self._compares.setChecked(True)
        self._choices = QWidget()
        form = QFormLayout(self._choices)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for combo in self.choices:
            form.addRow(combo.accessibleName(), combo)
            combo.currentIndexChanged.connect(self._show_summary)
        form.addRow(self._compares)
        self._compares.toggled.connect(self._show_summary)
        self.options = QToolButton()
        self.options.setCheckable(True)
        self.options.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.options.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.options.setToolTip(
            "How it runs: threads, cores, pace, frames, what is done between frames, comparison"
        )
        self.options.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.options.toggled.connect(self._show_summary)
        self._show_summary()

    def _show_summary(self, _changed: object = None) -> None:
        """The choices in a line while they are folded away."""
        is_open = self.options.isChecked()
        self._choices.setVisible(is_open)
        self.options.setIcon(icons.icon("chevron-down" if is_open else "chevron-right", "muted"))
        count = self._threads.currentData()
        parts = [f"{count} thread{'s' if count > 1 else ''}", self._cpus.currentText().lower()]
        if self._pace.currentData() == "fastest":
            parts.append("full speed")
        if self._frames.currentData():
            parts.append("frames copied ahead")
        if self._temporal.currentData() != "off":
            parts.append(f"temporal: {self._temporal.currentText().lower()}")
        if not self._compares.isChecked():
            parts.append("not compared")
        summary = " · ".join(parts)
        self.options.setText("Options" if is_open else summary)
        self.options.setAccessibleName(f"Options: {summary}")

    @property
    def choices(self) -> tuple[QComboBox, QComboBox, QComboBox, QComboBox, QComboBox]:
        """Threads, cores, pace, frames, and what is done between frames."""
        return self._threads, self._cpus, self._pace, self._frames, self._temporal

    @property
    def compares(self) -> QCheckBox:
        """Whether this computer segments as well."""
        return self._compares

    @property
    def has_model(self) -> bool:
        """Whether there is something to deploy."""
        return self._playback.model is not None

    @property
    def model_name(self) -> str:
        """Of the model that would be deployed; empty without one."""
        return "" if self._playback.model is None else self._playback.model.name

    def show_sources(self, _opened: object = None) -> None:
        """Say which model and which video are meant."""
        model, video = self._playback.model, self._playback.video
        self._model.setText("No model is open" if model is None else model.name)
        self._model.setToolTip("" if model is None else model.path)
        self._video.setText(
            "The sample clip" if video is None else Opening("video", video.location).name
        )
        self._video.setToolTip("" if video is None else video.location)
        is_camera = video is not None and video.kind == "camera"
        self._frames.setEnabled(not is_camera)
        if is_camera:
            self._frames.setCurrentIndex(0)

    def spec(self, serial: str | None) -> DeploySpec | None:
        """What the choices ask for; None without a model.

        Args:
            serial: of the phone; None for the only one.
        """
        model, video = self._playback.model, self._playback.video
        if model is None:
            return None
        return DeploySpec(
            model=model.path,
            serial=serial,
            video=None if video is None else video.location,
            options=replace(self._playback.options, threads=self._threads.currentData()),
            phone=PhoneOptions(
                cpu_mask=self._cpus.currentData(),
                is_pushed_ahead=self._frames.currentData(),
                temporal=self._temporal_spec(),
            ),
            pace=self._pace.currentData(),
            compares=self._compares.isChecked(),
        )

    def _temporal_spec(self) -> TemporalSpec:
        chosen = self._temporal.currentData()
        if chosen == _AS_HERE:
            return replace(self._playback.temporal_spec, asynchronous=False)
        return PRESETS[chosen]

    def show_button(self, words: str, why_not: str = "") -> None:
        """Say what the button does, or why it cannot.

        Args:
            words: on it.
            why_not: disables it unless empty.
        """
        self.button.setText(words)
        self.button.setEnabled(not why_not)
        self.why_not.setText(why_not)
        self.why_not.setVisible(bool(why_not))


def _combo(name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tip)
    combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return combo
