"""Annotations of objects as COCO has them: one JSON a list, with polygons and run lengths.

```
ROOT/
  annotations/instances_train2017.json   any JSON with the list's name in its own
  train2017/NAME.jpg                     or images/train2017, images or train
  labels.txt                             optional: see `open_coco`
```

Reference: Lin et al. 2014, "Microsoft COCO"; cocodataset.org, "Data format".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from pycocotools import mask as coco_mask

from studio.classes import VOC_LABELS, VOID_INDEX
from studio.data.listing import no_such_split, read_labels
from studio.data.samples import Dataset, Mask, Sample
from studio.errors import InputError

Labels = Literal["own", "voc"]

_VOC_NAMES = {
    "airplane": "aeroplane",
    "couch": "sofa",
    "motorcycle": "motorbike",
    "tv": "tv monitor",
}


class _Image(msgspec.Struct):
    id: int
    file_name: str


class _Category(msgspec.Struct):
    id: int
    name: str


class _RunLengths(msgspec.Struct):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(msgspec.Struct, gc=False):
    image_id: int
    category_id: int
    # Left as text until it is drawn: COCO's outlines as numbers would fill a gigabyte.
    segmentation: msgspec.Raw = msgspec.Raw(b"[]")
    area: float = 0.0
    iscrowd: int = 0


_SHAPES = msgspec.json.Decoder(list[list[float]] | _RunLengths)


class _Instances(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def find_coco(root: Path) -> dict[str, Path]:
    """The annotations there are, by the name of their list; empty when it is no such dataset."""
    found = {}
    for path in sorted((root / "annotations").glob("*.json")):
        found[path.stem.removeprefix("instances_")] = path
    return found


def open_coco(root: Path, split: str, labels: Labels = "own") -> Dataset:
    """Open one list of it.

    Args:
        root: with a folder `annotations`.
        split: `train2017`, or `train` for the one list whose name begins so.
        labels: `own` takes the categories in the order of their numbers; `voc` takes the classes
            of VOC. A file `labels.txt` names the classes to take. Objects of other categories
            count as background.

    Raises:
        InputError: the list or its annotations cannot be used.
    """
    files = find_coco(root)
    name = _list_name(root, split, files)
    instances = _read(files[name])
    names, index_of = _classes(root, instances.categories, labels)
    objects: dict[int, list[_Annotation]] = defaultdict(list)
    for annotation in instances.annotations:
        if annotation.category_id in index_of:
            objects[annotation.image_id].append(annotation)
    folder = _image_folder(root, name)
    if not instances.images:
        raise InputError(f"The annotations {files[name]} name no image.", remedy="Check the file.")
    samples = tuple(
        Sample(
            name=str(Path(image.file_name).with_suffix("")),
            image=folder / image.file_name,
            mask=files[name],
            shapes=CocoShapes(image.file_name, tuple(objects[image.id]), index_of),
        )
        for image in instances.images
    )
    return Dataset(
        name=f"{root.name} {split}", root=root, split=split, labels=names, samples=samples
    )


@dataclass(frozen=True, slots=True)
class CocoShapes:
    """The objects of one image.

    Attributes:
        name: of the image.
        objects: annotations.
        index_of: class by number of the category.
    """

    name: str
    objects: tuple[_Annotation, ...]
    index_of: dict[int, int]

    def draw(self, height: int, width: int) -> Mask:
        """Draw the objects, large ones first.

        Crowds are outlined loosely, so they are void where nothing else lies.

        Raises:
            InputError: an object cannot be drawn.
        """
        mask: Mask = np.zeros((height, width), np.uint8)
        ordered = sorted(self.objects, key=lambda item: (not item.iscrowd, -item.area))
        for item in ordered:
            value = VOID_INDEX if item.iscrowd else self.index_of[item.category_id]
            mask[self._area(item, height, width)] = value
        return mask

    def _area(self, item: _Annotation, height: int, width: int) -> Any:
        try:
            shape = _SHAPES.decode(item.segmentation)
        except msgspec.MsgspecError as error:
            raise self._wrong("an object has no outline") from error
        if isinstance(shape, list):
            if not shape:
                return np.zeros((height, width), bool)
            if any(len(polygon) < 6 or len(polygon) % 2 for polygon in shape):
                raise self._wrong("a polygon has fewer than three corners")
            runs = coco_mask.merge(coco_mask.frPyObjects(shape, height, width))
        else:
            if shape.size != (height, width):
                raise self._wrong(
                    f"an object is drawn on {shape.size[1]}x{shape.size[0]} pixels, but the image"
                    f" has {width}x{height}"
                )
            runs = {"size": list(shape.size), "counts": shape.counts}
            if isinstance(shape.counts, list):
                if sum(shape.counts) != height * width or min(shape.counts) < 0:
                    raise self._wrong("the run lengths of an object do not fill the image")
                runs = coco_mask.frPyObjects(runs, height, width)
        return coco_mask.decode(runs).astype(bool)

    def _wrong(self, what: str) -> InputError:
        return InputError(
            f"The annotations of {self.name} do not fit it: {what}.",
            remedy="Check that images and annotations belong together.",
        )


def _list_name(root: Path, split: str, files: dict[str, Path]) -> str:
    if split in files:
        return split
    similar = [name for name in files if name.startswith(split) and name[len(split) :].isdecimal()]
    if not similar:
        raise no_such_split(root, split, files)
    return max(similar)


def _image_folder(root: Path, name: str) -> Path:
    plain = name.rstrip("0123456789")
    places = [root / name, root / "images" / name, root / plain, root / "images" / plain]
    for place in [*places, root / "images"]:
        if place.is_dir():
            return place
    raise InputError(
        f"The dataset {root} has no images for {name!r}.",
        remedy=f"Put them into the folder {name} or images.",
    )


def _read(path: Path) -> _Instances:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Instances)
    except OSError as error:
        raise InputError(f"Could not read {path}.", details=repr(error)) from error
    except msgspec.MsgspecError as error:
        raise InputError(
            f"The file {path} does not hold COCO's annotations of objects.",
            remedy="Expected images, annotations and categories, as in instances_train2017.json.",
            details=str(error),
        ) from error


def _classes(
    root: Path, categories: list[_Category], labels: Labels
) -> tuple[tuple[str, ...], dict[int, int]]:
    """Names of the classes, and the class of each category that is taken."""
    file = root / "labels.txt"
    if labels == "voc" or file.exists():
        names = VOC_LABELS if labels == "voc" else read_labels(file)
        wanted = {name: index for index, name in enumerate(names) if index}
        index_of = {
            category.id: wanted[name]
            for category in categories
            for name in (category.name, _VOC_NAMES.get(category.name, ""))
            if name in wanted
        }
    else:
        ordered = sorted(categories, key=lambda category: category.id)
        names = ("background", *(category.name for category in ordered))
        index_of = {category.id: index for index, category in enumerate(ordered, 1)}
    if not index_of or len(names) > VOID_INDEX:
        raise InputError(
            f"None of the {len(categories)} categories of {root} can be taken as classes.",
            remedy="Give 1 to 254 categories; labels.txt names those to take, background first.",
        )
    return names, index_of
