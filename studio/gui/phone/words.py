"""Names of steps and states, and numbers, as the user reads them."""

from __future__ import annotations

import math
import time

STEP_WORDS: dict[str, str] = {
    "bundle": "Make the runner ready",
    "phone": "Ask the phone what it is",
    "space": "Look for room on it",
    "push-runner": "Copy the runner",
    "push-model": "Copy the model",
    "start": "Start the runner",
    "self-test": "Compare with a stored result",
    "link": "Measure the cable",
    "clip": "Copy the frames",
    "stream": "Stream the video",
}
"""What the steps of a deployment do, in their order."""

STATE_WORDS: dict[str, str] = {
    "connecting": "Connecting",
    "running": "Running",
    "throttled": "Throttled",
    "disconnected": "Disconnected",
    "ended": "Ended",
    "failed": "Failed",
    "recorded": "Recorded",
}

TRIGGER_WORDS: dict[str, str] = {
    "none": "no",
    "first": "first frame",
    "anchor": "fresh start",
    "size": "new size",
    "cut": "scene cut",
    "interval": "longest gap",
    "difference": "change",
    "residual": "residual",
    "flow": "motion",
    "area": "object's area",
    "forward_backward": "flow unsure",
    "disagreement": "doubt",
    "every": "every frame",
}
"""Why the network was asked of a frame."""

STATE_TONES: dict[str, str] = {
    "connecting": "accent",
    "running": "good",
    "throttled": "warn",
    "disconnected": "bad",
    "ended": "muted",
    "failed": "bad",
    "recorded": "accent",
}
"""The theme's colour of each state."""


def step_words(name: str) -> str:
    """What a step does; its own name when it is of a newer studio."""
    return STEP_WORDS.get(name, name.replace("-", " ").capitalize())


def elapsed_words(seconds: float) -> str:
    """Such as `0:42`, `12:03` or `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def bytes_words(count: int) -> str:
    """Such as `640 KB` or `12.4 MB`."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1e3:.0f} KB"
    return f"{count / 1e6:.1f} MB"


def share_words(share: float | None) -> str:
    """Such as `0.31 %`; `<0.01 %` for what is not quite nothing, a dash for unknown."""
    if share is None or math.isnan(share):
        return "–"
    if share == 0.0:
        return "0 %"
    percent = 100 * share
    if percent < 0.01:
        return "<0.01 %"
    return f"{percent:.2f} %" if percent < 10 else f"{percent:.1f} %"


def number_words(value: float, digits: int = 1) -> str:
    """A number, or a dash when it is not known."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def when_words(unix_seconds: float) -> str:
    """Such as `22 Nov, 14:05`."""
    at = time.localtime(unix_seconds)
    return f"{at.tm_mday} {time.strftime('%b, %H:%M', at)}"
