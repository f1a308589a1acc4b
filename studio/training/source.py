"""Puts together what a training sees: samples, their order, the teacher's answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.data.dataset import open_unlabelled
from studio.data.order import repeats_of_rare
from studio.data.samples import Dataset, Sample
from studio.data.statistics import ClassCounts, class_counts
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.data.training_source import TrainingSource
from studio.errors import SpecError
from studio.paths import workspace_dir
from studio.runs.reporting import Reporter
from studio.training.spec import TrainSpec
from studio.training.teacher import Teacher, fill_cache

_TEACHERS = "teachers"


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


def prepare_source(dataset: Dataset, spec: TrainSpec, reporter: Reporter) -> PreparedSource:
    """Look through the masks where that is needed, and open the teacher.

    Args:
        dataset: to train on.
        spec: of the training.
        reporter: hears how far it has come.

    Raises:
        StudioError: masks cannot be read, or the teacher does not fit.
    """
    distillation = spec.distillation
    unlabelled: tuple[Sample, ...] = ()
    if distillation.unlabelled:
        found = open_unlabelled(Path(distillation.unlabelled)).samples
        unlabelled = found * distillation.unlabelled_repeats
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
