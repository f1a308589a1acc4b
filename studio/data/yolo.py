"""Outlines as Ultralytics' YOLO-seg has them.

```
ROOT/
  images/NAME.jpg     or images/train/NAME.jpg
  labels/NAME.txt     or labels/train/NAME.txt; a line for each object: class x1 y1 x2 y2 x3 y3 ...
  classes.txt         one name a line, without the background
  train.txt val.txt   optional: names
```
Coordinates are shares of the image's width and height; an image without objects has an empty file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.data.listing import read_lines
from studio.data.samples import Dataset, Mask, Sample
from studio.data.splits import split_images
from studio.errors import InputError
from studio.opencv import cv2

_SUBPIXEL_BITS = 4


def is_yolo(root: Path) -> bool:
    """Whether a folder has this layout."""
    return (root / "images").is_dir() and (root / "labels").is_dir()


def open_yolo(root: Path, split: str) -> Dataset:
    """Open one list of it; see `split_images`. Label files are read with their images.

    Raises:
        InputError: the list or the classes cannot be used.
    """
    classes = read_lines(root / "classes.txt")
    if not 1 <= len(classes) <= 254:
        raise InputError(
            f"The file {root / 'classes.txt'} names {len(classes)} classes.",
            remedy="Give 1 to 254, one a line, without the background.",
        )
    found = split_images(root, split)
    folder = root / "labels" / found.subfolder
    samples = []
    for name, image in found.images.items():
        path = folder / f"{name}.txt"
        samples.append(Sample(name, image, path, YoloShapes(path, len(classes))))
    return Dataset(
        name=f"{root.name} {split}",
        root=root,
        split=split,
        labels=("background", *classes),
        samples=tuple(samples),
    )


@dataclass(frozen=True, slots=True)
class YoloShapes:
    """The outlines in one file.

    Attributes:
        path: of the file.
        classes: number of classes without the background.
    """

    path: Path
    classes: int

    def draw(self, height: int, width: int) -> Mask:
        """Fill the outlines, later lines over earlier ones.

        Raises:
            InputError: the file is missing, or a line is no outline of a known class.
        """
        mask: Mask = np.zeros((height, width), np.uint8)
        for number, line in enumerate(read_lines(self.path), 1):
            label, outline = self._parse(number, line)
            # A share of the width is an edge between pixels; OpenCV counts from centres.
            points = outline * (width, height) - 0.5
            fixed = np.round(points * 2**_SUBPIXEL_BITS).astype(np.int32)
            cv2.fillPoly(mask, [fixed], (label + 1,), shift=_SUBPIXEL_BITS)
        return mask

    def _parse(self, number: int, line: str) -> tuple[int, NDArray[np.float64]]:
        try:
            label, *values = line.split()
            index = int(label)
            outline = np.array([float(value) for value in values])
        except ValueError as error:
            raise self._wrong(number, "is not a class and numbers") from error
        if not 0 <= index < self.classes:
            raise self._wrong(number, f"has the class {index}, and there are {self.classes}")
        if len(outline) == 4:
            raise self._wrong(number, "holds a box, not an outline")
        if len(outline) < 6 or len(outline) % 2 or not np.isfinite(outline).all():
            raise self._wrong(number, "holds no outline of three points or more")
        return index, outline.reshape(-1, 2).clip(0.0, 1.0)

    def _wrong(self, number: int, what: str) -> InputError:
        return InputError(
            f"Line {number} of {self.path.name} {what}.",
            remedy="Each line is a class and then x and y of each corner, as shares of the image's"
            " size (YOLO-seg).",
            details=str(self.path),
        )
