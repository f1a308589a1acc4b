"""PASCAL VOC's folders: JPEGImages, SegmentationClass, ImageSets/Segmentation.

A file `labels.txt` beside them, one name a line, replaces VOC's classes by others.

Reference: Everingham et al., The PASCAL VOC Challenge 2012, development kit.
"""

from __future__ import annotations

from pathlib import Path

from studio.classes import VOC_LABELS
from studio.data.listing import files_by_stem, no_such_split, read_labels, read_names
from studio.data.samples import Dataset, Sample
from studio.errors import InputError

_IMAGES = "JPEGImages"
_LISTS = Path("ImageSets", "Segmentation")
_MASKS = ("SegmentationClassAug", "SegmentationClass")
_SAME_LISTS = {"trainaug": "train_aug", "train_aug": "trainaug"}


def find_voc(root: Path) -> Path | None:
    """The folder with `JPEGImages`: the given one, or one or two below it; the newest year wins."""
    if (root / _IMAGES).is_dir():
        return root
    for pattern in ("VOC*", "VOCdevkit/VOC*"):
        found = [path for path in root.glob(pattern) if (path / _IMAGES).is_dir()]
        if found:
            return max(found, key=lambda path: path.name)
    return None


def voc_splits(folder: Path) -> tuple[str, ...]:
    """Names of the lists."""
    return tuple(sorted(path.stem for path in (folder / _LISTS).glob("*.txt")))


def open_voc(folder: Path, split: str) -> Dataset:
    """Open one list of a dataset in VOC's layout.

    Args:
        folder: with `JPEGImages`.
        split: `train`, `val`, `trainval`, `trainaug` or any other list there.

    Raises:
        InputError: the list, the masks or files of the list are missing.
    """
    names = read_names(_list_path(folder, split))
    mask_folders = [folder / name for name in _MASKS if (folder / name).is_dir()]
    if not mask_folders:
        raise InputError(
            f"The dataset {folder} has no masks.",
            remedy="Expected a folder SegmentationClass with a PNG for each image.",
        )
    images = files_by_stem(folder / _IMAGES)
    masks: dict[str, Path] = {}
    for masks_folder in reversed(mask_folders):  # those of SegmentationClassAug win
        masks |= files_by_stem(masks_folder)
    labels_file = folder / "labels.txt"
    return Dataset(
        name=f"{folder.name} {split}",
        root=folder,
        split=split,
        labels=read_labels(labels_file) if labels_file.exists() else VOC_LABELS,
        samples=tuple(
            Sample(
                name=name,
                image=images.get(name, folder / _IMAGES / f"{name}.jpg"),
                mask=masks.get(name, mask_folders[-1] / f"{name}.png"),
            )
            for name in names
        ),
    )


def _list_path(folder: Path, split: str) -> Path:
    for name in (split, _SAME_LISTS.get(split, split)):
        path = folder / _LISTS / f"{name}.txt"
        if path.is_file():
            return path
    raise no_such_split(folder, split, voc_splits(folder))
