"""The commands of playback, once each: menus, buttons, keys and the command palette share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from studio.gui.icons import icon
from studio.gui.playback.shown import Loop
from studio.gui.playback.view_model import PlaybackModel

SPEED_STEP = 1.1
SPEEDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    text: str
    keys: tuple[str, ...]
    icon: str
    tip: str
    run: Callable[[], None]
    checkable: bool = False


class PlaybackActions(QObject):
    """One QAction for each command. Keys are those that users of mpv know.

    Args:
        model: what they act on.
        parent: owner.
    """

    def __init__(self, model: PlaybackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.by_name: dict[str, QAction] = {}
        for entry in self._entries():
            action = QAction(icon(entry.icon), entry.text, self)
            action.setShortcuts([QKeySequence(key) for key in entry.keys])
            keys = " or ".join(
                k.toString(QKeySequence.SequenceFormat.NativeText) for k in action.shortcuts()
            )
            action.setToolTip(f"{entry.tip} ({keys})" if keys else entry.tip)
            action.setStatusTip(entry.tip)
            action.setCheckable(entry.checkable)
            run = entry.run
            action.triggered.connect(lambda _checked=False, run=run: run())
            self.by_name[entry.name] = action
        model.playing_changed.connect(self._follow)
        model.overlay_changed.connect(self._follow)
        model.loop_changed.connect(self._follow)
        model.video_opened.connect(self._follow)
        model.video_closed.connect(self._follow)
        self._follow()

    def __getitem__(self, name: str) -> QAction:
        """The action of that name."""
        return self.by_name[name]

    def _entries(self) -> list[_Entry]:
        m = self._model
        return [
            _Entry("toggle", "Play", ("Space",), "play", "Play or pause", m.toggle),
            _Entry(
                "step_back",
                "Previous frame",
                (",",),
                "step-back",
                "Pause and go to the previous frame",
                lambda: m.step(-1),
            ),
            _Entry(
                "step_forward",
                "Next frame",
                (".",),
                "step-forward",
                "Pause and go to the next frame",
                lambda: m.step(1),
            ),
            _Entry(
                "back_5",
                "Back 5 seconds",
                ("Left",),
                "chevron-left",
                "Jump 5 seconds back",
                lambda: m.seek_seconds(-5),
            ),
            _Entry(
                "forward_5",
                "Forward 5 seconds",
                ("Right",),
                "chevron-right",
                "Jump 5 seconds ahead",
                lambda: m.seek_seconds(5),
            ),
            _Entry(
                "back_1",
                "Back 1 second",
                ("Shift+Left",),
                "chevron-left",
                "Jump 1 second back",
                lambda: m.seek_seconds(-1),
            ),
            _Entry(
                "forward_1",
                "Forward 1 second",
                ("Shift+Right",),
                "chevron-right",
                "Jump 1 second ahead",
                lambda: m.seek_seconds(1),
            ),
            _Entry(
                "start",
                "Go to the start",
                ("Home",),
                "skip-start",
                "Go to the first frame",
                lambda: m.seek(0),
            ),
            _Entry(
                "end",
                "Go to the end",
                ("End",),
                "skip-end",
                "Go to the last frame",
                lambda: m.seek(2**31),
            ),
            _Entry(
                "slower",
                "Slower",
                ("[",),
                "minus",
                "Play 10 % slower",
                lambda: m.set_speed(m.speed / SPEED_STEP),
            ),
            _Entry(
                "faster",
                "Faster",
                ("]",),
                "plus",
                "Play 10 % faster",
                lambda: m.set_speed(m.speed * SPEED_STEP),
            ),
            _Entry(
                "normal_speed",
                "Normal speed",
                ("Backspace",),
                "speed",
                "Play at the video's own pace",
                lambda: m.set_speed(1.0),
            ),
            _Entry(
                "loop_ab",
                "A-B loop",
                ("L",),
                "loop-a",
                "Set the loop's start, then its end, then clear it",
                self._loop_ab,
            ),
            _Entry(
                "loop_all",
                "Loop the whole video",
                ("Shift+L",),
                "loop",
                "Start again at the end",
                self._loop_all,
                checkable=True,
            ),
            _Entry(
                "mark",
                "Mark this frame",
                ("M",),
                "bookmark",
                "Mark the frame on the timeline, or take its mark away",
                m.toggle_mark,
            ),
            _Entry(
                "next_mark",
                "Next mark",
                ("Ctrl+Right",),
                "chevron-right",
                "Go to the next marked frame",
                lambda: self._to_mark(1),
            ),
            _Entry(
                "previous_mark",
                "Previous mark",
                ("Ctrl+Left",),
                "chevron-left",
                "Go to the previous marked frame",
                lambda: self._to_mark(-1),
            ),
            _Entry(
                "masks",
                "Show masks",
                ("V",),
                "layers",
                "Draw the masks over the video",
                lambda: m.set_overlay(replace(m.overlay, visible=not m.overlay.visible)),
                checkable=True,
            ),
            _Entry(
                "outline",
                "Outlines only",
                ("O",),
                "outline",
                "Draw the borders of the classes instead of filling them",
                lambda: m.set_overlay(replace(m.overlay, outline=not m.overlay.outline)),
                checkable=True,
            ),
        ]

    def _loop_ab(self) -> None:
        model = self._model
        loop, here = model.loop, model.position
        if loop is None or loop == self._whole:
            model.set_loop(Loop(here))
        elif loop.end is None and here > loop.start:
            model.set_loop(Loop(loop.start, here))
        elif loop.end is None:
            model.set_loop(Loop(here, loop.start) if here < loop.start else None)
        else:
            model.set_loop(None)

    def _loop_all(self) -> None:
        is_whole = self._model.loop == self._whole
        self._model.set_loop(None if is_whole else self._whole)

    @property
    def _whole(self) -> Loop:
        return Loop(0, max(len(self._model.times_seconds) - 1, 0))

    def _to_mark(self, direction: int) -> None:
        here = self._model.position
        marks = [m for m in sorted(self._model.marks) if (m - here) * direction > 0]
        if marks:
            self._model.seek(marks[0] if direction > 0 else marks[-1])

    def _follow(self, *_args: object) -> None:
        """Make texts, icons and ticks say what is so."""
        model = self._model
        has_video = model.video is not None
        is_live = has_video and model.video is not None and model.video.kind == "camera"
        toggle = self["toggle"]
        toggle.setText("Pause" if model.is_playing else "Play")
        toggle.setIcon(icon("pause" if model.is_playing else "play"))
        self["masks"].setChecked(model.overlay.visible)
        self["outline"].setChecked(model.overlay.outline)
        self["loop_all"].setChecked(has_video and model.loop == self._whole)
        loop = model.loop
        waits_for_b = loop is not None and loop.end is None
        self["loop_ab"].setIcon(icon("loop-b" if waits_for_b else "loop-a"))
        self["loop_ab"].setText("Set the loop's end" if waits_for_b else "A-B loop")
        always = {"masks", "outline", "slower", "faster", "normal_speed"}
        for name, action in self.by_name.items():
            action.setEnabled(name in always or (has_video and (name == "toggle" or not is_live)))
