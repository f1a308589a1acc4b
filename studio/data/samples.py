"""What a dataset is to the rest of the studio: names, files, classes and their colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette

RgbImage = NDArray[np.uint8]
"""uint8 [H, W, 3], RGB."""

Mask = NDArray[np.uint8]
"""uint8 [H, W] class indices; 255 is void."""


class Shapes(Protocol):
    """Annotations that are drawn into a mask, as COCO and YOLO have them."""

    def draw(self, height: int, width: int) -> Mask:
        """Draw them at the size of the image."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and where its truth lies.

    Attributes:
        name: unique in its dataset.
        image: the picture.
        mask: the file that says which pixel is what; None when nobody has said.
        shapes: what is drawn into a mask when `mask` is a file of annotations, not a picture.
    """

    name: str
    image: Path
    mask: Path | None = None
    shapes: Shapes | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Samples with common classes.

    Attributes:
        name: for people.
        root: the folder it was found in.
        split: the list; empty for a folder without lists.
        labels: name of each class, background first.
        palette: uint8 [256, 3] RGB, the colour of each class.
        samples: in the list's order.
    """

    name: str
    root: Path
    split: str
    labels: tuple[str, ...] = VOC_LABELS
    palette: NDArray[np.uint8] = field(default_factory=voc_palette, compare=False, repr=False)
    samples: tuple[Sample, ...] = ()

    @property
    def classes(self) -> int:
        """Number of classes, the background included."""
        return len(self.labels)

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.samples)
