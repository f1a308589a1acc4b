"""What the temporal panel says: presets, triggers, stages, views."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.playback.messages import FieldView
from studio.temporal.spec import PRESETS, TemporalSpec

CUSTOM = "custom"

PRESET_TITLES: dict[str, str] = {
    **{name: name.replace("_", " ").capitalize() for name in PRESETS},
    CUSTOM: "Custom",
}

_SENTENCES = {
    "off": "The network runs on every frame, and each frame stands by itself.",
    "quality": "The network runs on every frame and is joined with the past: calmer, exacter "
    "masks for a little more time.",
    "balanced": "The network runs where motion cannot carry the mask along: several times "
    "faster, nearly the same masks.",
    "fast": "The network runs as seldom as it can: fastest, masks follow fast motion less well.",
    CUSTOM: "Limits of your own.",
}

STAGES = ("plane", "flow", "warp", "decide", "network", "fuse", "draw")

STAGE_WORDS: dict[str, str] = {
    "plane": "shrink the frame to a small brightness picture",
    "flow": "find the motion since the frame before",
    "warp": "carry the mask along the motion",
    "decide": "decide whether the network is needed",
    "network": "bring the frame to the network's input and run it, where it ran",
    "fuse": "join the network's word with the carried past",
    "draw": "the mask at the frame's size",
}


@dataclass(frozen=True, slots=True)
class ViewWords:
    """What a view shows.

    Attributes:
        title: in the list.
        legend: what its colours mean; `{largest}` is what full colour stands for.
    """

    title: str
    legend: str


VIEW_WORDS: dict[FieldView, ViewWords] = {
    "none": ViewWords("No view", ""),
    "computed": ViewWords(
        "Computed mask",
        "The network's own mask of this frame; the video shows the carried one.",
    ),
    "flow": ViewWords(
        "Motion (flow)",
        "Hue: direction; strength: how far, {largest} px of the frame at full colour.",
    ),
    "confidence": ViewWords("Confidence", "Trust in what was carried along, from none to full."),
    "residual": ViewWords("Residual", "Change that motion cannot explain, in grey levels."),
}


def preset_of(spec: TemporalSpec) -> str:
    """The preset that a spec is, or `custom`."""
    return next((name for name, preset in PRESETS.items() if preset == spec), CUSTOM)


def sentence_of(name: str) -> str:
    """What a preset does, in plain words."""
    return _SENTENCES.get(name, "")


def per_second(millis: float) -> float:
    """Frames a second of a mean time a frame; NaN where none is known."""
    return 1000.0 / millis if millis > 0 else math.nan


def largest_words(value: float) -> str:
    """What full colour stands for, short."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
