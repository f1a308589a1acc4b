"""The temporal setting and what came of it. No widget is known here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from studio.errors import SpecError, StudioError
from studio.gui.playback.shown import ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.settings import Settings
from studio.gui.temporal.fields import fields, fields_by_name
from studio.gui.temporal.history import History, Numbers
from studio.gui.temporal.remembered import recall, remember
from studio.gui.temporal.spec_file import read_spec, write_spec
from studio.gui.temporal.undo import Setting, SettingChange
from studio.gui.temporal.words import CUSTOM, PRESET_TITLES, preset_of
from studio.playback.messages import FieldPicture, FieldView, FrameReady
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.temporal.toml import checked

APPLY_MILLIS = 150
"""After the last turn of a slider, until playback takes it over."""

STATISTICS_FRAMES = 150
"""Numbers are means over so many frames at most."""

_CUSTOM_BASE = "balanced"
_MOST_UNDO = 200


class TemporalViewModel(QObject):
    """Turns the setting, hands it to playback, and gathers what frames tell.

    Args:
        playback: whose masks are made so.
        settings: where the setting is remembered; None to remember nothing.
        parent: owner.
    """

    setting_changed = Signal(object)  # Setting; at once
    applied = Signal()  # playback has taken the setting over
    view_changed = Signal(str)
    compare_changed = Signal(bool)
    frames_arrived = Signal()
    field_arrived = Signal(object)  # FieldPicture
    cleared = Signal()
    failed = Signal(object)  # StudioError

    def __init__(
        self,
        playback: PlaybackModel,
        settings: Settings | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.playback = playback
        self._settings = settings
        self._setting = Setting("off", PRESETS["off"])
        self._base = _CUSTOM_BASE
        self._custom: TemporalSpec | None = None
        self._view: FieldView = "none"
        self._compare = False
        self._is_looked_at = True
        self._is_over = False
        self._applied = self._setting
        self.history = History()
        self.field: FieldPicture | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_MOST_UNDO)
        self._apply_soon = QTimer(self, singleShot=True, interval=APPLY_MILLIS)
        self._apply_soon.timeout.connect(self.apply)
        playback.frame_received.connect(self._on_frame)
        playback.frame_shown.connect(self._on_shown)
        for signal in (
            playback.video_opened,
            playback.video_closed,
            playback.model_opened,
            playback.model_closed,
        ):
            signal.connect(self.clear)
        if settings is not None:
            remembered = recall(settings)
            self._setting, self._custom = remembered.setting, remembered.custom
            if self._setting.name in PRESETS and self._setting.name != "off":
                self._base = self._setting.name
            self.apply()

    # -- the setting ---------------------------------------------------------------------------

    @property
    def setting(self) -> Setting:
        """The spec and its name, as they are shown; playback follows a little later."""
        return self._setting

    @property
    def spec(self) -> TemporalSpec:
        """How the redundancy between frames is used."""
        return self._setting.spec

    @property
    def base(self) -> str:
        """The preset that the spec began with, which a reset goes back to."""
        return self._base

    @property
    def view(self) -> FieldView:
        """What is shown beside."""
        return self._view

    @property
    def compare(self) -> bool:
        """Whether the network runs on every frame as well."""
        return self._compare

    def choose(self, name: str) -> None:
        """Choose a preset, or `custom`: the limits that were turned last."""
        if name == self._setting.name:
            return
        if name == CUSTOM:
            chosen = self._custom
            if chosen is None:
                chosen = PRESETS[self._base] if self.spec.mode == "off" else self.spec
            setting = Setting(CUSTOM, chosen)
        else:
            setting = Setting(name, PRESETS[name])
        self._change(setting, f"choose {PRESET_TITLES.get(name, name)}")

    def turn(self, name: str, value: Any) -> None:
        """Change one parameter; what contradicts it gives way."""
        if getattr(self.spec, name) == value:
            return
        try:
            turned = checked(_consistent(replace(self.spec, **{name: value}), name))
        except SpecError as error:
            self.failed.emit(error)
            self.setting_changed.emit(self._setting)  # what shows it goes back
            return
        field = fields_by_name()[name]
        position = fields().index(field)
        self._change(Setting(preset_of(turned), turned), f"turn {field.label.lower()}", position)

    def reset(self) -> None:
        """Go back to the preset that the spec began with."""
        self._change(Setting(self._base, PRESETS[self._base]), "reset")

    def load(self, path: Path) -> None:
        """Take the spec of a TOML file."""
        try:
            spec = read_spec(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._change(Setting(preset_of(spec), spec), f"load {path.name}")

    def save(self, path: Path) -> bool:
        """Write the spec as a TOML file; returns whether that went well."""
        try:
            write_spec(path, self.spec)
        except StudioError as error:
            self.failed.emit(error)
            return False
        return True

    def set_view(self, view: FieldView) -> None:
        """Show another picture beside."""
        if view != self._view:
            self._view = view
            self.field = None
            self.view_changed.emit(view)
            self.apply()

    def set_compare(self, on: bool) -> None:
        """Run the network on every frame as well, or stop it."""
        if on != self._compare:
            self._compare = on
            self.compare_changed.emit(on)
            self.apply()

    def set_follows_frames(self, on: bool) -> None:
        """Whether the network's input has the shape of the frames; the model is opened anew."""
        options = replace(self.playback.options, input_fit="frame" if on else "model")
        if options != self.playback.options:
            self.playback.set_options(options)

    def set_looked_at(self, on: bool) -> None:
        """Whether the panel is on screen: views and comparison cost nothing behind a tab."""
        if on != self._is_looked_at:
            self._is_looked_at = on
            self.apply()

    def shutdown(self) -> None:
        """Remember what was turned last, and ask playback for nothing any more."""
        self._apply_soon.stop()
        self._remember()
        self._is_over = True

    def apply(self) -> None:
        """Hand the setting to playback now."""
        self._apply_soon.stop()
        if self._is_over:  # playback would start its process again
            return
        spec = self.spec
        if spec != self._applied.spec:
            self.history.begin_setting()
            self.field = None
        self._remember()
        if self._is_looked_at:
            self.playback.set_temporal(spec, self._view, self._compare)
        else:
            self.playback.set_temporal(spec)
        self.applied.emit()

    # -- what came of it -----------------------------------------------------------------------

    def numbers(self) -> Numbers:
        """Means over the last frames of the setting."""
        return self.history.numbers(STATISTICS_FRAMES)

    def clear(self, *_args: object) -> None:
        """Forget the frames."""
        self.history.clear()
        self.field = None
        self.cleared.emit()

    def _remember(self) -> None:
        if self._setting != self._applied:
            self._applied = self._setting
            if self._settings is not None:
                remember(self._settings, self._setting, self._custom)

    def _change(self, after: Setting, words: str, merge_id: int = -1) -> None:
        if after != self._setting:
            change = SettingChange(self._setting, after, words, merge_id, self._take)
            self.undo_stack.push(change)

    def _take(self, setting: Setting) -> None:
        self._setting = setting
        if setting.name == CUSTOM:
            self._custom = setting.spec
        elif setting.name != "off":
            self._base = setting.name
        self.setting_changed.emit(setting)
        self._apply_soon.start()

    def _on_frame(self, frame: FrameReady) -> None:
        before = len(self.history)
        self.history.add(frame, self._applied.spec)
        if len(self.history) != before or before:
            self.frames_arrived.emit()

    def _on_shown(self, shown: ShownFrame) -> None:
        if shown.field is not None and shown.field.view == self._view:
            self.field = shown.field
            self.field_arrived.emit(shown.field)


def _consistent(spec: TemporalSpec, turned: str) -> TemporalSpec:
    """The longest gap is no shorter than the shortest: the one that was turned stands."""
    if spec.longest_gap >= spec.shortest_gap:
        return spec
    if turned == "shortest_gap":
        return replace(spec, longest_gap=spec.shortest_gap)
    return replace(spec, shortest_gap=spec.longest_gap)
