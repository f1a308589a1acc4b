"""What each evaluation during a training leaves in the run folder: scores and predicted masks.

```
artifacts/validation/
  samples/NAME.jpg            a validation image, at most 384 px long
  samples/NAME.png            its truth, a palette PNG of the same size (255 is void)
  epochs/0004/NAME.png        the mask predicted after epoch 4, likewise
  epochs/0004/scores.json     `EpochScores`, written last: a folder with it is complete
```
"""

from __future__ import annotations

from pathlib import Path

import msgspec

FOLDER = "validation"


class ImageScore(msgspec.Struct, frozen=True):
    """How one validation image was segmented.

    Attributes:
        name: of the image.
        miou: over the classes in its truth.
        pixel_accuracy: share of labelled pixels that are right.
    """

    name: str
    miou: float
    pixel_accuracy: float


class EpochScores(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation.

    Attributes:
        epoch: epochs done.
        step: optimizer steps done.
        labels: name of each class.
        miou: mean over the classes that occur in the truth.
        pixel_accuracy: share of labelled pixels that are right.
        per_class_iou: None where a class does not occur.
        confusion: pixels by [truth][prediction].
        images: all that were scored.
    """

    epoch: int
    step: int
    labels: tuple[str, ...]
    miou: float
    pixel_accuracy: float
    per_class_iou: tuple[float | None, ...]
    confusion: tuple[tuple[int, ...], ...]
    images: tuple[ImageScore, ...]


def validation_dir(artifacts_dir: Path) -> Path:
    """Where a run's evaluations lie."""
    return artifacts_dir / FOLDER


def epoch_dir(artifacts_dir: Path, epoch: int) -> Path:
    """Where one evaluation lies."""
    return validation_dir(artifacts_dir) / "epochs" / f"{epoch:04d}"


def sample_names(artifacts_dir: Path) -> tuple[str, ...]:
    """The images kept as pictures, in order of name."""
    samples = validation_dir(artifacts_dir) / "samples"
    return tuple(sorted(path.stem for path in samples.glob("*.png")))


def scored_epochs(artifacts_dir: Path) -> tuple[int, ...]:
    """The complete evaluations, oldest first."""
    scores = (validation_dir(artifacts_dir) / "epochs").glob("*/scores.json")
    return tuple(sorted(int(path.parent.name) for path in scores))


def read_scores(artifacts_dir: Path, epoch: int) -> EpochScores | None:
    """Read one evaluation; None when it is missing or damaged."""
    try:
        text = (epoch_dir(artifacts_dir, epoch) / "scores.json").read_bytes()
        return msgspec.json.decode(text, type=EpochScores)
    except (OSError, msgspec.MsgspecError):
        return None
