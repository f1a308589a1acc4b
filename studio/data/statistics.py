"""How often each class occurs in a dataset."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.data.faults import Faults
from studio.data.reading import read_sample
from studio.data.samples import Dataset, Mask, Sample
from studio.errors import StudioError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_MOST_WORKERS = 8
_AHEAD = 4  # items a worker that wait for it, so that memory does not grow with the dataset


class Watcher(Protocol):
    """The part of a job's reporter that a walk through a dataset talks to."""

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        """Say how far it has come."""
        ...

    def should_stop(self) -> bool:
        """Whether to stop now."""
        ...


@dataclass(frozen=True)
class ClassCounts:
    """What the masks of a dataset hold.

    Attributes:
        pixels_by_sample: int64 [samples, classes]; all zero where a mask could not be read.
    """

    pixels_by_sample: NDArray[np.int64]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether a sample shows a class, bool [samples, classes]."""
        return self.pixels_by_sample > 0

    @property
    def pixels(self) -> NDArray[np.int64]:
        """Pixels of each class, int64 [classes]."""
        pixels: NDArray[np.int64] = self.pixels_by_sample.sum(axis=0)
        return pixels

    @property
    def images(self) -> NDArray[np.int64]:
        """Samples that show each class, int64 [classes]."""
        images: NDArray[np.int64] = self.present.sum(axis=0)
        return images


def class_counts(dataset: Dataset, watcher: Watcher | None = None) -> ClassCounts:
    """Count the pixels of each class in all masks.

    Told to stop, it ends early; what it returns is then incomplete.

    Args:
        dataset: with masks.
        watcher: hears how far it has come.

    Raises:
        InputError: too many masks cannot be read; see `Faults`.
    """
    counts = np.zeros((len(dataset), dataset.classes), np.int64)
    faults = Faults(len(dataset))

    def count(sample: Sample) -> NDArray[np.int64] | None:
        try:
            mask = read_sample(sample, dataset.classes, dataset.palette)[1]
        except StudioError as error:
            faults.add(sample.name, error)
            return None
        return None if mask is None else mask_counts(mask)[: dataset.classes]

    for number, found in enumerate(map_in_order(count, dataset.samples)):
        if found is not None:
            counts[number] = found
        if watcher is not None:
            watcher.progress(number + 1, len(dataset), "images", "Counting classes")
            if watcher.should_stop():
                break
    return ClassCounts(counts)


def mask_counts(mask: Mask) -> NDArray[np.int64]:
    """Pixels of each index, int64 [256]."""
    return np.bincount(mask.reshape(-1), minlength=256)


def map_in_order(
    work: Callable[[_Item], _Result], items: Iterable[_Item], workers: int = 0
) -> Iterator[_Result]:
    """Apply a function in threads; results come in order and a bounded number ahead.

    OpenCV decodes without Python's lock, so threads are enough. An iterator that is closed or
    dropped early starts nothing more.

    Args:
        work: called with each item.
        items: in order.
        workers: threads; as many as there are cores when 0.
    """
    count = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > count * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
