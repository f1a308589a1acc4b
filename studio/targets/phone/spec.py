"""What a deployment is asked to do: frozen, typed, stored as JSON in the run folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio.errors import SpecError
from studio.inference.model import SessionOptions
from studio.temporal.spec import OFF, PRESETS, TemporalSpec

FrameEncoding = Literal["auto", "bgr", "jpeg"]
"""How pictures travel to the phone: as pixels, as JPEG, or whichever this cable carries faster."""

Pace = Literal["video", "fastest"]
"""In the video's own time, skipping frames that come too late; or as fast as the phone can."""

_MOST_THREADS = 8


def temporal_name(spec: TemporalSpec) -> str:
    """A preset's name, or the mode of a spec of one's own."""
    return next((name for name, preset in PRESETS.items() if preset == spec), spec.mode)


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """How the runner runs.

    Attributes:
        cpu_mask: one bit a CPU; None takes the fast cores, 0 leaves the choice to the phone.
        warm_up: runs of the network before the first frame.
        masks_at_model_size: label maps of the network's output instead of exact masks.
        encoding: how pictures travel.
        is_pushed_ahead: the frames are pushed as a clip first, so that the cable plays no part.
        temporal: how the redundancy between frames is used.
    """

    cpu_mask: int | None = None
    warm_up: int = 3
    masks_at_model_size: bool = False
    encoding: FrameEncoding = "auto"
    is_pushed_ahead: bool = False
    temporal: TemporalSpec = OFF

    def __post_init__(self) -> None:
        if not 0 <= self.warm_up <= 1000:
            raise SpecError(
                f"{self.warm_up} warm-up runs were asked for.", remedy="Give 0 to 1000."
            )
        if self.cpu_mask is not None and not 0 <= self.cpu_mask < 1 << 64:
            raise SpecError(
                f"The CPU mask is {self.cpu_mask:#x}.", remedy="Give one bit a CPU, such as 0xf0."
            )
        if self.temporal.asynchronous and self.temporal.mode != "off":
            raise SpecError(
                "Asynchronous key frames are not offered on phones yet.",
                remedy="Choose a preset, or set `asynchronous` to false.",
            )
        if self.masks_at_model_size and self.temporal.mode != "off":
            raise SpecError(
                "The temporal engine makes masks of the frame's size only.",
                remedy="Leave out --model-size-masks, or give --temporal off.",
            )


@dataclass(frozen=True, slots=True)
class DeploySpec:
    """Put a model on a phone and stream what it does.

    Attributes:
        model: path of a `.tflite` file.
        serial: of the phone; None for the only one.
        video: a video file, a folder of images, or `camera:N`; None for the sample clip.
        options: threads (those of the phone) and how the model is meant.
        phone: how the runner runs.
        seconds: how long to stream; None until it is stopped, or the video ends once when it is
            pushed ahead.
        pace: of the video.
        compares: also segment each frame on this computer and compare the masks.
        start: first frame.
        end: last frame, included; None for the end of the video.
    """

    model: str
    serial: str | None = None
    video: str | None = None
    options: SessionOptions = field(default_factory=lambda: SessionOptions(threads=4))
    phone: PhoneOptions = field(default_factory=PhoneOptions)
    seconds: float | None = None
    pace: Pace = "video"
    compares: bool = True
    start: int = 0
    end: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.options.threads <= _MOST_THREADS:
            raise SpecError(
                f"{self.options.threads} threads were asked for.",
                remedy=f"Give 1 to {_MOST_THREADS}.",
            )
        if self.seconds is not None and not self.seconds > 0:
            raise SpecError(f"{self.seconds:g} s were asked for.", remedy="Give more than 0 s.")
        if self.start < 0 or (self.end is not None and self.end < self.start):
            raise SpecError(
                f"The range from frame {self.start} to {self.end} is empty.",
                remedy="Give a first frame of at least 0 and a last one that is not before it.",
            )
