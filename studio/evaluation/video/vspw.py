"""Videos of which every pixel has a class, in VSPW's layout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from studio.classes import VOC_LABELS
from studio.data.listing import files_by_stem, image_files, no_such_split, read_labels, read_names
from studio.data.samples import Sample
from studio.errors import InputError
from studio.evaluation.davis import Sequence

_PICTURES, _MASKS = "origin", "mask"
_LABEL_NUMBERS = "label_num_dic_final.json"
_LABELS = "labels.txt"
UNNAMED = "others"
"""VSPW's name for what has none of its classes; it is not scored."""


def find_vspw(root: Path) -> Path | None:
    """The folder that holds `data/<video>/origin`, if there is one.

    Args:
        root: that folder.
    """
    data = root / "data"
    return root if data.is_dir() and any(data.glob(f"*/{_PICTURES}")) else None


def read_vspw(root: Path, split: str) -> tuple[tuple[Sequence, ...], tuple[str, ...]]:
    """Find the videos and the names of the classes.

    Args:
        root: as `find_vspw` found it.
        split: list of videos, `<split>.txt`; where no list of videos is there at all, all of them.

    Returns:
        The videos; frames without a mask have None in its place. And the name of each class, by
        the index that it has in masks.

    Raises:
        InputError: a list, a video or the names of the classes are missing or cannot be read.
    """
    return tuple(_sequence(root, name) for name in _names(root, split)), _labels(root)


def _names(root: Path, split: str) -> tuple[str, ...]:
    lists = [path for path in root.glob("*.txt") if path.name != _LABELS]
    if lists:
        path = root / f"{split}.txt"
        if path not in lists:
            raise no_such_split(root, split, (each.stem for each in lists))
        return read_names(path)
    folders = (root / "data").glob(f"*/{_PICTURES}")
    return tuple(sorted(folder.parent.name for folder in folders))


def _sequence(root: Path, name: str) -> Sequence:
    folder = root / "data" / name
    pictures = image_files(folder / _PICTURES)
    masks = files_by_stem(folder / _MASKS)
    if not pictures or not any(picture.stem in masks for picture in pictures):
        what = "no mask for any of its pictures" if pictures else "no pictures"
        raise InputError(
            f"The video {name} has {what}.",
            remedy="Bring the files back, or take its name out of the list.",
            details=str(folder),
        )
    frames = tuple(
        Sample(name=f"{name}/{picture.stem}", image=picture, mask=masks.get(picture.stem))
        for picture in pictures
    )
    return Sequence(name, frames, ())


def _labels(root: Path) -> tuple[str, ...]:
    numbers = root / _LABEL_NUMBERS
    if not numbers.is_file():
        path = root / _LABELS
        return read_labels(path) if path.is_file() else VOC_LABELS
    try:
        plain = json.loads(numbers.read_text(encoding="utf-8"))
        if not isinstance(plain, dict):
            raise TypeError(f"got {type(plain).__name__}")
        by_number = {int(number): str(name) for name, number in plain.items()}
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(numbers, repr(error)) from error
    # Masks may hold 255 for what nobody has named, whether the file lists it or not.
    by_number.pop(255, None)
    if not by_number or min(by_number) < 0 or max(by_number) > 254:
        raise _unreadable(numbers, f"{sorted(by_number)[:3]} ...")
    return _by_index(by_number)


def _by_index(by_number: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(by_number.get(index, UNNAMED) for index in range(max(by_number) + 1))


def _unreadable(path: Path, details: str) -> InputError:
    return InputError(
        f"{path} does not name the classes: an object of names and their indices from 0 to 254"
        " was expected.",
        remedy='Give a JSON object such as {"others": 0, "wall": 1}.',
        details=details,
    )
