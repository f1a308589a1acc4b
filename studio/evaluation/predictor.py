"""Whatever turns images into masks, as the evaluation sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from studio.data.samples import Mask, RgbImage
from studio.opencv import cv2

__all__ = ["Image", "Mask", "ModelFacts", "Prediction", "Predictor", "as_frame"]

Image = RgbImage


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is evaluated.

    Attributes:
        name: shown to the user.
        path: of the file; empty for a network in memory.
        labels: name of each class that the model gives.
        labels_are_guessed: nobody said what the classes are called.
        is_binary: the model tells a foreground from a background and nothing more.
        input_height: of the network, in pixels.
        input_width: of the network, in pixels.
        runtime: what runs it, with its version.
        threads: of the runtime; 0 where the runtime decides.
        size_bytes: of the file; 0 for a network in memory.
        weight_bits: of most of the stored weights.
        multiply_adds: of one image; None where nobody can say.
        warnings: what the user should know, in words.
    """

    name: str
    path: str
    labels: tuple[str, ...]
    labels_are_guessed: bool
    is_binary: bool
    input_height: int
    input_width: int
    runtime: str
    threads: int
    size_bytes: int
    weight_bits: int
    multiply_adds: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """A mask and what it cost.

    Attributes:
        mask: uint8 [H, W] at the image's size.
        invoke_millis: of the network alone; its share of the batch where there is one.
    """

    mask: Mask
    invoke_millis: float


class Predictor(Protocol):
    """An opened model. Not thread-safe."""

    @property
    def facts(self) -> ModelFacts:
        """The opened model."""
        ...

    @property
    def batch_size(self) -> int:
        """How many images it likes to be given at once."""
        ...

    def predict(self, images: Sequence[Image]) -> list[Prediction]:
        """Segment images: keep the aspect, pad, run, bring the logits back, take the highest.

        Args:
            images: up to `batch_size` of uint8 [H, W, 3] RGB, of any sizes.

        Returns:
            One mask an image, each at its image's size.

        Raises:
            ModelError: the model refuses to run.
        """
        ...

    def close(self) -> None:
        """Let go of the model. A second call does nothing."""
        ...


def as_frame(image: Image) -> Image:
    """Turn a dataset's RGB into the BGR of a video's frames, which preprocessing expects."""
    return cast("Image", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
