"""Where a clip has masks of its own, they say how right the model's are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.listing import files_by_stem, image_files, read_labels
from studio.data.reading import read_mask
from studio.errors import StudioError
from studio.evaluation.davis import foreground_of
from studio.evaluation.foreground import jaccard
from studio.evaluation.label_map import class_table
from studio.evaluation.predictor import ModelFacts
from studio.inference.model import ModelInfo
from studio.opencv import cv2
from studio.targets.target import Mask

_ANY_INDEX = VOID_INDEX  # classes: an index may count objects


class GroundTruth(Protocol):
    """Knows the true foreground of some frames of a video."""

    def foreground(self, index: int) -> Mask | None:
        """The truth of a frame: uint8 [H, W], 1 for foreground, 255 for what does not count."""
        ...

    def table(self, model: ModelInfo) -> NDArray[np.uint8]:
        """uint8 [256]: 1 for the model's classes that are the foreground."""
        ...


class _Masks:
    """The files that belong to a folder's pictures, read as they are needed."""

    def __init__(self, pictures: Path, masks: Mapping[str, Path]) -> None:
        stems = (picture.stem for picture in image_files(pictures))
        self._paths = [masks.get(stem) or masks.get(f"{stem}_mask") for stem in stems]

    def __bool__(self) -> bool:
        return any(self._paths)

    def read(self, index: int) -> Mask | None:
        path = self._paths[index] if index < len(self._paths) else None
        return None if path is None else read_mask(path, _ANY_INDEX)


class _Objects:
    """Masks in which all but 0 is foreground; of which classes is known beforehand."""

    def __init__(self, masks: _Masks, classes: tuple[str, ...]) -> None:
        self._masks = masks
        self._classes = classes

    def foreground(self, index: int) -> Mask | None:
        stored = self._masks.read(index)
        return None if stored is None else (stored > 0).astype(np.uint8)

    def table(self, model: ModelInfo) -> NDArray[np.uint8]:
        return class_table(_facts(model), self._classes)


class _Classes:
    """Masks of classes; all but the background is foreground."""

    def __init__(self, masks: _Masks, labels: tuple[str, ...] | None) -> None:
        self._masks = masks
        self._labels = labels

    def foreground(self, index: int) -> Mask | None:
        stored = self._masks.read(index)
        if stored is None:
            return None
        return np.where(stored == VOID_INDEX, stored, stored > 0).astype(np.uint8)

    def table(self, model: ModelInfo) -> NDArray[np.uint8]:
        if self._labels is not None:
            found = class_table(_facts(model), self._labels[1:])
            if found.any():
                return found
        found = np.zeros(256, np.uint8)
        found[1 : len(model.labels)] = 1
        return found


def find_ground_truth(location: str) -> GroundTruth | None:
    """Look for masks that belong to a video.

    Found are DAVIS' layout (`JPEGImages/<resolution>/<video>` beside
    `Annotations/<resolution>/<video>`, where it is known what the foreground is) and folder pairs
    (`images` beside `masks`).

    Args:
        location: as the video was opened.

    Returns:
        None where there are none, or they cannot be used: a video plays without them too.
    """
    folder = Path(location).expanduser().absolute()
    try:
        if not folder.is_dir():
            return None
        return _davis(folder) or _folder_pair(folder)
    except (OSError, StudioError):
        return None


def score(truth: Mask, mask: Mask, table: NDArray[np.uint8]) -> float:
    """J of a mask's foreground, where the truth counts.

    Args:
        truth: uint8 [h, w] as `GroundTruth.foreground` gives it.
        mask: uint8 [H, W], the model's classes.
        table: see `GroundTruth.table`.
    """
    height, width = truth.shape
    if mask.shape != truth.shape:
        mask = np.asarray(
            cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8
        )
    counts = truth != VOID_INDEX
    seen = cv2.LUT(mask, table) > 0
    return jaccard((truth == 1) & counts, seen & counts)


def _davis(folder: Path) -> GroundTruth | None:
    resolution = folder.parent
    if resolution.parent.name != "JPEGImages":
        return None
    root = resolution.parent.parent
    annotations = root / "Annotations" / resolution.name / folder.name
    if not annotations.is_dir():
        return None
    classes = foreground_of(root, folder.name)
    masks = _Masks(folder, files_by_stem(annotations))
    return _Objects(masks, classes) if classes and masks else None


def _folder_pair(folder: Path) -> GroundTruth | None:
    for images, above in ((folder, Path()), (folder.parent, Path(folder.name))):
        if images.name == "images":
            root = images.parent
            beside = root / "masks" / above
            break
    else:
        return None
    if not beside.is_dir():
        return None
    masks = _Masks(folder, files_by_stem(beside))
    labels = root / "labels.txt"
    return _Classes(masks, read_labels(labels) if labels.exists() else None) if masks else None


def _facts(model: ModelInfo) -> ModelFacts:
    return ModelFacts(
        name=model.name,
        path=model.path,
        labels=model.labels,
        labels_are_guessed=model.sources.get("labels") == "inference",
        is_binary=model.output_kind == "binary",
        input_height=model.input_height,
        input_width=model.input_width,
        runtime=model.runtime,
        threads=model.threads,
        size_bytes=model.size_bytes,
        weight_bits=model.weight_bits,
    )
