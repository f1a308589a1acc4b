"""Times as text, and text as a place in a video."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from studio.errors import SpecError


def clock_text(seconds: float) -> str:
    """A time as `m:ss.mmm`, or `h:mm:ss.mmm` from an hour on."""
    millis = max(round(seconds * 1000), 0)
    minutes, rest = divmod(millis, 60_000)
    hours, minutes = divmod(minutes, 60)
    clock = f"{rest // 1000:02d}.{rest % 1000:03d}"
    return f"{hours}:{minutes:02d}:{clock}" if hours else f"{minutes}:{clock}"


def index_from_text(text: str, times_seconds: NDArray[np.float64]) -> int:
    """The frame that a user means: a frame number, or a time with a colon or a point.

    Args:
        text: such as `120`, `0:04.5`, `1:02:03`, `4.5`, `50%`.
        times_seconds: float64 [frames], presentation times.

    Raises:
        SpecError: it is none of these, or beyond the video.
    """
    text = text.strip()
    last = len(times_seconds) - 1
    if re.fullmatch(r"\d+", text):
        index = int(text)
        if index > last:
            raise SpecError(
                f"Frame {index} is beyond the video.", remedy=f"Its last frame is {last}."
            )
        return index
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text)
    if percent:
        return min(round(float(percent[1]) / 100 * last), last)
    if re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
        return int(np.argmin(np.abs(times_seconds - seconds)))
    raise SpecError(
        f"“{text}” is neither a frame nor a time.",
        remedy="Write a frame number (120), a time (0:04.5) or a share (50%).",
    )
