"""Training examples in batches, made beside the training by tf.data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.faults import Faults
from studio.data.training_source import Example, TrainingSource, training_example
from studio.errors import StudioError

__all__ = ["Example", "TrainingSource", "WaitTimer", "training_batches", "training_example"]

_BATCHES_AHEAD = 2


def training_batches(
    source: TrainingSource,
    batch_size: int,
    first_step: int,
    last_step: int,
    workers: int = 2,
    faults: Faults | None = None,
    part: tuple[int, int] = (0, 1),
) -> Any:
    """The batches of some steps; batch i is the same whichever step one starts from.

    Args:
        source: what training sees.
        batch_size: examples a batch.
        first_step: of the steps wanted.
        last_step: not included.
        workers: examples made at the same time.
        faults: hears of samples that cannot be read; a new one when None.
        part: which of how many equal parts of each batch are made, where several processes share
            the work; their number divides `batch_size`.

    Returns:
        A `tf.data.Dataset` of dicts: `image` uint8 [B, h, w, 3], `labels` uint8 [B, l_h, l_w];
        with a teacher also `teacher` float16 [B, l_h, l_w, classes], `teacher_valid` bool
        [B, l_h, l_w] and `has_teacher` bool [B]. Its attribute `faults` is for `WaitTimer`.
    """
    import tensorflow as tf

    heard = Faults(len(source.samples)) if faults is None else faults

    def make(position: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        try:
            example = training_example(source, int(position), heard)
        except StudioError as error:
            heard.fail(error)
            raise
        return tuple(array for array in example if array is not None)

    height, width = source.crop_size
    points = source.labels_size
    kinds = {
        "image": (tf.uint8, (height, width, 3)),
        "labels": (tf.uint8, points),
    }
    if source.teacher is not None:
        kinds["teacher"] = (tf.float16, (*points, source.teacher.shape[2]))
        kinds["teacher_valid"] = (tf.bool, points)

    def load(position: Any) -> dict[str, Any]:
        arrays = tf.numpy_function(make, [position], [kind for kind, _ in kinds.values()])
        features = dict(zip(kinds, arrays, strict=True))
        for name, (_, shape) in kinds.items():
            features[name].set_shape(shape)
        if source.teacher is not None:
            features["has_teacher"] = tf.reduce_any(features["teacher_valid"])
        return features

    index, parts = part
    made = batch_size // parts
    begins = tf.data.Dataset.range(first_step, last_step).map(
        lambda step: step * batch_size + index * made
    )
    positions = begins.flat_map(lambda begin: tf.data.Dataset.range(begin, begin + made))
    examples = positions.map(load, num_parallel_calls=workers, deterministic=True)
    batches = examples.batch(made, drop_remainder=True).prefetch(_BATCHES_AHEAD)
    batches.faults = heard  # TensorFlow carries no exceptions through, only their text
    return batches


class WaitTimer:
    """Iterates over batches and measures how long the training waits for each.

    Where the training cannot go on because of its data, it raises that error in words instead of
    TensorFlow's.

    Args:
        batches: of `training_batches`, or a distributed dataset made of them.
        faults: those given to `training_batches`, where `batches` is another object than it gave.

    Attributes:
        faults: samples that could not be read.
        wait_seconds: spent waiting for the last batch.
        total_wait_seconds: for all of them.
    """

    def __init__(self, batches: Any, faults: Faults | None = None) -> None:
        self._batches = iter(batches)
        self.faults: Faults | None = faults or getattr(batches, "faults", None)
        self.wait_seconds = 0.0
        self.total_wait_seconds = 0.0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        started = time.perf_counter()
        try:
            batch = next(self._batches)
        except StopIteration:
            raise
        except Exception as error:
            fatal = self.faults.fatal if self.faults else None
            if fatal is None:
                raise
            raise fatal from error
        self.wait_seconds = time.perf_counter() - started
        self.total_wait_seconds += self.wait_seconds
        return batch
