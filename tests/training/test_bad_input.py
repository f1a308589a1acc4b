from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.classes import voc_palette
from studio.errors import InputError, RunError, SpecError, StudioError
from studio.jobs.train import run
from studio.runs.reporting import Reporter
from studio.training.spec import DistillationSpec, LossSpec, OptimizerSpec
from studio.video.mask_writer import write_mask_png
from tests.support.datasets import make_voc
from tests.support.networks import tiny_spec
from tests.support.trainings import StoppingReporter, checkpoint_files, points, tiny_training

pytestmark = pytest.mark.timeout(300)  # on a busy machine


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_voc(tmp_path, images=6, val=2)


def _error(dataset: Path, reporter: Reporter, **changes: Any) -> StudioError:
    with pytest.raises(StudioError) as caught:
        run(tiny_training(dataset, **changes), reporter)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "nowhere"}, "nowhere"),
        ({"val_split": "nowhere"}, "nowhere"),
        ({"network": tiny_spec(classes=5)}, "5 classes, the dataset has 3"),
        ({"batch_size": 64}, "fewer than a batch of 64"),
        ({"start_from": "gone.keras"}, "gone.keras"),
        ({"start_from": "notes.txt"}, "notes.txt"),
        ({"distillation": DistillationSpec(teacher="gone.tflite")}, "gone.tflite"),
        ({"distillation": DistillationSpec(teacher="gone.keras")}, "gone.keras"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_said_before_the_first_step(
    dataset: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    reporter = StoppingReporter(tmp_path / "run")
    assert words in str(_error(dataset, reporter, **changes))
    assert points(reporter.events, "loss") == {}


@pytest.mark.parametrize("split", ["train", "val"])
def test_an_empty_list_is_refused(dataset: Path, tmp_path: Path, split: str) -> None:
    (dataset / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("\n")
    assert isinstance(_error(dataset, StoppingReporter(tmp_path / "run")), InputError)


@pytest.mark.parametrize(("index", "word"), [(1, "aeroplane"), (255, "void")])
def test_masks_of_one_class_are_refused(
    dataset: Path, tmp_path: Path, index: int, word: str
) -> None:
    for path in (dataset / "SegmentationClass").glob("*.png"):
        write_mask_png(path, np.full((48, 64), index, np.uint8), voc_palette())
    error = _error(dataset, StoppingReporter(tmp_path / "run"))
    assert f"show {word!r} only" in error.message


def test_a_missing_mask_is_named(dataset: Path, tmp_path: Path) -> None:
    (dataset / "SegmentationClass" / "2007_000003.png").unlink()
    assert "2007_000003" in _error(dataset, StoppingReporter(tmp_path / "run")).message


def test_an_empty_folder_of_unlabelled_images_is_refused(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    distillation = DistillationSpec(teacher="gone.keras", unlabelled=str(tmp_path / "empty"))
    error = _error(dataset, StoppingReporter(tmp_path / "run"), distillation=distillation)
    assert "empty" in error.message


def test_an_output_stride_that_does_not_divide_is_refused_by_the_spec(dataset: Path) -> None:
    with pytest.raises(SpecError, match="does not divide"):
        tiny_training(dataset, network=tiny_spec(input_height=40, output_stride=16))
    with pytest.raises(SpecError, match="crop size"):
        tiny_training(dataset, crop_size=40)


def test_a_loss_that_is_no_number_ends_it_and_keeps_what_was_good(
    dataset: Path, tmp_path: Path
) -> None:
    reporter = StoppingReporter(tmp_path / "run")
    error = _error(
        dataset,
        reporter,
        epochs=60,
        checkpoint_every_seconds=0.0,
        optimizer=OptimizerSpec(learning_rate=10.0, momentum=0.99, schedule="constant"),
    )
    assert isinstance(error, RunError)
    assert "no longer a number" in error.message
    assert "clip_norm" in error.remedy
    files = checkpoint_files(tmp_path / "run")
    assert files
    for path in files:
        with np.load(path) as stored:
            assert all(np.isfinite(stored[n]).all() for n in stored if n.startswith("variable"))
    assert (tmp_path / "run" / "last.keras").exists()


class _Deleting(StoppingReporter):
    """Deletes the images behind a step."""

    def __init__(self, folder: Path, images: Path, at: int) -> None:
        super().__init__(folder)
        self._images = images
        self._at = at

    def progress(
        self, done: int, total: int | None, unit: str = "frames", message: str = ""
    ) -> None:
        super().progress(done, total, unit, message)
        if unit == "steps" and done == self._at and total is not None:
            shutil.rmtree(self._images)


def test_a_dataset_deleted_in_mid_run_ends_it_in_words_and_keeps_what_was_trained(
    dataset: Path, tmp_path: Path
) -> None:
    reporter = _Deleting(tmp_path / "run", dataset / "JPEGImages", at=4)
    error = _error(
        dataset, reporter, epochs=50, evaluate_every_epochs=50, checkpoint_every_seconds=0.0
    )
    assert isinstance(error, InputError)
    assert "could not be read while training" in error.message
    assert "kept" in error.remedy
    assert checkpoint_files(tmp_path / "run")[-1].stem >= "step_000000004"


def test_a_broken_image_is_left_out_with_a_warning(dataset: Path, tmp_path: Path) -> None:
    (dataset / "JPEGImages" / "2007_000002.jpg").write_bytes(b"no picture")
    reporter = StoppingReporter(tmp_path / "run")
    summary = run(tiny_training(dataset, loss=LossSpec(class_balance="sqrt")), reporter)
    assert summary["steps"] == summary["steps_in_all"]
    assert len([words for words in reporter.warnings if "2007_000002" in words]) == 1
