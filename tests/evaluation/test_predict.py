"""Datasets are segmented in order, at their own size, by any kind of model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.classes import VOC_LABELS
from studio.data.dataset import open_dataset, open_unlabelled
from studio.data.samples import Dataset
from studio.errors import InputError, ModelError
from studio.evaluation.predict import (
    TflitePredictor,
    open_predictor,
    require_truth,
    segment_dataset,
    spread,
)
from studio.inference.segmenter import Segmenter
from tests.evaluation.painted import halves, painted, painted_voc
from tests.support.datasets import make_unlabelled, make_voc
from tests.support.models import labels_model, logits_model
from tests.support.reporter import KeepingReporter


@pytest.fixture
def masks() -> list[NDArray[np.uint8]]:
    sizes = [(60, 90), (90, 60), (33, 47), (130, 130)]
    return [halves(index + 1, index + 7, size) for index, size in enumerate(sizes)]


@pytest.fixture
def dataset(tmp_path: Path, masks: list[NDArray[np.uint8]]) -> Dataset:
    return open_dataset(painted_voc(tmp_path, masks), "val")


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def test_masks_have_the_size_of_their_images_and_nearly_their_truth(
    tmp_path: Path,
    dataset: Dataset,
    masks: list[NDArray[np.uint8]],
    reporter: KeepingReporter,
) -> None:
    predictor = open_predictor(logits_model(tmp_path / "net.tflite"))
    results = list(segment_dataset(predictor, dataset, reporter))
    assert [result.sample for result in results] == list(dataset.samples)
    assert [result.index for result in results] == [0, 1, 2, 3]
    for result, truth in zip(results, masks, strict=True):
        assert result.truth is not None
        np.testing.assert_array_equal(result.truth, truth)
        assert result.mask.shape == truth.shape == result.image.shape[:2]
        assert (result.mask == truth).mean() > 0.85  # a seam of mixed colours
        assert result.invoke_millis > 0
    assert reporter.done == [1, 2, 3, 4]
    assert reporter.totals == {4}


def test_a_tflite_file_sees_images_as_it_sees_the_frames_of_a_video(tmp_path: Path) -> None:
    path = labels_model(tmp_path / "net.tflite")
    image = painted(halves(3, 4))  # red and blue differ
    (prediction,) = TflitePredictor(path).predict([image])
    expected, _ = Segmenter(path).segment(np.ascontiguousarray(image[..., ::-1]))
    np.testing.assert_array_equal(prediction.mask, expected)
    assert set(np.unique(prediction.mask)) >= {3, 4}


def test_what_is_known_of_a_tflite_file(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "net.tflite", input_size=65, grid=13)
    facts = open_predictor(path).facts
    assert (facts.name, facts.path, facts.labels) == ("net", str(path), VOC_LABELS)
    assert facts.labels_are_guessed
    assert (facts.input_height, facts.input_width) == (65, 65)
    assert facts.size_bytes == path.stat().st_size
    # The only convolution takes the mean colours to 21 scores; its 1x1 kernel has 3 inputs.
    assert facts.multiply_adds is not None
    assert facts.multiply_adds >= 13 * 13 * 21 * 3


def test_it_ends_between_images_when_it_is_asked_to(tmp_path: Path, dataset: Dataset) -> None:
    reporter = KeepingReporter(tmp_path, stop_after=2)
    predictor = open_predictor(logits_model(tmp_path / "net.tflite"))
    assert len(list(segment_dataset(predictor, dataset, reporter))) == 2


def test_leaving_early_leaves_no_thread(
    tmp_path: Path, dataset: Dataset, reporter: KeepingReporter
) -> None:
    predictor = open_predictor(logits_model(tmp_path / "net.tflite"))
    results = segment_dataset(predictor, dataset, reporter)
    next(results)
    results.close()  # the suite fails tests that leave a thread behind


def test_a_part_of_a_dataset_is_spread_over_its_list(tmp_path: Path) -> None:
    dataset = open_dataset(make_voc(tmp_path, images=10, val=2), "train")
    names = [sample.name for sample in dataset.samples]
    assert [sample.name for sample in spread(dataset, 4).samples] == [
        names[index] for index in (0, 2, 5, 7)
    ]
    assert spread(dataset, 0) is dataset
    assert spread(dataset, 10) is dataset
    assert spread(dataset, 99) is dataset


def test_images_without_masks_cannot_be_scored(tmp_path: Path, dataset: Dataset) -> None:
    require_truth(dataset)
    with pytest.raises(InputError, match=r"None of the 3 images of photos") as caught:
        require_truth(open_unlabelled(make_unlabelled(tmp_path / "photos", images=3)))
    assert "agreement" in caught.value.remedy
    broken = replace(dataset.samples[1], mask=None)
    partly = replace(dataset, samples=(dataset.samples[0], broken))
    with pytest.raises(InputError, match=f"1 of the 2 images.*first is {broken.name}"):
        require_truth(partly)
    with pytest.raises(InputError, match="no images in its list val"):
        require_truth(replace(dataset, samples=()))


def test_a_mask_that_is_gone_is_named(
    tmp_path: Path, dataset: Dataset, reporter: KeepingReporter
) -> None:
    mask = dataset.samples[2].mask
    assert mask is not None
    mask.unlink()
    predictor = open_predictor(logits_model(tmp_path / "net.tflite"))
    with pytest.raises(InputError, match=mask.name):
        list(segment_dataset(predictor, dataset, reporter))
    assert reporter.done == [1, 2]


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.touch()
    with pytest.raises(ModelError, match=r"A \.tflite or \.keras file was expected; got net\.onnx"):
        open_predictor(path)
