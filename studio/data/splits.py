"""Which images of a folder `images` belong to which list."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from studio.data.listing import files_by_stem, no_such_split, read_names
from studio.errors import InputError

_NO_LISTS = {"labels", "classes", "palette", "readme", "license"}
_VAL_SHARE = 0.15
DRAWN = ("train", "trainval", "val")


@dataclass(frozen=True, slots=True)
class SplitImages:
    """The images of one list.

    Attributes:
        images: path by name.
        subfolder: of `images` that they lie in, and so do masks; empty for none.
    """

    images: dict[str, Path]
    subfolder: str


def split_images(root: Path, split: str) -> SplitImages:
    """Find the images of a list.

    A list is a folder `images/SPLIT`, or a file `SPLIT.txt` of names. Where there is neither for
    any list, names are divided by chance, always in the same way: `train`, `val` and, both
    together, `trainval`.

    Args:
        root: with a folder `images`.
        split: the list.

    Raises:
        InputError: there is no such list, or it is empty.
    """
    folder = root / "images"
    folders = sorted(path.name for path in folder.iterdir() if path.is_dir())
    lists = sorted(path.stem for path in root.glob("*.txt") if path.stem.lower() not in _NO_LISTS)
    if split in folders:
        images = dict(files_by_stem(folder / split))
        _expect_some(images, folder / split)
        return SplitImages(images, split)
    if split in lists:
        found = files_by_stem(folder)
        names = (Path(name) for name in read_names(root / f"{split}.txt"))
        return SplitImages(
            {name.stem: found.get(name.stem, folder / _with_ending(name)) for name in names}, ""
        )
    if folders or lists or split not in DRAWN:
        raise no_such_split(root, split, folders + lists or DRAWN)
    images = dict(files_by_stem(folder))
    _expect_some(images, folder)
    val = _drawn_for_val(list(images))
    wanted = {
        name: path
        for name, path in images.items()
        if split == "trainval" or (name in val) == (split == "val")
    }
    _expect_some(wanted, folder)
    return SplitImages(wanted, "")


def _drawn_for_val(names: list[str]) -> set[str]:
    """Names whose hash is low: whoever joins later changes nobody's side."""
    hashes = {name: hashlib.sha256(name.encode()).digest() for name in names}
    limit = int(_VAL_SHARE * 2**32).to_bytes(4, "big")
    val = {name for name, digest in hashes.items() if digest[:4] < limit}
    if val and len(val) < len(names):
        return val
    return {min(names, key=lambda name: hashes[name])} if len(names) > 1 else set()


def _with_ending(name: Path) -> str:
    return name.name if name.suffix else f"{name.name}.jpg"


def _expect_some(images: dict[str, Path], folder: Path) -> None:
    if not images:
        raise InputError(
            f"The folder {folder} holds no image for this list.",
            remedy="Put JPEGs or PNGs there, or write lists train.txt and val.txt of names.",
        )
