"""Rolling figures of playing: frames a second, milliseconds by stage, dropped frames."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from studio.gui.playback.shown import FrameRecord

_WINDOW_SECONDS = 2.0
_WINDOW_FRAMES = 60


@dataclass(frozen=True, slots=True)
class PlaybackFigures:
    """What the statistics overlay and the status bar show.

    Attributes:
        shown_per_second: frames on screen a second, over the last two; 0 while it stands.
        possible_per_second: what one core could do with all stages in a row; 0 if unknown.
        stage_millis: mean of each stage over the last 60 frames, in order.
        dropped: frames left out since the video or the model was opened.
        shown: frames shown since then.
    """

    shown_per_second: float
    possible_per_second: float
    stage_millis: dict[str, float]
    dropped: int
    shown: int


class RollingStatistics:
    """Collects frame records; feed it every one."""

    def __init__(self) -> None:
        self._records: deque[FrameRecord] = deque(maxlen=_WINDOW_FRAMES)
        self._shown_at: deque[float] = deque()
        self._dropped = 0
        self._shown = 0

    def reset(self) -> None:
        """Forget everything: another video or model."""
        self._records.clear()
        self._shown_at.clear()
        self._dropped = 0
        self._shown = 0

    def add(self, record: FrameRecord) -> None:
        """Count a shown frame."""
        self._records.append(record)
        self._shown += 1
        if not record.is_playing:
            self._shown_at.clear()
            return
        self._dropped += record.dropped_before
        self._shown_at.append(record.shown_at_seconds)
        while self._shown_at[0] < record.shown_at_seconds - _WINDOW_SECONDS:
            self._shown_at.popleft()

    def figures(self, is_playing: bool) -> PlaybackFigures:
        """The figures now."""
        count = max(len(self._records), 1)
        stages = {
            "decode": sum(r.decode_millis for r in self._records) / count,
            "preprocess": sum(r.preprocess_millis for r in self._records) / count,
            "invoke": sum(r.invoke_millis for r in self._records) / count,
            "postprocess": sum(r.postprocess_millis for r in self._records) / count,
            "draw": sum(r.draw_millis for r in self._records) / count,
        }
        total = sum(stages.values())
        span = self._shown_at[-1] - self._shown_at[0] if len(self._shown_at) > 1 else 0.0
        return PlaybackFigures(
            shown_per_second=(len(self._shown_at) - 1) / span if is_playing and span > 0 else 0.0,
            possible_per_second=1000.0 / total if total > 0 else 0.0,
            stage_millis=stages,
            dropped=self._dropped,
            shown=self._shown,
        )
