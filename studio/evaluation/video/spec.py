"""What an evaluation on videos is asked to do: frozen, typed, stored in the run folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.errors import SpecError
from studio.inference.model import SessionOptions
from studio.temporal.spec import PRESETS, TemporalSpec

PER_FRAME = "off"
"""Name of inference frame by frame, against which all else is compared."""


@dataclass(frozen=True, slots=True)
class TemporalChoice:
    """A way to use the redundancy between frames, with the name it has in tables.

    Attributes:
        name: of a preset, or of the file the spec came from.
        spec: what the engine does.
    """

    name: str
    spec: TemporalSpec


@dataclass(frozen=True, slots=True)
class EvaluateVideoSpec:
    """Score ways to use the redundancy between frames against inference frame by frame.

    Attributes:
        model: a `.tflite` file.
        dataset: folder of videos with truth: DAVIS' layout or VSPW's.
        temporal: the ways; inference frame by frame always runs beside them.
        options: how the model is run.
        sequences: names of the videos to use; empty for all.
        limit: only so many frames of each video, from its first; 0 for all.
        split: list of videos in VSPW's layout; folders without lists have none.
        foreground: which classes are the foreground of each video, see `EvaluateSpec`.
        frames_per_second: of the videos; the pace at which an asynchronous network is given them.
            0 for as fast as it takes them, and presentation times of DAVIS' rate.
        resamples: of the videos, from which the intervals are taken.
        seed: of the resampling.
    """

    model: str
    dataset: str
    temporal: tuple[TemporalChoice, ...] = (TemporalChoice("balanced", PRESETS["balanced"]),)
    options: SessionOptions = field(default_factory=SessionOptions)
    sequences: tuple[str, ...] = ()
    limit: int = 0
    split: str = "val"
    foreground: str = ""
    frames_per_second: float = 24.0
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temporal:
            raise SpecError(
                "No way to use the redundancy between frames was given.",
                remedy=f"Give one of {', '.join(PRESETS)}, or a spec in a TOML file.",
            )
        names = [choice.name for choice in self.temporal]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SpecError(
                f"Two of what is to be compared are called {twice!r}.",
                remedy="Give each once; files need different names.",
            )
        if any(way.name == PER_FRAME and way.spec.mode != "off" for way in self.temporal):
            raise SpecError(
                f"{PER_FRAME!r} is the name of inference frame by frame.",
                remedy="Give the file another name.",
            )
        if self.limit < 0:
            raise SpecError(f"The limit is {self.limit} frames.", remedy="Give 0 (all) or more.")
        if not 0 <= self.frames_per_second <= 1000:
            raise SpecError(
                f"The pace is {self.frames_per_second:g} frames a second.",
                remedy="Give a number from 0 (as fast as they are taken) to 1000.",
            )
        if not 100 <= self.resamples <= 100_000:
            raise SpecError(
                f"{self.resamples} resamples were asked for.", remedy="Give 100 to 100,000."
            )
        if self.seed < 0:
            raise SpecError(f"The seed is {self.seed}.", remedy="Give 0 or more.")
