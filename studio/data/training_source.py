"""Everything that decides what training sees, and the example at each position."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.augmentation import crop_image, crop_mask, draw
from studio.data.faults import Faults
from studio.data.geometry import CropGeometry, crop_geometry, loss_positions
from studio.data.order import Order
from studio.data.reading import read_sample
from studio.data.samples import Dataset, Mask, RgbImage, Sample
from studio.data.spec import AugmentationSpec
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.errors import StudioError
from studio.inference.model import LogitsGrid

_MOST_REPLACEMENTS = 8


class Example(NamedTuple):
    """One training example.

    Attributes:
        image: uint8 [h, w, 3] RGB.
        labels: uint8 [l_h, l_w] at the loss's points; 255 is to be ignored.
        teacher: float16 [l_h, l_w, classes] logits at the same points; None without a teacher.
        teacher_valid: bool [l_h, l_w], where the teacher saw the image; None without a teacher.
    """

    image: RgbImage
    labels: Mask
    teacher: NDArray[np.float16] | None
    teacher_valid: NDArray[np.bool_] | None


@dataclass(frozen=True)
class TrainingSource:
    """What training sees: samples, their order, and how they are varied and cut.

    Attributes:
        dataset: samples with masks.
        crop_size: height and width of the crops.
        loss_stride: crop pixels a point of the loss.
        grid: on which the network's logits lie; the points of the loss lie likewise.
        augmentation: random changes.
        seed: of order and changes.
        repeats: how often each sample of the dataset comes in an epoch; once when empty. See
            `studio.data.order.repeats_of_rare` and `studio.data.statistics`.
        unlabelled: samples without masks, each once an epoch.
        teacher: logits of a teacher for the samples.
    """

    dataset: Dataset
    crop_size: tuple[int, int]
    loss_stride: int
    grid: LogitsGrid = "align_corners"
    augmentation: AugmentationSpec = field(default_factory=AugmentationSpec)
    seed: int = 0
    repeats: tuple[int, ...] = ()
    unlabelled: tuple[Sample, ...] = ()
    teacher: TeacherCache | None = None

    def __post_init__(self) -> None:
        if self.repeats and len(self.repeats) != len(self.dataset):
            raise ValueError(f"{len(self.repeats)} repeats for {len(self.dataset)} samples.")
        repeats = self.repeats or (1,) * len(self.dataset)
        object.__setattr__(self, "order", Order(self.seed, repeats + (1,) * len(self.unlabelled)))
        object.__setattr__(self, "samples", self.dataset.samples + self.unlabelled)

    order: Order = field(init=False, repr=False)
    samples: tuple[Sample, ...] = field(init=False, repr=False)

    @property
    def epoch_samples(self) -> int:
        """Examples an epoch."""
        return self.order.epoch_samples

    @property
    def labels_size(self) -> tuple[int, int]:
        """Height and width of the points of the loss."""
        rows, columns = self.loss_points
        return len(rows), len(columns)

    @property
    def loss_points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rows and columns of the crop at which the loss is taken."""
        height, width = self.crop_size
        return (
            loss_positions(height, self.loss_stride, self.grid),
            loss_positions(width, self.loss_stride, self.grid),
        )


def training_example(
    source: TrainingSource, position: int, faults: Faults | None = None
) -> Example:
    """Make the example at a position; depends on nothing but the arguments.

    Args:
        source: what training sees.
        position: examples drawn before, since the start of the training.
        faults: hears of samples that cannot be read, which are replaced by their successors; they
            are errors when None.

    Raises:
        InputError: a sample cannot be read, or too many of them.
    """
    index = source.order.sample(position)
    for _ in range(_MOST_REPLACEMENTS):
        sample = source.samples[index]
        try:
            image, mask = read_sample(sample, source.dataset.classes, source.dataset.palette)
            break
        except StudioError as error:
            if faults is None:
                raise
            faults.add(sample.name, error)
            failure = error
        index = (index + 1) % len(source.samples)
    else:
        raise failure
    changes = draw(source.augmentation, source.seed, position)
    size = (image.shape[0], image.shape[1])
    crop = crop_geometry(size, source.crop_size, changes.scale, changes.offset, changes.flip)
    rows, columns = source.loss_points
    if mask is None:
        labels = np.full((len(rows), len(columns)), VOID_INDEX, np.uint8)
    else:
        labels = crop_mask(mask, crop, rows, columns)
    teacher, valid = _teacher_at(source, sample, crop, rows, columns)
    return Example(crop_image(image, crop, changes), labels, teacher, valid)


def _teacher_at(
    source: TrainingSource,
    sample: Sample,
    crop: CropGeometry,
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
) -> tuple[NDArray[np.float16] | None, NDArray[np.bool_] | None]:
    if source.teacher is None:
        return None, None
    at_rows, at_columns = crop.rows.at(rows), crop.columns.at(columns)
    valid = np.logical_and.outer(crop.rows.is_inside(at_rows), crop.columns.is_inside(at_columns))
    name = teacher_name(sample)
    logits = source.teacher.find(name)
    if logits is None:
        shape = (len(rows), len(columns), source.teacher.shape[2])
        return np.zeros(shape, np.float16), np.zeros_like(valid)
    size = (crop.rows.source_pixels, crop.columns.source_pixels)
    return source.teacher.layout.sample(logits, size, at_rows, at_columns), valid
