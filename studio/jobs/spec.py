"""What jobs are asked to do: frozen, typed, stored as JSON in the run folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.errors import SpecError
from studio.inference.model import SessionOptions
from studio.temporal.spec import OFF, TemporalSpec


@dataclass(frozen=True, slots=True)
class OverlaySpec:
    """How masks are drawn over an exported video.

    Attributes:
        opacity: 0.0 (only the picture) to 1.0 (only the mask).
        outline: borders instead of areas.
        hidden_classes: indices that are not drawn; the background by default.
    """

    opacity: float = 0.55
    outline: bool = False
    hidden_classes: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if not 0.0 <= self.opacity <= 1.0:
            raise SpecError(
                f"The opacity is {self.opacity:g}.", remedy="Give a number from 0 to 1."
            )


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """Segment a video, and write what was asked for.

    Attributes:
        input: a video file, a folder of images, or `camera:N`.
        model: path of a `.tflite` file.
        options: runtime and threads.
        out: annotated video to write; None for none.
        masks: folder for one palette PNG a frame; None for none.
        overlay: how masks look in the video.
        start: first frame.
        end: last frame, included; None for the end of the video.
        temporal: how the redundancy between frames is used.
    """

    input: str
    model: str
    options: SessionOptions = field(default_factory=SessionOptions)
    out: str | None = None
    masks: str | None = None
    overlay: OverlaySpec = field(default_factory=OverlaySpec)
    start: int = 0
    end: int | None = None
    temporal: TemporalSpec = OFF

    def __post_init__(self) -> None:
        if self.start < 0 or (self.end is not None and self.end < self.start):
            raise SpecError(
                f"The range from frame {self.start} to {self.end} is empty.",
                remedy="Give a first frame of at least 0 and a last one that is not before it.",
            )


@dataclass(frozen=True, slots=True)
class BenchSpec:
    """Time a model on random pictures of its input size.

    Attributes:
        model: path of a `.tflite` file.
        options: runtime and threads.
        runs: timed runs, after the warm-up.
    """

    model: str
    options: SessionOptions = field(default_factory=SessionOptions)
    runs: int = 100

    def __post_init__(self) -> None:
        if self.runs < 1:
            raise SpecError(f"{self.runs} runs were asked for.", remedy="Ask for at least one.")
