"""Opens datasets of any layout that the studio knows."""

from __future__ import annotations

from pathlib import Path

from studio.data.coco import Labels, find_coco, open_coco
from studio.data.folder_pairs import is_folder_pairs, open_folder_pairs
from studio.data.listing import image_files
from studio.data.samples import Dataset, Sample
from studio.data.voc import find_voc, open_voc
from studio.data.yolo import is_yolo, open_yolo
from studio.errors import InputError

__all__ = ["Dataset", "Sample", "is_dataset", "open_dataset", "open_unlabelled"]


def open_dataset(root: Path, split: str, labels: Labels = "own") -> Dataset:
    """Open one list of a dataset.

    Args:
        root: PASCAL VOC (the devkit, its `VOC2012`, or the folder above), COCO, a folder with
            `images` and `masks`, or YOLO-seg; see the modules.
        split: `train`, `val` or another list of it.
        labels: `voc` maps COCO's categories to the classes of VOC; other layouts ignore it.

    Returns:
        The dataset; its images and masks are not opened yet.

    Raises:
        InputError: there is no dataset or no such list.
    """
    if not root.is_dir():
        raise InputError(f"There is no folder {root}.", remedy="Check the path of the dataset.")
    try:
        voc = find_voc(root)
        if voc is not None:
            return open_voc(voc, split)
        if find_coco(root):
            return open_coco(root, split, labels)
        if is_folder_pairs(root):
            return open_folder_pairs(root, split)
        if is_yolo(root):
            return open_yolo(root, split)
    except OSError as error:
        raise InputError(
            f"Could not read the dataset {root}: {error.strerror or error}.",
            remedy="Check whether you may read it.",
            details=repr(error),
        ) from error
    raise InputError(
        f"The folder {root} holds no dataset of a known layout.",
        remedy="Expected JPEGImages, SegmentationClass and ImageSets/Segmentation (PASCAL VOC);"
        " images and masks; annotations (COCO); or images, labels and classes.txt (YOLO-seg).",
    )


def is_dataset(root: Path) -> bool:
    """Whether a folder has one of the layouts that `open_dataset` knows."""
    return bool(find_voc(root) or find_coco(root) or is_folder_pairs(root) or is_yolo(root))


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
