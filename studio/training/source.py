"""Puts together what a training sees: samples, their order, the teacher's answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.data.check import check_dataset
from studio.data.dataset import open_dataset, open_unlabelled
from studio.data.order import repeats_of_rare
from studio.data.samples import Dataset, Sample
from studio.data.statistics import ClassCounts, class_counts
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.data.training_source import TrainingSource
from studio.errors import InputError, SpecError
from studio.paths import workspace_dir
from studio.runs.reporting import Reporter
from studio.training.spec import TrainSpec
from studio.training.teacher import Teacher, fill_cache

_TEACHERS = "teachers"
_MASKS_LOOKED_AT = 64


@dataclass(frozen=True)
class PreparedSource:
    """What a training sees.

    Attributes:
        data: examples by position.
        class_weights: float32 [classes], mean 1 over the pixels; None for all alike.
        teacher: still to be asked; None without.
    """

    data: TrainingSource
    class_weights: npt.NDArray[np.float32] | None
    teacher: Teacher | None

    def ask_teacher(self, reporter: Reporter) -> bool:
        """Ask the teacher about all images it has not seen; see `fill_cache`."""
        if self.teacher is None or self.data.teacher is None:
            return True
        return fill_cache(self.data.teacher, self.teacher, self.data.samples, reporter)

    def close(self) -> None:
        """Let go of the teacher's answers."""
        if self.data.teacher is not None:
            self.data.teacher.close()


def open_datasets(spec: TrainSpec) -> tuple[Dataset, Dataset]:
    """Open what is trained and validated on, and see that all files are there.

    Args:
        spec: of the training.

    Raises:
        InputError: a list or a file is missing.
        SpecError: the network has another number of classes.
    """
    dataset = open_dataset(Path(spec.dataset), spec.split)
    if dataset.classes != spec.network.classes:
        raise SpecError(
            f"The network has {spec.network.classes} classes, the dataset has"
            f" {dataset.classes}: {', '.join(dataset.labels)}.",
            remedy=f"Set network.classes to {dataset.classes}.",
        )
    val = open_dataset(Path(spec.dataset), spec.val_split)
    scored = tuple(sample for sample in val.samples if sample.mask is not None)
    if val.samples and not scored:
        raise SpecError(
            f"The list {val.split!r} of {val.name} names no image with a mask.",
            remedy="Choose another list to validate on.",
        )
    val = replace(val, samples=scored)
    check_dataset(dataset)
    check_dataset(val)
    return dataset, val


def prepare_source(dataset: Dataset, spec: TrainSpec, reporter: Reporter) -> PreparedSource:
    """Look through the masks where that is needed, and open the teacher.

    Args:
        dataset: to train on.
        spec: of the training.
        reporter: hears how far it has come.

    Raises:
        StudioError: masks cannot be read or show one class only, images without masks are
            missing, or the teacher does not fit.
    """
    distillation = spec.distillation
    unlabelled: tuple[Sample, ...] = ()
    if distillation.unlabelled:
        found = open_unlabelled(Path(distillation.unlabelled)).samples
        check_dataset(dataset, found)
        unlabelled = found * distillation.unlabelled_repeats
    if not distillation.teacher:
        _expect_classes(dataset, reporter)
    teacher, cache = None, None
    if distillation.teacher:
        teacher = Teacher(distillation, dataset.labels)
        cache = TeacherCache.open_or_create(
            workspace_dir() / _TEACHERS / teacher.key,
            teacher.key,
            tuple(teacher_name(sample) for sample in (*dataset.samples, *unlabelled)),
            teacher.shape,
            input_size=teacher.input_size,
            grid=teacher.grid,
        )
    needs_counts = spec.loss.repeat_rare > 1 or spec.loss.class_balance != "none"
    counts = class_counts(dataset, reporter) if needs_counts else None
    data = TrainingSource(
        dataset,
        spec.crop,
        spec.loss.stride,
        grid=spec.network.logits_grid,
        augmentation=spec.augmentation,
        seed=spec.seed,
        repeats=_repeats(counts, spec),
        unlabelled=unlabelled,
        teacher=cache,
    )
    if data.epoch_samples < spec.batch_size:
        raise SpecError(
            f"The list {dataset.split!r} gives {data.epoch_samples} samples an epoch, fewer than"
            f" a batch of {spec.batch_size}.",
            remedy="Lower batch_size, or train on more images.",
        )
    return PreparedSource(data, _class_weights(counts, spec), teacher)


def _expect_classes(dataset: Dataset, reporter: Reporter) -> None:
    """Look at a few masks, and at all where those show one class: nothing can be learnt from one.

    Raises:
        InputError: it is so, or too many masks cannot be read.
    """
    few = np.linspace(0, len(dataset) - 1, min(_MASKS_LOOKED_AT, len(dataset)))
    looked_at = replace(dataset, samples=tuple(dataset.samples[int(index)] for index in few))
    for samples in (looked_at, dataset):
        present = class_counts(samples, reporter).images > 0
        if present.sum() > 1 or reporter.should_stop():
            return
    shown = dataset.labels[int(present.argmax())] if present.any() else "void"
    raise InputError(
        f"All {len(dataset)} masks of the list {dataset.split!r} show {shown!r} only: there is"
        " nothing to tell apart.",
        remedy="Choose a list whose masks show two classes at least, or give a teacher.",
    )


def _repeats(counts: ClassCounts | None, spec: TrainSpec) -> tuple[int, ...]:
    if counts is None:
        return ()
    return repeats_of_rare(counts.present[:, 1:], spec.loss.repeat_rare)


def _class_weights(counts: ClassCounts | None, spec: TrainSpec) -> npt.NDArray[np.float32] | None:
    """Weights that fall with a class's frequency; a class that never occurs counts as the rarest.

    Reference: Eigen and Fergus 2015, section 6.3.2 (median frequency balancing).
    """
    if counts is None or spec.loss.class_balance == "none":
        return None
    pixels = counts.pixels.astype(np.float64)
    pixels[pixels == 0] = pixels[pixels > 0].min()
    power = 0.5 if spec.loss.class_balance == "sqrt" else 1.0
    weights = (np.median(pixels) / pixels) ** power
    mean = (weights * pixels).sum() / pixels.sum()
    balanced: npt.NDArray[np.float32] = (weights / mean).astype(np.float32)
    return balanced
