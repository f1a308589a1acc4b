"""Where models agree on images that nobody has labelled."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from studio.data.dataset import open_dataset, open_unlabelled
from studio.data.listing import image_files
from studio.data.reading import read_image
from studio.data.samples import RgbImage
from studio.errors import SpecError
from studio.evaluation.confusion import (
    Confusion,
    confusion_matrix,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)
from studio.evaluation.label_map import LabelMap, map_labels
from studio.evaluation.predict import open_predictor, spread
from studio.evaluation.predictor import Predictor, as_frame
from studio.evaluation.prefetch import prefetched
from studio.evaluation.scoring import facts_summary, median_millis, rounded
from studio.evaluation.spec import EvaluateSpec
from studio.evaluation.summary import tell_warnings
from studio.runs.reporting import Reporter
from studio.video.source import open_video


def measure_agreement(spec: EvaluateSpec, reporter: Reporter) -> dict[str, object]:
    """Run models over the same images and compare their masks with the first model's.

    Args:
        spec: what to do; `dataset` is a folder of images, a dataset, or a video.
        reporter: hears how it goes.

    Returns:
        `agreements`, one for each model but the first: `pixels` (share that is alike),
        `mean_iou` and `per_class_iou` (by the first model's labels; None for classes that it
        never saw). `models` with what was run and `invoke_millis` (median), `images`,
        `dataset`, `complete`.

    Raises:
        InputError: an image cannot be read.
        ModelError: a model cannot be used, or has no class of the first one's.
        SpecError: what was given has no end.
    """
    with contextlib.ExitStack() as stack:
        predictors: list[Predictor] = []
        for model in spec.models:
            predictor = open_predictor(Path(model), spec.options, batch_size=1)
            predictors.append(stack.enter_context(contextlib.closing(predictor)))
        first = predictors[0].facts
        maps = [map_labels(predictor.facts, first.labels, first.name) for predictor in predictors]
        for predictor, found in zip(predictors, maps, strict=True):
            facts = predictor.facts
            warnings = (*facts.warnings, *found.warnings)
            tell_warnings(reporter, facts.name, warnings, len(predictors))
        total, pictures = _pictures(spec)
        stack.enter_context(contextlib.closing(pictures))
        classes = maps[0].classes
        counts = [np.zeros((classes, classes + 1), np.int64) for _ in predictors[1:]]
        millis: list[list[float]] = [[] for _ in predictors]
        done = 0
        for picture in pictures:
            _count(picture, predictors, maps, counts, millis)
            done += 1
            reporter.progress(done, total, "images", "Comparing")
            if reporter.should_stop():
                break
    return {
        "dataset": Path(spec.dataset).name,
        "images": done,
        "complete": total is None or done >= total,
        "models": [
            {**facts_summary(predictor.facts), "invoke_millis": median_millis(times)}
            for predictor, times in zip(predictors, millis, strict=True)
        ],
        "agreements": [
            _agreement(first.name, predictor.facts.name, maps[0].labels, counted)
            for predictor, counted in zip(predictors[1:], counts, strict=True)
        ],
    }


def _count(
    picture: RgbImage,
    predictors: Sequence[Predictor],
    maps: Sequence[LabelMap],
    counts: Sequence[Confusion],
    millis: Sequence[list[float]],
) -> None:
    masks = []
    for predictor, label_map, times in zip(predictors, maps, millis, strict=True):
        (prediction,) = predictor.predict([picture])
        times.append(prediction.invoke_millis)
        masks.append(label_map.prediction(prediction.mask))
    for mask, found in zip(masks[1:], counts, strict=True):
        found += confusion_matrix(masks[0], mask, maps[0].classes)


def _agreement(
    baseline: str, model: str, labels: Sequence[str], counts: Confusion
) -> dict[str, object]:
    return {
        "baseline": baseline,
        "model": model,
        "pixels": rounded(pixel_accuracy(counts)),
        "mean_iou": rounded(float(mean_iou(counts))),
        "per_class_iou": {
            label: rounded(float(iou))
            for label, iou in zip(labels, iou_per_class(counts), strict=True)
        },
    }


def _pictures(spec: EvaluateSpec) -> tuple[int | None, Generator[RgbImage, None, None]]:
    """How many images there are, if that is known, and the images."""
    root = Path(spec.dataset)
    if root.is_dir():
        has_images = bool(image_files(root))
        dataset = open_unlabelled(root) if has_images else open_dataset(root, spec.split)
        samples = spread(dataset, spec.limit).samples
        return len(samples), prefetched(lambda sample: read_image(sample.image), samples)
    with contextlib.closing(open_video(spec.dataset)) as source:
        count = source.info.frame_count
    if count is None:
        raise SpecError(
            f"{spec.dataset} has no end, so models cannot be compared on all of it.",
            remedy="Give a folder of images or a video file.",
        )
    wanted = min(spec.limit or count, count)
    return wanted, _frames(spec.dataset, [index * count // wanted for index in range(wanted)])


def _frames(location: str, indices: Sequence[int]) -> Generator[RgbImage, None, None]:
    """Chosen frames of a video."""
    with contextlib.closing(open_video(location)) as source:
        at = 0
        for index in indices:
            while at < index and source.skip():
                at += 1
            frame = source.read()
            if frame is None:
                return
            at += 1
            yield as_frame(frame.image)  # swaps red and blue, whichever comes first
