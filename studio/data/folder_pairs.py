"""A folder `images` and a folder `masks`: the plainest dataset.

```
ROOT/
  images/NAME.jpg     or images/train/NAME.jpg
  masks/NAME.png      class indices, or colours of the palette; or masks/train/NAME.png
  labels.txt          one name a line, background first; VOC's classes when it is missing
  palette.txt         optional: red, green and blue of each class, one class a line
  train.txt val.txt   optional: names
```
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette
from studio.data.listing import files_by_stem, read_labels, read_lines
from studio.data.samples import Dataset, Sample
from studio.data.splits import split_images
from studio.errors import InputError


def is_folder_pairs(root: Path) -> bool:
    """Whether a folder has this layout."""
    return (root / "images").is_dir() and (root / "masks").is_dir()


def open_folder_pairs(root: Path, split: str) -> Dataset:
    """Open one list of it; see `split_images`.

    Raises:
        InputError: the list, labels or palette cannot be used.
    """
    found = split_images(root, split)
    folder = root / "masks" / found.subfolder
    if not folder.is_dir():
        raise InputError(
            f"The folder {folder} is missing.",
            remedy=f"Put the masks for images/{found.subfolder} there.",
        )
    masks = files_by_stem(folder)
    labels_file = root / "labels.txt"
    return Dataset(
        name=f"{root.name} {split}",
        root=root,
        split=split,
        labels=read_labels(labels_file) if labels_file.exists() else VOC_LABELS,
        palette=read_palette(root / "palette.txt"),
        samples=tuple(
            Sample(
                name,
                image,
                masks.get(name) or masks.get(f"{name}_mask") or folder / f"{name}.png",
            )
            for name, image in found.images.items()
        ),
    )


def read_palette(path: Path) -> NDArray[np.uint8]:
    """Read the colours of classes; those of VOC where there is no file or no line for a class.

    Raises:
        InputError: a line is not three numbers of 0 to 255.
    """
    palette = voc_palette()
    if not path.exists():
        return palette
    for index, line in enumerate(read_lines(path)[: len(palette)]):
        words = line.replace(",", " ").split()[:3]
        if len(words) != 3 or not all(word.isdecimal() and int(word) < 256 for word in words):
            raise InputError(
                f"Expected red, green and blue in line {index + 1} of {path}; got {line!r}.",
                remedy="Write three numbers of 0 to 255 on each line, for example `128 0 0`.",
            )
        palette[index] = [int(word) for word in words]
    return palette
