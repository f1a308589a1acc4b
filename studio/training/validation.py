"""Scores a network on the validation images and keeps what the window shows of it."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np

from studio.classes import voc_palette
from studio.data.reading import read_sample
from studio.data.samples import Dataset, Sample
from studio.errors import SpecError
from studio.evaluation.confusion import (
    Confusion,
    confusion_matrix,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)
from studio.evaluation.keras_predictor import KerasPredictor
from studio.evaluation.predictor import Image, Mask
from studio.opencv import cv2
from studio.runs.reporting import Reporter
from studio.training.spec import TrainSpec
from studio.training.validation_log import (
    EpochScores,
    ImageScore,
    epoch_dir,
    validation_dir,
)
from studio.video.atomic_file import write_atomically
from studio.video.mask_writer import encode_mask_png

_LONGEST_PREVIEW_SIDE = 384
_PICTURES = 4


class Validation:
    """The validation images of a training.

    Args:
        dataset: all validation images.
        spec: says how many are scored and how many kept as pictures.
        artifacts_dir: of the run.

    Raises:
        SpecError: images without masks cannot be validated on.
    """

    def __init__(self, dataset: Dataset, spec: TrainSpec, artifacts_dir: Path) -> None:
        samples = [sample for sample in dataset.samples if sample.mask is not None]
        if not samples:
            raise SpecError(
                f"The list {dataset.split!r} of {dataset.name} names no image with a mask.",
                remedy="Choose another list to validate on.",
            )
        generator = np.random.default_rng(spec.seed)
        order = generator.permutation(len(samples))
        scored = sorted(order[: spec.val_images or len(samples)])
        self._samples = [samples[index] for index in scored]
        kept = sorted(order[: min(spec.preview_images, len(scored))])
        self._kept = {samples[index].name for index in kept}
        self._labels = dataset.labels
        self._palette = dataset.palette
        self._artifacts_dir = artifacts_dir

    def score(
        self, predictor: KerasPredictor, epoch: int, step: int, reporter: Reporter
    ) -> EpochScores | None:
        """Segment the images, write masks and scores.

        Args:
            predictor: of the network.
            epoch: epochs done.
            step: optimizer steps done.
            reporter: hears how far it has come.

        Returns:
            The scores; None when it was told to stop.

        Raises:
            StudioError: an image or mask cannot be read, or the disk is full.
        """
        folder = epoch_dir(self._artifacts_dir, epoch)
        folder.mkdir(parents=True, exist_ok=True)
        (validation_dir(self._artifacts_dir) / "samples").mkdir(exist_ok=True)
        total: Confusion = np.zeros((len(self._labels), len(self._labels) + 1), np.int64)
        scores: list[ImageScore] = []
        for start in range(0, len(self._samples), predictor.batch_size):
            if reporter.should_stop():
                return None
            reporter.progress(start, len(self._samples), "images", "Scoring")
            batch = self._samples[start : start + predictor.batch_size]
            pairs = [read_sample(sample, len(self._labels), self._palette) for sample in batch]
            predictions = predictor.predict([image for image, _ in pairs])
            for sample, (image, truth), prediction in zip(batch, pairs, predictions, strict=True):
                assert truth is not None
                counts = confusion_matrix(truth, prediction.mask, len(self._labels))
                total += counts
                scores.append(
                    ImageScore(
                        name=sample.name,
                        miou=_finite(float(mean_iou(counts))),
                        pixel_accuracy=_finite(pixel_accuracy(counts)),
                    )
                )
                if sample.name in self._kept:
                    self._keep(sample, image, truth, prediction.mask, folder)
        result = EpochScores(
            epoch=epoch,
            step=step,
            labels=self._labels,
            miou=_finite(float(mean_iou(total))),
            pixel_accuracy=_finite(pixel_accuracy(total)),
            per_class_iou=tuple(
                None if math.isnan(iou) else float(iou) for iou in iou_per_class(total)
            ),
            confusion=tuple(
                tuple(int(pixels) for pixels in row[: len(self._labels)]) for row in total
            ),
            images=tuple(scores),
        )
        write_atomically(folder / "scores.json", msgspec.json.encode(result))
        return result

    def pictures(self, epoch: int) -> list[tuple[str, Path]]:
        """Names and files of a few predicted masks of an evaluation."""
        folder = epoch_dir(self._artifacts_dir, epoch)
        return [(name, folder / f"{name}.png") for name in sorted(self._kept)[:_PICTURES]]

    def _keep(self, sample: Sample, image: Image, truth: Mask, mask: Mask, folder: Path) -> None:
        height, width = truth.shape
        scale = min(1.0, _LONGEST_PREVIEW_SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        samples = validation_dir(self._artifacts_dir) / "samples"
        picture = samples / f"{sample.name}.jpg"
        if not picture.exists():
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            write_atomically(
                samples / f"{sample.name}.png", _small_mask(truth, size), is_synced=False
            )
            _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
            write_atomically(picture, jpeg.tobytes(), is_synced=False)
        write_atomically(folder / f"{sample.name}.png", _small_mask(mask, size), is_synced=False)


def _small_mask(mask: Mask, size: tuple[int, int]) -> bytes:
    small = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    return encode_mask_png(np.asarray(small, np.uint8), voc_palette())


def _finite(value: float) -> float:
    return 0.0 if math.isnan(value) else value
