"""What an evaluation is asked to do: frozen, typed, stored in the run folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.errors import SpecError
from studio.inference.model import SessionOptions


@dataclass(frozen=True, slots=True)
class EvaluateSpec:
    """Score models on the same images.

    Attributes:
        models: `.tflite` and `.keras` files; with two or more, each is compared with the first.
        dataset: folder of a dataset with masks, or of videos with a foreground (DAVIS); without
            truth, for `agreement`, any folder of images or a video.
        split: list of the dataset; folders without lists have none.
        options: how `.tflite` files are run.
        limit: score only so many images, spread evenly over the list; 0 for all.
        resamples: of the images, from which the intervals are taken.
        seed: of the resampling.
        foreground: which classes are the foreground of each video: a TOML or JSON file, or class
            names with commas between for all of them; empty for `foreground.toml` (or `.json`)
            in the dataset, else what is known of the videos of DAVIS.
        agreement: ask where models agree instead of who is right; needs no truth.
    """

    models: tuple[str, ...]
    dataset: str
    split: str = "val"
    options: SessionOptions = field(default_factory=SessionOptions)
    limit: int = 0
    resamples: int = 2000
    seed: int = 0
    foreground: str = ""
    agreement: bool = False

    def __post_init__(self) -> None:
        if not self.models:
            raise SpecError("No model was given to evaluate.", remedy="Give one or more.")
        if not self.dataset:
            raise SpecError("No dataset was given to evaluate on.", remedy="Give its folder.")
        if self.agreement and len(self.models) < 2:
            raise SpecError(
                "One model alone has nobody to agree with.", remedy="Give two or more models."
            )
        if self.limit < 0:
            raise SpecError(f"The limit is {self.limit} images.", remedy="Give 0 (all) or more.")
        if not 100 <= self.resamples <= 100_000:
            raise SpecError(
                f"{self.resamples} resamples were asked for.", remedy="Give 100 to 100,000."
            )
        if self.seed < 0:
            raise SpecError(f"The seed is {self.seed}.", remedy="Give 0 or more.")
