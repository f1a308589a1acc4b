"""Example images from which the ranges of a quantized network's activations are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.data.covering import covering_draw
from studio.data.dataset import is_dataset, open_dataset, open_unlabelled
from studio.data.reading import read_image
from studio.data.samples import Dataset
from studio.data.statistics import class_counts
from studio.errors import InputError
from studio.inference.model import Normalization
from studio.inference.preprocess import Preprocessor

_SPLITS = ("train", "trainval", "val")


def open_calibration(folder: Path) -> Dataset:
    """Open what a user gave to calibrate on: a dataset's training list, or a folder of images.

    Raises:
        InputError: it is neither, or has no such list.
    """
    if not is_dataset(folder):
        return open_unlabelled(folder)
    failure = None
    for split in _SPLITS:
        try:
            return open_dataset(folder, split)
        except InputError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def calibration_subset(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Draw samples that show every class, otherwise as frequent as in the dataset.

    See `covering_draw`. The same arguments always give the same samples.

    Args:
        dataset: with or without masks.
        count: samples wanted; all when there are no more.
        seed: of the draw.
    """
    present = np.zeros((len(dataset), 0), bool)
    if count < len(dataset) and any(sample.mask is not None for sample in dataset.samples):
        present = class_counts(dataset).present
    samples = tuple(dataset.samples[index] for index in covering_draw(present, count, seed))
    return replace(dataset, samples=samples)


def calibration_images(
    dataset: Dataset, input_size: tuple[int, int]
) -> Iterator[NDArray[np.float32]]:
    """The network's inputs for all samples, letterboxed as in use.

    Args:
        dataset: of `calibration_subset`.
        input_size: height and width of the network's input.

    Yields:
        Float32 [1, height, width, 3] in -1..1, RGB; the padding is 0.

    Raises:
        InputError: an image cannot be read.
    """
    preprocessor = Preprocessor(
        input_size, "NHWC", "float32", 0.0, 0, Normalization(), "letterbox", "rgb"
    )
    for sample in dataset.samples:
        tensor = np.empty((1, *input_size, 3), np.float32)
        bgr = np.ascontiguousarray(read_image(sample.image)[..., ::-1])
        preprocessor.write(bgr, tensor)
        yield tensor
