"""The last word on each frame of the video: did the network run on it, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio.gui.playback.view_model import PlaybackModel
from studio.gui.theme import Theme
from studio.playback.messages import FrameReady
from studio.temporal.report import TemporalReport
from studio.temporal.spec import TemporalSpec
from studio.temporal.step import Trigger

_WRITTEN = (
    "disagreement",
    "interval",
    "difference",
    "residual",
    "flow",
    "area",
    "forward_backward",
    "anchor",
    "first",
    "size",
    "cut",
)

TRIGGERS: tuple[str, ...] = (
    "none",
    "every",
    *(each.value for each in Trigger if each.value not in {"none", "every", *_WRITTEN}),
    *_WRITTEN,
)
"""Those that matter more come later: where frames share a pixel, the last of these is drawn."""

_CODES = {trigger: code for code, trigger in enumerate(TRIGGERS)}

_REASONS = {
    "every": "the network runs on every frame",
    "interval": "the longest gap was reached",
    "anchor": "an anchor: the past is forgotten",
    "first": "nothing to carry along yet",
    "size": "the frame's size changed",
    "cut": "a cut: the scene changed at once",
}

_MEASURED = {
    "difference": "difference",
    "residual": "residual",
    "flow": "motion",
    "area": "area",
    "forward_backward": "disagreeing flow",
    "disagreement": "contradiction",
}

_SHARES = frozenset(("area", "forward_backward", "disagreement"))
"""Measured as parts of one, told in per cent."""

_TITLES = {
    "every": "Every frame",
    "interval": "Longest gap",
    "flow": "Motion",
    "forward_backward": "Disagreeing flow",
    "disagreement": "Contradiction",
    "anchor": "Anchor",
    "first": "Nothing to carry along",
    "size": "Another frame size",
}

_SERIES = {
    "interval": 5,
    "difference": 1,
    "residual": 3,
    "flow": 4,
    "area": 6,
    "forward_backward": 0,
    "disagreement": 2,
    "cut": 7,
}


def code_of(trigger: str) -> int:
    """Position in `TRIGGERS`; that of `every` for one that is not known."""
    return _CODES.get(trigger, _CODES["every"])


def trigger_colour(trigger: str, theme: Theme) -> str:
    """What key frames of a trigger are drawn in, as `#rrggbb`."""
    number = _SERIES.get(trigger)
    return theme.muted if number is None else theme.series[number]


def trigger_title(trigger: str) -> str:
    """A trigger in a list, such as `Longest gap`."""
    return _TITLES.get(trigger, trigger.replace("_", " ").capitalize())


def reason_words(trigger: str, measured: float, limit: float) -> str:
    """Why the network ran, such as `difference 45 > 43.7`.

    Args:
        trigger: of the key frame.
        measured: what was compared with the limit; NaN where nothing was.
        limit: that it was compared with.
    """
    name = _MEASURED.get(trigger)
    if name is None:
        return _REASONS.get(trigger, trigger.replace("_", " "))
    if not np.isfinite([measured, limit]).all():
        return f"{name} above its limit"
    if trigger in _SHARES:
        return f"{name} {100 * measured:.3g} % > {100 * limit:.3g} %"
    return f"{name} {measured:.3g} > {limit:.3g}"


def measured_and_limit(report: TemporalReport, spec: TemporalSpec) -> tuple[float, float]:
    """What a key frame's trigger compared with what; NaN both where it compares nothing."""
    if report.trigger not in _MEASURED:
        return float("nan"), float("nan")
    return getattr(report, report.trigger), getattr(spec, f"{report.trigger}_limit")


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """The network's word on a frame has come.

    Attributes:
        code: of what asked for it, position in `TRIGGERS`.
        measured: what was compared with a limit; NaN where nothing was.
        limit: that it was compared with.
        late_frames: how many frames ago the network was asked; 0 where the mask waited for it.
    """

    code: int
    measured: float
    limit: float
    late_frames: int


class KeyFrames:
    """Finds key frames in reports that come one after the other.

    An asynchronous network is asked with one frame, which has the trigger, and its word comes in
    with a later one, which has not.
    """

    def __init__(self) -> None:
        self._asked = KeyFrame(code_of("every"), float("nan"), float("nan"), 0)

    def key_of(self, report: TemporalReport, spec: TemporalSpec) -> KeyFrame | None:
        """What came with a frame; None where its mask was carried along."""
        asked = self._asked
        if report.trigger != "none":
            self._asked = KeyFrame(code_of(report.trigger), *measured_and_limit(report, spec), 0)
        if report.is_key:
            return self._asked
        if report.network_millis > 0:
            return replace(asked, late_frames=report.late_frames)
        return None


class KeyMarks(QObject):
    """Follows playback; as much memory as the video has frames, however long it plays.

    Args:
        model: the playback.
        parent: owner.
    """

    changed = Signal()

    def __init__(self, model: PlaybackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._keys = KeyFrames()
        self._codes: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._measured: NDArray[np.float32] = np.zeros(0, np.float32)
        for signal in (
            model.video_opened,
            model.video_closed,
            model.model_opened,
            model.model_closed,
            model.temporal_changed,
        ):
            signal.connect(self.clear)
        model.frame_received.connect(self._on_frame)
        self.clear()

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Position in `TRIGGERS` of each frame's trigger, uint8 [frames]; 0 for no key frame.

        Frames on which the network runs anyway are none: to mark them all would say nothing.
        """
        return self._codes

    def clear(self, *_args: object) -> None:
        """Forget all of it."""
        self._keys = KeyFrames()
        frames = len(self._model.times_seconds)
        self._codes = np.zeros(frames, np.uint8)
        self._measured = np.full(frames, np.nan, np.float32)
        self.changed.emit()

    def words(self, index: int) -> str:
        """Such as `Key frame 128: difference 45 > 43.7`; empty where the network did not run."""
        code = int(self._codes[index]) if 0 <= index < len(self._codes) else 0
        if not code:
            return ""
        trigger = TRIGGERS[code]
        limit = getattr(self._model.temporal_spec, f"{trigger}_limit", float("nan"))
        return f"Key frame {index}: {reason_words(trigger, float(self._measured[index]), limit)}"

    def _on_frame(self, frame: FrameReady) -> None:
        report = frame.temporal
        if report is None or not 0 <= frame.index < len(self._codes):
            return
        self._codes[frame.index] = 0
        key = self._keys.key_of(report, self._model.temporal_spec)
        if key is not None and TRIGGERS[key.code] != "every":
            index = max(0, frame.index - key.late_frames)
            self._codes[index] = key.code
            self._measured[index] = key.measured
