"""Opens datasets of any layout that the studio knows."""

from __future__ import annotations

from pathlib import Path

from studio.data.listing import image_files
from studio.data.samples import Dataset, Sample
from studio.data.voc import find_voc, open_voc
from studio.errors import InputError

__all__ = ["Dataset", "Sample", "open_dataset", "open_unlabelled"]


def open_dataset(root: Path, split: str) -> Dataset:
    """Open one list of a dataset.

    Args:
        root: a VOC devkit (itself, its `VOC2012`, or the folder above).
        split: `train`, `val` or another list of it.

    Returns:
        The dataset; its files are not opened yet.

    Raises:
        InputError: there is no dataset or no such list.
    """
    if not root.is_dir():
        raise InputError(f"There is no folder {root}.", remedy="Check the path of the dataset.")
    voc = find_voc(root)
    if voc is not None:
        return open_voc(voc, split)
    raise InputError(
        f"The folder {root} holds no dataset of a known layout.",
        remedy="Expected JPEGImages, SegmentationClass and ImageSets/Segmentation (PASCAL VOC).",
    )


def open_unlabelled(folder: Path) -> Dataset:
    """Open a folder of images without masks, for a teacher to label or to calibrate with.

    Raises:
        InputError: it is missing or holds no image.
    """
    images = image_files(folder)
    if not images:
        raise InputError(
            f"The folder {folder} holds no image.", remedy="Give a folder of JPEGs or PNGs."
        )
    stems = [path.stem for path in images]
    is_unique = len(set(stems)) == len(stems)
    return Dataset(
        name=folder.name,
        root=folder,
        split="",
        samples=tuple(
            Sample(name=path.stem if is_unique else path.name, image=path) for path in images
        ),
    )
