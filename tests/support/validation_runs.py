"""Run folders with evaluations: real pictures and scores that belong to them, tiny."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette
from studio.opencv import cv2
from studio.runs.folder import RunFolder
from studio.training.validation_log import EpochScores, ImageScore, epoch_dir, validation_dir
from studio.video.mask_writer import write_mask_png

Mask = NDArray[np.uint8]


def scene(seed: int, height: int = 48, width: int = 64) -> Mask:
    """Draw a true mask: a box and an ellipse of two classes, with a void border.

    Returns:
        uint8 [height, width].
    """
    random = np.random.default_rng(seed)
    first, second = random.choice(np.arange(1, 21), 2, replace=False)
    mask = np.zeros((height, width), np.uint8)
    left, top = random.integers(2, width // 3), random.integers(2, height // 3)
    cv2.rectangle(mask, (left, top), (left + width // 3, top + height // 2), int(first), -1)
    centre = (int(width * 0.7), int(height * random.uniform(0.4, 0.7)))
    axes = (width // 6, height // 4)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (float(second),), -1)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, (255.0,), 1)
    return mask


def predict(truth: Mask, quality: float, seed: int) -> Mask:
    """Spoil a mask: the lower the quality, the coarser and the more confused it is.

    Args:
        truth: uint8 [H, W].
        quality: 0.0 to 1.0; 1.0 gives the truth without void.
        seed: of what is confused.
    """
    random = np.random.default_rng(seed)
    mask = np.where(truth == 255, 0, truth).astype(np.uint8)
    for index in np.unique(mask[mask > 0]):
        if random.random() > quality:
            mask[mask == index] = random.integers(0, 21)
    shift = round((1 - quality) * mask.shape[1] / 8)
    return np.roll(mask, shift, axis=1)


def confusion_of(truth: Mask, prediction: Mask, classes: int) -> NDArray[np.int64]:
    """Pixels by [truth][prediction], void left out."""
    counted = truth != 255
    pairs = truth[counted].astype(np.int64) * classes + prediction[counted]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def iou_of(confusion: NDArray[np.int64]) -> list[float | None]:
    """IoU by class, None where it does not occur."""
    union = confusion.sum(0) + confusion.sum(1) - np.diag(confusion)
    pairs = zip(np.diag(confusion).tolist(), union.tolist(), strict=True)
    return [right / both if both else None for right, both in pairs]


def write_samples(folder: RunFolder, truths: dict[str, Mask]) -> None:
    """Write the kept images and their truth."""
    samples = validation_dir(folder.artifacts_dir) / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for name, truth in truths.items():
        painted = voc_palette()[truth][..., ::-1].astype(np.float32)
        noise = np.random.default_rng(len(name)).normal(0, 12, painted.shape)
        photo = np.clip(0.45 * painted + 70 + noise, 0, 255).astype(np.uint8)
        assert cv2.imwrite(str(samples / f"{name}.jpg"), photo)
        write_mask_png(samples / f"{name}.png", truth, voc_palette())


def write_epoch(
    folder: RunFolder,
    epoch: int,
    truths: dict[str, Mask],
    predictions: dict[str, Mask],
    *,
    labels: Sequence[str] = VOC_LABELS,
    kept: Sequence[str] | None = None,
) -> EpochScores:
    """Write an evaluation as a training does: masks first, scores last.

    Args:
        folder: of the run.
        epoch: done so far.
        truths: mask by name of all scored images.
        predictions: likewise.
        labels: of the classes.
        kept: names of the images whose masks are written; all for None.
    """
    place = epoch_dir(folder.artifacts_dir, epoch)
    place.mkdir(parents=True, exist_ok=True)
    total = np.zeros((len(labels), len(labels)), np.int64)
    images = []
    for name, truth in truths.items():
        own = confusion_of(truth, predictions[name], len(labels))
        total += own
        ious = [
            iou for iou, row in zip(iou_of(own), own, strict=True) if iou is not None and row.any()
        ]
        right = float(np.trace(own) / own.sum())
        images.append(ImageScore(name=name, miou=float(np.mean(ious)), pixel_accuracy=right))
        if kept is None or name in kept:
            write_mask_png(place / f"{name}.png", predictions[name], voc_palette())
    ious_all = iou_of(total)
    scores = EpochScores(
        epoch=epoch,
        step=epoch * 100,
        labels=tuple(labels),
        miou=float(
            np.mean(
                [
                    iou
                    for iou, row in zip(ious_all, total, strict=True)
                    if row.any() and iou is not None
                ]
            )
        ),
        pixel_accuracy=float(np.trace(total) / total.sum()),
        per_class_iou=tuple(ious_all),
        confusion=tuple(tuple(row) for row in total.tolist()),
        images=tuple(images),
    )
    (place / "scores.json").write_bytes(msgspec.json.encode(scores))
    return scores


def make_run(path: Path, *, images: int = 4, epochs: int = 3, scored: int = 0) -> RunFolder:
    """Make a run folder whose masks get better epoch by epoch.

    Args:
        path: of the run folder.
        images: kept as pictures.
        epochs: evaluated.
        scored: images in all, kept ones among them; as many as are kept for 0.
    """
    folder = RunFolder(path)
    truths = {f"img_{i:03d}": scene(i) for i in range(max(images, scored))}
    kept = list(truths)[:images]
    write_samples(folder, {name: truths[name] for name in kept})
    for epoch in range(1, epochs + 1):
        quality = epoch / epochs
        predictions = {
            name: predict(truth, quality, i) for i, (name, truth) in enumerate(truths.items())
        }
        write_epoch(folder, epoch, truths, predictions, kept=kept)
    return folder
