"""Counts are those of the masks; draws show every class and never change."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from studio.data.calibration import calibration_images, calibration_subset, open_calibration
from studio.data.covering import covering_draw
from studio.data.dataset import open_dataset
from studio.data.reading import read_image
from studio.data.statistics import class_counts, map_in_order
from studio.errors import InputError
from studio.opencv import cv2
from tests.support.datasets import example_pair, make_unlabelled, make_voc
from tests.support.reporter import KeepingReporter

_present = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))


class TestCounts:
    def test_they_are_those_of_the_masks(self, tmp_path: Path) -> None:
        counts = class_counts(open_dataset(make_voc(tmp_path), "train"))
        for index in range(8):
            mask = example_pair(index, (48, 64), 3)[1]
            wanted = [int((mask == label).sum()) for label in range(3)]
            assert counts.pixels_by_sample[index].tolist() == wanted
        assert counts.images.tolist() == [8, 4, 4]
        assert counts.pixels.tolist() == counts.pixels_by_sample.sum(axis=0).tolist()

    def test_a_few_broken_masks_count_as_nothing(self, tmp_path: Path) -> None:
        dataset = open_dataset(make_voc(tmp_path), "train")
        mask = dataset.samples[2].mask
        assert mask is not None
        mask.unlink()
        assert not class_counts(dataset).present[2].any()

    def test_many_broken_masks_are_an_error(self, tmp_path: Path) -> None:
        dataset = open_dataset(make_voc(tmp_path), "train")
        for sample in dataset.samples:
            sample.image.unlink()
        with pytest.raises(InputError, match="4 of 8 images"):
            class_counts(dataset)

    def test_it_says_how_far_it_is_and_stops_when_told(self, tmp_path: Path) -> None:
        reporter = KeepingReporter(tmp_path, stop_after=3)
        counts = class_counts(open_dataset(make_voc(tmp_path), "train"), reporter)
        assert reporter.done == [1, 2, 3]
        assert reporter.totals == {8}
        assert counts.images[0] == 3


class TestMapping:
    def test_results_come_in_order_and_not_far_ahead(self) -> None:
        taken = itertools.count()
        items = (next(taken) for _ in range(1000))
        results = map_in_order(lambda item: item * 2, items, workers=2)
        assert [next(results) for _ in range(10)] == list(range(0, 20, 2))
        assert next(taken) < 40
        assert isinstance(results, Iterator)
        results.close()  # type: ignore[attr-defined]

    def test_an_error_reaches_the_caller_and_ends_the_threads(self) -> None:
        def fail(item: int) -> int:
            raise InputError(f"item {item}")

        before = threading.active_count()
        with pytest.raises(InputError, match="item 0"):
            list(map_in_order(fail, range(100), workers=2))
        assert threading.active_count() == before


class TestDraw:
    @given(_present, st.integers(0, 20), st.integers(0, 1000))
    def test_each_class_is_shown_and_the_count_kept(
        self, present: NDArray[np.bool_], count: int, seed: int
    ) -> None:
        drawn = covering_draw(present, count, seed)
        assert len(drawn) == min(count, len(present))
        assert len(set(drawn)) == len(drawn)
        assert drawn == covering_draw(present, count, seed)
        if count >= present.shape[1]:
            assert (present[list(drawn)].any(axis=0) == present.any(axis=0)).all()

    def test_without_classes_chance_alone_decides(self) -> None:
        draws = {covering_draw(np.zeros((50, 0), bool), 5, seed) for seed in range(5)}
        assert len(draws) == 5

    def test_frequent_classes_stay_frequent(self) -> None:
        present = np.array([[True, False]] * 900 + [[False, True]] * 100)
        drawn = covering_draw(present, 200, 0)
        assert 5 <= present[list(drawn), 1].sum() <= 35


class TestCalibration:
    def test_a_subset_is_the_same_each_time(self, tmp_path: Path) -> None:
        dataset = open_calibration(make_voc(tmp_path, images=40))
        assert dataset.split == "train"
        one, again, other = (calibration_subset(dataset, 6, seed) for seed in (0, 0, 1))
        assert one == again
        assert one != other
        assert len(one) == 6
        assert class_counts(one).images.all()

    def test_a_larger_count_gives_all(self, tmp_path: Path) -> None:
        dataset = open_calibration(make_voc(tmp_path))
        assert len(calibration_subset(dataset, 100, 0)) == 8

    def test_a_folder_of_photos_does_too(self, tmp_path: Path) -> None:
        dataset = open_calibration(make_unlabelled(tmp_path / "photos"))
        assert len(calibration_subset(dataset, 2, 0)) == 2

    def test_a_list_other_than_train_will_do(self, tmp_path: Path) -> None:
        root = make_voc(tmp_path)
        for name in ("train", "trainval"):
            (root / "ImageSets" / "Segmentation" / f"{name}.txt").unlink()
        assert open_calibration(root).split == "val"
        (root / "ImageSets" / "Segmentation" / "val.txt").write_text("")
        with pytest.raises(InputError, match="no list 'train'"):
            open_calibration(root)

    def test_inputs_are_letterboxed_as_in_use(self, tmp_path: Path) -> None:
        dataset = open_calibration(make_voc(tmp_path, images=2))
        inputs = list(calibration_images(dataset, (33, 33)))
        assert len(inputs) == 2
        for sample, tensor in zip(dataset.samples, inputs, strict=True):
            assert tensor.shape == (1, 33, 33, 3)
            assert tensor.dtype == np.float32
            small = cv2.resize(read_image(sample.image), (33, 25))
            assert np.abs(tensor[0, :25] - (small / 127.5 - 1.0)).max() < 1e-6
            assert (tensor[0, 25:] == 0).all()

    def test_an_image_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        dataset = open_calibration(make_voc(tmp_path))
        gone = replace(dataset.samples[0], image=tmp_path / "gone.jpg")
        with pytest.raises(InputError, match=r"gone\.jpg is missing"):
            next(calibration_images(replace(dataset, samples=(gone,)), (33, 33)))
