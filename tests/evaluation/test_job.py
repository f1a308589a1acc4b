"""The job scores one model or compares several, tells all it found, and nothing it did not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, VOID_INDEX
from studio.data.dataset import open_dataset
from studio.data.reading import read_sample
from studio.errors import InputError, ModelError, SpecError
from studio.evaluation.spec import EvaluateSpec
from studio.inference.segmenter import Segmenter
from studio.jobs import decode_spec, run_job
from studio.jobs.evaluate import run
from studio.runs.plain import as_json_object, to_plain
from tests.evaluation.painted import halves, painted_voc
from tests.evaluation.painted_videos import painted_davis
from tests.support.clips import class_clip
from tests.support.datasets import make_unlabelled
from tests.support.models import binary_model, labels_model, logits_model, write_card
from tests.support.reporter import KeepingReporter
from tests.support.shared_data import CORAL_HALF, FLOAT_257, shared_data

_MASKS = 8


def _masks() -> list[NDArray[np.uint8]]:
    masks = [halves(index % 3, 3 + index % 4, (50 + 3 * index, 90)) for index in range(_MASKS)]
    masks[1][:, 40:50] = VOID_INDEX
    return masks


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return painted_voc(tmp_path / "data", _masks())


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "good.tflite")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Its labels are moved by one, so that it is nearly always wrong."""
    path = logits_model(tmp_path / "bad.tflite")
    write_card(path, labels=[VOC_LABELS[-1], *VOC_LABELS[:-1]])
    return path


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def _run(reporter: KeepingReporter, dataset: Path, *models: Path, **options: Any) -> dict[str, Any]:
    spec = EvaluateSpec(tuple(map(str, models)), str(dataset), **options)
    summary = run(spec, reporter)
    return json.loads(msgspec.json.encode(summary, enc_hook=to_plain))  # type: ignore[no-any-return]


