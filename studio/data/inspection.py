"""Looks through a dataset: counts, sizes, broken pairs, images that two lists share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.classes import VOID_INDEX
from studio.data.covering import covering_draw
from studio.data.duplicates import identical_images, shared_names
from studio.data.reading import read_sample
from studio.data.report import SAMPLES_FOLDER, BrokenSample, DatasetReport, SamplePicture, SizeCount
from studio.data.samples import Dataset, Sample
from studio.data.statistics import Watcher, map_in_order, mask_counts
from studio.data.thumbnails import write_thumbnail
from studio.errors import InputError, StudioError

_FEW_IMAGES = 20
_MOST_SIZES = 50
_LARGE_PIXELS = 4_000_000
_NO_MASK = InputError(
    "The image has no mask.", remedy="Annotate it, or move it to a folder of images without masks."
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one sample holds: its size and pixels by index, or why it cannot be read."""

    size: tuple[int, int] = (0, 0)
    counts: NDArray[np.int64] | None = None
    error: StudioError | None = None


def inspect_dataset(
    dataset: Dataset,
    other: Dataset | None,
    artifacts_dir: Path,
    watcher: Watcher,
    *,
    samples: int = 24,
    seed: int = 0,
) -> DatasetReport:
    """Look at every sample, and draw some with their masks.

    Told to stop, it reports what it has seen until then.

    Args:
        dataset: to look through.
        other: a list that should share no image with it; None for none.
        artifacts_dir: pictures go into `samples` in it.
        watcher: hears how far it has come.
        samples: pictures to draw.
        seed: of their draw.

    Raises:
        OutputError: pictures cannot be written.
    """
    looks: list[_Look] = []
    for look in map_in_order(lambda sample: _look(sample, dataset), dataset.samples):
        looks.append(look)
        watcher.progress(len(looks), len(dataset), "images", "Looking at images")
        if watcher.should_stop():
            break
    seen = list(zip(dataset.samples, looks, strict=False))
    counts = np.zeros((len(seen), VOID_INDEX + 1), np.int64)
    for row, (_, look) in zip(counts, seen, strict=True):
        if look.counts is not None:
            row[:] = look.counts
    by_class = counts[:, : dataset.classes]
    usable = np.flatnonzero([look.error is None for look in looks])
    drawn = covering_draw(by_class[usable] > 0, samples, seed) if samples else ()
    chosen = [int(usable[index]) for index in drawn]
    report = DatasetReport(
        name=dataset.name,
        root=str(dataset.root),
        split=dataset.split,
        labels=dataset.labels,
        palette=tuple(_rgb(dataset, index) for index in range(dataset.classes)),
        images=len(dataset),
        checked=len(looks),
        class_pixels=tuple(by_class.sum(axis=0).tolist()),
        class_images=tuple((by_class > 0).sum(axis=0).tolist()),
        void_pixels=int(counts[:, VOID_INDEX].sum()),
        sizes=_sizes(looks),
        broken=tuple(_broken(sample, look.error) for sample, look in seen if look.error),
        shared=shared_names(dataset, other) if other else (),
        identical=identical_images(dataset, other),
        val_split=other.split if other else "",
        samples=tuple(
            _picture(dataset, index, number, looks[index], artifacts_dir)
            for number, index in enumerate(chosen)
        ),
    )
    return msgspec.structs.replace(report, warnings=_warnings(report))


def _look(sample: Sample, dataset: Dataset) -> _Look:
    try:
        image, mask = read_sample(sample, dataset.classes, dataset.palette)
    except StudioError as error:
        return _Look(error=error)
    size = (image.shape[1], image.shape[0])
    if mask is None:
        return _Look(size, error=_NO_MASK)
    return _Look(size, mask_counts(mask))


def _broken(sample: Sample, error: StudioError) -> BrokenSample:
    return BrokenSample(
        name=sample.name,
        image=str(sample.image),
        mask="" if sample.mask is None else str(sample.mask),
        reason=error.message,
        remedy=error.remedy,
    )


def _picture(
    dataset: Dataset, index: int, number: int, look: _Look, artifacts_dir: Path
) -> SamplePicture:
    sample = dataset.samples[index]
    file = f"{SAMPLES_FOLDER}/{number:04d}.jpg"
    write_thumbnail(artifacts_dir / file, dataset, sample)
    assert look.counts is not None
    return SamplePicture(
        name=sample.name,
        file=file,
        classes=tuple(int(c) for c in np.flatnonzero(look.counts[: dataset.classes])),
        width=look.size[0],
        height=look.size[1],
    )


def _sizes(looks: Sequence[_Look]) -> tuple[SizeCount, ...]:
    """The most frequent sizes; those of files that cannot be read are unknown."""
    sizes = Counter(look.size for look in looks if look.size != (0, 0))
    return tuple(
        SizeCount(width=width, height=height, images=images)
        for (width, height), images in sizes.most_common(_MOST_SIZES)
    )


def _rgb(dataset: Dataset, index: int) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in dataset.palette[index])
    return red, green, blue


def _warnings(report: DatasetReport) -> tuple[str, ...]:
    """What stands out, in words."""
    found = []
    if report.checked < report.images:
        found.append(f"Only {report.checked} of {report.images} images were looked at.")
    if report.broken:
        found.append(f"{len(report.broken)} images or masks cannot be used.")
    pairs = list(zip(report.labels, report.class_images, strict=True))
    shown = [label for label, images in pairs if images]
    if len(shown) == 1:
        found.append(f"There is only one class, {shown[0]}: a network learns nothing from it.")
    absent = [label for label, images in pairs if not images]
    if absent and len(shown) > 1:
        found.append(f"No image shows {', '.join(absent)}.")
    few = [f"{label} ({images})" for label, images in pairs if 0 < images < _FEW_IMAGES]
    if few and report.checked >= _FEW_IMAGES * 2:
        found.append(f"Fewer than {_FEW_IMAGES} images show {', '.join(few)}.")
    pixels = max((size.width * size.height for size in report.sizes[:1]), default=0)
    if pixels > _LARGE_PIXELS:
        found.append(
            f"Most images have {pixels / 1e6:.0f} megapixels, and each is decoded in every epoch:"
            " scale images and masks down to about 1000 pixels first, or the training will wait."
        )
    if report.shared:
        found.append(f"{len(report.shared)} images are in {report.val_split!r} too.")
    if report.identical:
        found.append(f"{len(report.identical)} images are there under several names.")
    return tuple(found)
