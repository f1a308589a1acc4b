"""Segment the images of a dataset with any model."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from studio.data.reading import read_sample
from studio.data.samples import Dataset, Mask, RgbImage, Sample
from studio.errors import InputError, ModelError
from studio.evaluation.keras_predictor import BATCH_SIZE, KerasPredictor, open_keras
from studio.evaluation.predictor import ModelFacts, Prediction, Predictor
from studio.evaluation.prefetch import prefetched
from studio.evaluation.tflite_predictor import TflitePredictor
from studio.inference.interpreter import load_runtime
from studio.inference.model import SessionOptions

__all__ = [
    "KerasPredictor",
    "ModelFacts",
    "Prediction",
    "Predictor",
    "SegmentedSample",
    "TflitePredictor",
    "Watcher",
    "open_predictor",
    "require_truth",
    "segment_dataset",
    "spread",
]


class Watcher(Protocol):
    """The part of a job's reporter that an evaluation talks to."""

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        """Say how far it has come."""
        ...

    def should_stop(self) -> bool:
        """Whether to stop now."""
        ...


@dataclass(frozen=True, slots=True)
class SegmentedSample:
    """An image of a dataset, its truth, and what a model made of it.

    Attributes:
        index: in the samples that were given.
        sample: of the dataset.
        image: uint8 [H, W, 3] RGB.
        truth: uint8 [H, W]; None where the dataset has none.
        mask: uint8 [H, W], in the model's classes.
        invoke_millis: of the network.
    """

    index: int
    sample: Sample
    image: RgbImage
    truth: Mask | None
    mask: Mask
    invoke_millis: float


def open_predictor(
    path: Path, options: SessionOptions | None = None, *, batch_size: int = BATCH_SIZE
) -> Predictor:
    """Open a model for evaluation.

    Args:
        path: of a `.tflite` or `.keras` file.
        options: how a `.tflite` file is run.
        batch_size: images that a Keras network is given at once.

    Raises:
        ModelError: the file is of another kind, or cannot be used.
        SpecError: the options cannot be met.
    """
    if path.suffix.lower() == ".tflite":
        return TflitePredictor(path, options)
    if path.suffix.lower() == ".keras":
        # tflite-runtime 2.14 can allocate nothing when it is loaded behind TensorFlow 2.21.
        if options is not None and options.runtime == "tflite-runtime":
            load_runtime(options.runtime)
        return open_keras(path, batch_size)
    raise ModelError(
        f"A .tflite or .keras file was expected; got {path.name}.",
        remedy="Give a model file that was exported or trained here, or a published .tflite.",
        details=str(path),
    )


def segment_dataset(
    predictor: Predictor,
    dataset: Dataset,
    watcher: Watcher,
    *,
    samples: Sequence[Sample] | None = None,
    message: str = "Evaluating",
) -> Generator[SegmentedSample, None, None]:
    """Segment image by image, reading ahead; ends early when it is asked to stop.

    Args:
        predictor: the model.
        dataset: whence the classes.
        watcher: hears how it goes after each image.
        samples: a part of the dataset; all of it when None.
        message: what is being done, in words.

    Yields:
        One result a sample, in order. Whoever stopped it gets fewer than there are samples.

    Raises:
        InputError: an image or its mask cannot be read.
        ModelError: the model refuses to run.
    """
    chosen = dataset.samples if samples is None else tuple(samples)

    def load(sample: Sample) -> tuple[Sample, RgbImage, Mask | None]:
        return (sample, *read_sample(sample, dataset.classes, dataset.palette))

    loaded = prefetched(load, chosen)
    done = 0
    try:
        while batch := list(islice(loaded, predictor.batch_size)):
            predictions = predictor.predict([image for _, image, _ in batch])
            for (sample, image, truth), prediction in zip(batch, predictions, strict=True):
                if watcher.should_stop():
                    return
                yield SegmentedSample(
                    index=done,
                    sample=sample,
                    image=image,
                    truth=truth,
                    mask=prediction.mask,
                    invoke_millis=prediction.invoke_millis,
                )
                done += 1
                watcher.progress(done, len(chosen), "images", message)
    finally:
        loaded.close()  # ends its threads


def require_truth(dataset: Dataset) -> None:
    """Make sure that there is something to score against.

    Raises:
        InputError: the dataset is empty, or an image has no mask.
    """
    if not dataset.samples:
        raise InputError(
            f"The dataset {dataset.name} has no images in its list {dataset.split or 'at all'}.",
            remedy="Choose another list.",
        )
    missing = [sample for sample in dataset.samples if sample.mask is None]
    if len(missing) == len(dataset.samples):
        raise InputError(
            f"None of the {len(missing)} images of {dataset.name} has a mask to score against.",
            remedy="Choose a dataset with masks. What two models make of images without masks can"
            " be compared by their agreement.",
        )
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(dataset.samples)} images of {dataset.name} have no mask;"
            f" the first is {missing[0].name}.",
            remedy="Add the masks, or take the images out of the list.",
            details="\n".join(sample.name for sample in missing),
        )


def spread(dataset: Dataset, limit: int) -> Dataset:
    """A part of a dataset, spread evenly over its list.

    Args:
        dataset: any.
        limit: how many samples to keep; 0 for all.
    """
    count = len(dataset.samples)
    if not 0 < limit < count:
        return dataset
    kept = tuple(dataset.samples[index * count // limit] for index in range(limit))
    return replace(dataset, samples=kept)