def test_the_summary_is_what_scikit_learn_makes_of_the_same_masks(
    dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score

    summary = _run(reporter, dataset, good)
    segmenter = Segmenter(good)
    truths, masks = [], []
    for sample in open_dataset(dataset, "val").samples:
        image, truth = read_sample(sample, 21)
        assert truth is not None
        mask, _ = segmenter.segment(np.ascontiguousarray(image[..., ::-1]))
        truths.append(truth[truth != VOID_INDEX])
        masks.append(mask[truth != VOID_INDEX])
    truth, mask = np.concatenate(truths), np.concatenate(masks)
    expected = confusion_matrix(truth, mask, labels=range(21))
    assert summary["confusion"] == expected.tolist()
    assert summary["no_class"] == [0] * 21
    present = np.unique(truth)
    iou = jaccard_score(truth, mask, labels=present, average=None)
    assert summary["miou"] == pytest.approx(iou.mean(), abs=1e-6)
    assert summary["miou"] < 1
    assert summary["pixel_accuracy"] == pytest.approx(accuracy_score(truth, mask), abs=1e-6)
    by_label = {VOC_LABELS[label]: value for label, value in zip(present, iou, strict=True)}
    assert list(summary["per_class_iou"]) == list(VOC_LABELS)
    for label, value in summary["per_class_iou"].items():
        assert value == pytest.approx(by_label[label], abs=1e-6) if label in by_label else not value
    assert summary["images"] == _MASKS
    assert summary["complete"] is True
    assert summary["miou_frequent"] is None  # no class is in 20 of 8 images
    assert 0 < summary["boundary_iou"] < summary["miou"]
    assert summary["invoke_millis"] > 0
    low, high = summary["miou_interval"]
    assert low <= summary["miou"] <= high
    assert summary["images_per_class"]["background"] == 3
    assert (summary["dataset"], summary["split"]) == ("VOC2012 val", "val")
    assert summary["labels"] == list(VOC_LABELS)
    assert summary["model"] == "good"
    assert reporter.done == list(range(1, _MASKS + 1))


def test_frequent_classes_are_those_in_twenty_images(
    tmp_path: Path, good: Path, reporter: KeepingReporter
) -> None:
    masks = [halves(0, 1, (20, 30))] * 20 + [halves(0, 2, (20, 30))] * 19
    summary = _run(reporter, painted_voc(tmp_path / "many", masks), good)
    iou = summary["per_class_iou"]
    frequent = (iou["background"] + iou["aeroplane"]) / 2
    assert summary["miou_frequent"] == pytest.approx(frequent, abs=1e-6)
    assert summary["miou_frequent"] != summary["miou"]


def test_whole_images_of_one_class_score_one(
    tmp_path: Path, good: Path, reporter: KeepingReporter
) -> None:
    masks = [np.full((130, 130), label, np.uint8) for label in (1, 5, 20)]
    summary = _run(reporter, painted_voc(tmp_path / "plain", masks), good)
    assert summary["miou"] == summary["pixel_accuracy"] == summary["boundary_iou"] == 1.0
    assert summary["miou_interval"] is None  # of three images


def test_input_size_and_kind_of_output_do_not_matter(
    tmp_path: Path, dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    score = _run(reporter, dataset, good)["miou"]
    for other in (
        labels_model(tmp_path / "labels.tflite"),
        logits_model(tmp_path / "large.tflite", input_size=130, grid=26),
        logits_model(tmp_path / "int8.tflite", dtype="int8"),
    ):
        assert _run(reporter, dataset, other)["miou"] == pytest.approx(score, abs=0.1)


def test_two_models_are_compared(
    dataset: Path, good: Path, bad: Path, reporter: KeepingReporter
) -> None:
    summary = _run(reporter, dataset, bad, good)
    first, second = summary["results"]
    assert (first["model"], second["model"]) == ("bad", "good")
    difference = summary["difference"]
    assert difference["miou"] == pytest.approx(second["miou"] - first["miou"], abs=2e-6)
    low, high = difference["interval"]
    assert 0 < low <= difference["miou"] <= high
    assert difference["share_above_zero"] == 1.0
    assert summary["verdict"].startswith("good is better than bad by ")
    assert "differences" not in summary
    assert summary["complete"] is True


def test_a_model_against_itself_shows_no_difference(
    dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    summary = _run(reporter, dataset, good, good, good)
    assert len(summary["differences"]) == 2
    for difference in summary["differences"]:
        assert difference["miou"] == 0.0
        assert difference["interval"] == [0.0, 0.0]
        assert difference["verdict"].startswith("There is no difference")


def test_the_order_of_images_changes_no_score(
    tmp_path: Path, good: Path, reporter: KeepingReporter
) -> None:
    masks = _masks()
    keys = ("miou", "pixel_accuracy", "boundary_iou", "confusion", "per_class_iou")
    found = [
        _run(reporter, painted_voc(tmp_path / name, order), good)
        for name, order in (("one", masks), ("other", masks[::-1]))
    ]
    assert {key: found[0][key] for key in keys} == {key: found[1][key] for key in keys}


def test_a_limit_scores_fewer_images_and_is_complete(
    dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    summary = _run(reporter, dataset, good, limit=3)
    assert (summary["images"], summary["complete"]) == (3, True)


def test_a_stop_is_never_told_as_complete(
    tmp_path: Path, dataset: Path, good: Path, bad: Path
) -> None:
    alone = _run(KeepingReporter(tmp_path, stop_after=3), dataset, good)
    assert (alone["complete"], alone["images"]) == (False, 3)
    assert alone["miou_interval"] is None
    both = _run(KeepingReporter(tmp_path, stop_after=_MASKS + 3), dataset, good, bad)
    assert both["complete"] is False
    assert [result["complete"] for result in both["results"]] == [True, False]
    assert "difference" not in both
    assert "verdict" not in both
    at_once = _run(KeepingReporter(tmp_path, stop_after=0), dataset, good, bad)
    assert (at_once["complete"], at_once["results"][0]["images"]) == (False, 0)
    assert at_once["results"][0]["miou"] is None


def test_a_foreground_model_is_scored_on_the_foreground(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    masks = [halves(0, 9, (64, 64)), halves(9, 0, (64, 64))]  # chairs are painted bright red
    folder = painted_voc(tmp_path / "red", masks)
    summary = _run(reporter, folder, binary_model(tmp_path / "binary.tflite"))
    assert summary["labels"] == ["background", "foreground"]
    assert summary["miou"] > 0.85
    assert any("scored as one" in warning for warning in reporter.warnings)


def test_models_of_different_classes_are_not_compared(
    tmp_path: Path, dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    with pytest.raises(SpecError, match="21 classes and binary on 2"):
        _run(reporter, dataset, good, binary_model(tmp_path / "binary.tflite"))


def test_a_model_of_other_classes_is_an_error(
    tmp_path: Path, dataset: Path, reporter: KeepingReporter
) -> None:
    path = logits_model(tmp_path / "streets.tflite", classes=3)
    write_card(path, labels=["background", "road", "sky"])
    with pytest.raises(ModelError, match="streets knows none of the classes"):
        _run(reporter, dataset, path)


def test_what_cannot_be_scored_is_said(
    tmp_path: Path, dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    with pytest.raises(InputError):
        _run(reporter, tmp_path / "nowhere", good)
    with pytest.raises(InputError):
        _run(reporter, dataset, good, split="no-such-list")
    with pytest.raises(InputError):
        _run(reporter, make_unlabelled(tmp_path / "photos"), good)
    with pytest.raises(ModelError):
        _run(reporter, dataset, tmp_path / "nothing.tflite")
    mask = next((dataset / "SegmentationClass").glob("*003.png"))
    mask.unlink()
    with pytest.raises(InputError, match=mask.name):
        _run(reporter, dataset, good)


def test_videos_are_scored_by_their_foreground(
    tmp_path: Path, good: Path, reporter: KeepingReporter
) -> None:
    root = painted_davis(tmp_path, {"hike": [15] * 3, "tennis": [15, 15, 3, 3], "unknown": [1]})
    summary = _run(reporter, root, good)
    by_sequence = summary["j_by_sequence"]
    assert by_sequence["hike"] > 0.85
    assert by_sequence["tennis"] == pytest.approx(by_sequence["hike"] / 2, abs=1e-6)
    assert summary["j_mean"] == pytest.approx(sum(by_sequence.values()) / 2, abs=1e-6)
    assert summary["images"] == 7
    assert summary["complete"] is True
    assert any("unknown" in warning for warning in reporter.warnings)
    assert _run(reporter, root, good, limit=2)["images"] == 2


def test_models_are_compared_on_videos(
    tmp_path: Path, good: Path, bad: Path, reporter: KeepingReporter
) -> None:
    videos = {name: [15, 15] for name in ("hike", "lucia", "parkour", "surf", "swing", "tennis")}
    root = painted_davis(tmp_path, videos)
    summary = _run(reporter, root, good, bad)
    assert summary["difference"]["j_mean"] < -0.8
    assert "bad is worse than good" in summary["verdict"]
    stopped = _run(KeepingReporter(tmp_path, stop_after=13), root, good, bad)
    assert stopped["complete"] is False
    assert "difference" not in stopped


def test_a_model_that_knows_no_foreground_class_is_an_error(
    tmp_path: Path, reporter: KeepingReporter
) -> None:
    root = painted_davis(tmp_path, {"dog": [12]})
    path = logits_model(tmp_path / "cats.tflite", classes=2)
    write_card(path, labels=["background", "cat"])
    with pytest.raises(ModelError, match=r"none of the foreground's classes of the video dog"):
        _run(reporter, root, path)


def test_agreement_needs_no_truth(
    tmp_path: Path, dataset: Path, good: Path, bad: Path, reporter: KeepingReporter
) -> None:
    photos = dataset / "JPEGImages"
    alike = _run(reporter, photos, good, good, agreement=True)
    assert (alike["images"], alike["complete"]) == (_MASKS, True)
    assert alike["agreements"][0]["pixels"] == alike["agreements"][0]["mean_iou"] == 1.0
    other = _run(reporter, photos, good, bad, agreement=True)
    assert other["agreements"][0]["pixels"] < 0.5
    assert [model["model"] for model in other["models"]] == ["good", "bad"]
    # A dataset's images are taken, too, by its list.
    listed = _run(reporter, dataset, good, good, agreement=True, limit=2)
    assert listed["images"] == 2


def test_agreement_on_a_video(tmp_path: Path, good: Path, reporter: KeepingReporter) -> None:
    clip = class_clip(tmp_path / "clip.mp4", frames=12)
    summary = _run(reporter, clip, good, good, agreement=True, limit=5)
    assert (summary["images"], summary["complete"]) == (5, True)
    assert summary["agreements"][0]["pixels"] == 1.0
    stopped = _run(KeepingReporter(tmp_path, stop_after=3), clip, good, good, agreement=True)
    assert (stopped["images"], stopped["complete"]) == (3, False)


@pytest.mark.parametrize(
    "options",
    [
        {"models": ()},
        {"dataset": ""},
        {"limit": -1},
        {"resamples": 1},
        {"seed": -1},
        {"agreement": True},
    ],
)
def test_specs_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        EvaluateSpec(**{"models": ("net.tflite",), "dataset": "data", **options})


def test_the_job_runs_from_what_a_run_folder_stores(
    dataset: Path, good: Path, reporter: KeepingReporter
) -> None:
    spec = EvaluateSpec((str(good),), str(dataset), limit=2)
    stored = decode_spec("evaluate", as_json_object(spec))
    assert stored == spec
    assert run_job("evaluate", stored, reporter)["images"] == 2


def test_published_models_differ_as_published(reporter: KeepingReporter) -> None:
    summary = _run(
        reporter,
        shared_data("VOCdevkit"),
        shared_data(FLOAT_257),
        shared_data(CORAL_HALF),
        limit=24,
    )
    assert summary["results"][0]["miou"] > 0.4
    assert "is better than deeplabv3_257_mv_gpu" in summary["verdict"]
