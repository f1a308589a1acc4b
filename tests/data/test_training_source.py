"""An example is a function of its position; the teacher's logits lie on the same pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.data.augmentation import draw
from studio.data.dataset import open_dataset, open_unlabelled
from studio.data.faults import Faults
from studio.data.geometry import crop_geometry
from studio.data.reading import read_image
from studio.data.spec import AugmentationSpec
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.data.training_source import Example, TrainingSource, training_example
from studio.errors import InputError
from studio.inference.geometry import fitted_size
from studio.inference.model import LogitsGrid
from tests.support.datasets import make_unlabelled, make_voc

PLAIN = AugmentationSpec(1.0, 1.0, False, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def source(tmp_path: Path) -> TrainingSource:
    dataset = open_dataset(make_voc(tmp_path), "train")
    photos = open_unlabelled(make_unlabelled(tmp_path / "photos")).samples
    return TrainingSource(dataset, (33, 33), 4, seed=5, unlabelled=photos)


def _same(one: Example, other: Example) -> bool:
    return all(
        (a is None and b is None) or (a is not None and b is not None and np.array_equal(a, b))
        for a, b in zip(one, other, strict=True)
    )


def test_a_position_gives_the_same_example_whatever_came_before(source: TrainingSource) -> None:
    again = replace(source)
    for position in (40, 3, 17, 3):
        assert _same(training_example(source, position), training_example(again, position))


def test_seeds_and_epochs_give_other_examples(source: TrainingSource) -> None:
    first = training_example(source, 0)
    assert not _same(first, training_example(replace(source, seed=6), 0))
    assert not _same(first, training_example(source, source.epoch_samples))


def test_shapes_and_types_are_as_told(source: TrainingSource) -> None:
    example = training_example(source, 0)
    assert example.image.shape == (33, 33, 3)
    assert example.image.dtype == np.uint8
    assert example.labels.shape == (9, 9)
    assert example.labels.dtype == np.uint8
    assert source.labels_size == (9, 9)
    assert example.teacher is None
    assert example.teacher_valid is None


def test_an_epoch_has_every_sample_and_every_photo(source: TrainingSource) -> None:
    assert source.epoch_samples == 8 + 4
    drawn = {source.order.sample(position) for position in range(12)}
    assert {source.samples[index].name for index in drawn} >= {"photo_0", "2007_000007"}


def test_samples_are_repeated_as_told_and_photos_are_not(source: TrainingSource) -> None:
    repeated = replace(source, repeats=(3, *(1,) * 7))
    assert repeated.epoch_samples == 10 + 4
    drawn = [repeated.order.sample(position) for position in range(14)]
    assert drawn.count(0) == 3
    with pytest.raises(ValueError, match="2 repeats for 8 samples"):
        replace(source, repeats=(1, 1))


def test_photos_without_masks_are_void_but_show_the_photo(source: TrainingSource) -> None:
    position = next(p for p in range(12) if source.samples[source.order.sample(p)].mask is None)
    example = training_example(source, position)
    assert (example.labels == 255).all()
    assert example.image.std() > 10


def test_examples_without_changes_show_the_whole_image(source: TrainingSource) -> None:
    plain = replace(source, augmentation=PLAIN, crop_size=(49, 65), unlabelled=())
    position = 2
    sample = plain.samples[plain.order.sample(position)]
    example = training_example(plain, position)
    original = read_image(sample.image)  # 48x64, hardly scaled at all
    assert np.abs(example.image[:48, :64].astype(int) - original)[2:-2, 2:-2].mean() < 8


class TestTeacher:
    @pytest.mark.parametrize("grid", ["align_corners", "half_pixel"])
    def test_its_logits_lie_where_the_image_does(
        self, source: TrainingSource, tmp_path: Path, grid: LogitsGrid
    ) -> None:
        """Logits that name their own place in the image are found at that place of the crop."""
        names = tuple(teacher_name(sample) for sample in source.samples)
        size, cells = (65, 17) if grid == "align_corners" else (64, 16)
        with TeacherCache.open_or_create(
            tmp_path / "c", "k", names, (cells, cells, 2), input_size=(size, size), grid=grid
        ) as cache:
            for number, sample in enumerate(source.samples):
                cache.write(number, _own_places(read_image(sample.image).shape[:2], size, cells))
            taught = replace(source, teacher=cache)
            for position in range(12):
                _expect_places(taught, position, cells)

    def test_images_it_has_not_seen_do_not_count(
        self, source: TrainingSource, tmp_path: Path
    ) -> None:
        with TeacherCache.open_or_create(
            tmp_path / "c", "k", (), (3, 3, 2), input_size=(33, 33), grid="align_corners"
        ) as cache:
            example = training_example(replace(source, teacher=cache), 0)
        assert example.teacher is not None
        assert example.teacher_valid is not None
        assert example.teacher.shape == (9, 9, 2)
        assert not example.teacher_valid.any()


class TestBrokenSamples:
    def test_alone_they_are_errors(self, source: TrainingSource) -> None:
        source.samples[source.order.sample(0)].image.unlink()
        with pytest.raises(InputError, match="missing"):
            training_example(source, 0)

    def test_a_few_are_replaced_and_named_once(self, source: TrainingSource) -> None:
        broken = source.samples[source.order.sample(0)]
        broken.image.write_bytes(b"no picture")
        faults = Faults(len(source.samples))
        examples = [training_example(source, position, faults) for position in range(24)]
        assert examples[0].image.std() > 10
        ((name, error),) = faults.take_new()
        assert name == broken.name
        assert "cannot be read" in str(error)
        assert faults.take_new() == ()
        assert faults.fatal is None

    def test_many_end_the_training_in_words(self, source: TrainingSource) -> None:
        for sample in source.samples:
            sample.image.unlink()
        faults = Faults(len(source.samples))
        with pytest.raises(InputError, match=r"4 of 12 images could not be read.*missing"):
            training_example(source, 0, faults)
        assert faults.fatal is not None

    def test_a_large_dataset_may_have_more_of_them(self) -> None:
        faults = Faults(1000)
        for number in range(10):
            faults.add(str(number), InputError("broken"))
        with pytest.raises(InputError, match="11 of 1000"):
            faults.add("another", InputError("broken"))

    def test_a_dataset_with_nothing_but_a_few_broken_samples_ends(
        self, source: TrainingSource
    ) -> None:
        """Each replacement is broken too, though they are few enough to be passed over."""
        only = replace(source.dataset, samples=source.dataset.samples[:2])
        small = replace(source, dataset=only, unlabelled=())
        for sample in small.samples:
            sample.image.unlink()
        with pytest.raises(InputError, match="missing"):
            training_example(small, 0, Faults(2))


def _own_places(
    image_size: tuple[int, ...], size: int, cells: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Logits whose two classes hold the column and the row of the image that they lie on."""
    height, width = image_size
    fitted = fitted_size((height, width), (size, size), "letterbox")
    at_input = np.linspace(0, size - 1, cells)
    if size % cells == 0:
        at_input = (np.arange(cells) + 0.5) * size / cells - 0.5
    rows = (at_input + 0.5) * height / fitted[0] - 0.5
    columns = (at_input + 0.5) * width / fitted[1] - 0.5
    return np.stack(np.meshgrid(columns, rows), axis=-1)


def _expect_places(source: TrainingSource, position: int, cells: int) -> None:
    example = training_example(source, position)
    sample = source.samples[source.order.sample(position)]
    size = (read_image(sample.image).shape[0], read_image(sample.image).shape[1])
    drawn = draw(source.augmentation, source.seed, position)
    crop = crop_geometry(size, source.crop_size, drawn.scale, drawn.offset, drawn.flip)
    rows, columns = source.loss_points
    wanted = np.stack(np.meshgrid(crop.columns.at(columns), crop.rows.at(rows)), axis=-1)
    assert example.teacher is not None
    assert example.teacher_valid is not None
    # Half a cell at the image's ends lies beyond the outermost logits and repeats them.
    cell = max(size) / cells
    inner = (wanted > cell) & (wanted < np.array(size[::-1]) - cell)
    sure = inner.all(axis=-1)
    assert example.teacher_valid[sure].all()
    assert np.abs(example.teacher - wanted)[sure].max(initial=0.0) < 0.1
    outside = (wanted < -0.5).any(axis=-1) | (wanted > np.array(size[::-1]) - 0.5).any(axis=-1)
    assert not example.teacher_valid[outside].any()
    if sample.mask is not None:
        assert ((example.labels != 255) <= example.teacher_valid).all()
