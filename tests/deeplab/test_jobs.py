"""Import and export as jobs: what they leave, what they say, what they refuse."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.deeplab import import_check
from studio.deeplab.cost import network_cost
from studio.deeplab.files import LoadedNetwork, load_network, save_network
from studio.deeplab.spec import ExportSpec, ImportSpec
from studio.errors import InputError, ModelError, RunError, SpecError
from studio.inference.card import read_card
from studio.jobs import decode_spec, run_job
from studio.opencv import cv2
from studio.runs.folder import create_run_folder
from studio.runs.record import new_record
from studio.training.spec import DistillationSpec, TrainSpec
from studio.training.validation_log import EpochScores, epoch_dir
from tests.deeplab.conftest import Exported
from tests.support.models import logits_model
from tests.support.networks import lively_network, photographs, tiny_spec
from tests.support.reporter import KeepingReporter

LABELS = ("background", "cat", "dog", "sofa")


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return lively_network(tiny_spec(blocks=2))


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, image in enumerate(photographs((40, 60), 6)):
        cv2.imwrite(str(folder / f"{number}.png"), image)
    return folder


@pytest.fixture
def run_dir(tmp_path: Path, network: LoadedNetwork) -> Path:
    """A training that has reached two evaluations."""
    spec = TrainSpec(
        dataset="/data/VOCdevkit",
        network=network.spec,
        start_from="published.tflite",
        distillation=DistillationSpec(teacher="teacher.tflite"),
    )
    folder = create_run_folder(tmp_path / "runs", new_record("train", spec, title="A run"))
    folder.artifacts_dir.mkdir(exist_ok=True)
    for epoch, miou in ((1, 0.4), (2, 0.3)):
        scores = EpochScores(
            epoch=epoch, step=epoch, labels=LABELS, miou=miou, pixel_accuracy=0.9,
            per_class_iou=(0.9, 0.1, None, miou), confusion=((1,),), images=(),
        )  # fmt: skip
        place = epoch_dir(folder.artifacts_dir, epoch)
        place.mkdir(parents=True)
        (place / "scores.json").write_bytes(msgspec.json.encode(scores))
    return folder.path


def test_an_import_leaves_a_network_and_says_how_well_it_agrees(
    exported_mobile: Exported, tmp_path: Path, reporter: KeepingReporter
) -> None:
    out = tmp_path / "imported.keras"
    spec = decode_spec("import", {"source": str(exported_mobile.int8.path), "out": str(out)})
    summary = run_job("import", spec, reporter)
    json.dumps(summary)
    network = load_network(out)
    assert summary["network"] == dataclasses.asdict(network.spec)
    assert summary["multiply_adds"] == network_cost(network.spec).multiply_adds
    assert summary["size_bytes"] == out.stat().st_size
    agreement = summary["agreement"]
    assert isinstance(agreement, dict)
    assert 0.9 < agreement["correlation"] <= 1.0
    assert reporter.artifacts == {"imported.keras": out}
    assert reporter.warnings == []


def test_an_import_that_computes_something_else_writes_nothing(
    exported_mobile: Exported,
    tmp_path: Path,
    reporter: KeepingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = import_check.compare_with_source

    def of_a_damaged_one(
        path: Path, network: LoadedNetwork, images: list[NDArray[np.float32]]
    ) -> import_check.ImportCheck:
        layer = network.model.get_layer("block_1_depthwise")
        layer.kernel.assign(np.asarray(layer.kernel)[::-1])
        return whole(path, network, images)

    monkeypatch.setattr(import_check, "compare_with_source", of_a_damaged_one)
    out = tmp_path / "imported.keras"
    with pytest.raises(ModelError, match="block_1_depthwise"):
        run_job("import", ImportSpec(str(exported_mobile.float32.path), str(out)), reporter)
    assert not out.exists()


def test_an_import_needs_a_keras_file_to_write(tmp_path: Path, reporter: KeepingReporter) -> None:
    source = logits_model(tmp_path / "x.tflite")
    with pytest.raises(SpecError, match=r"\.keras"):
        run_job("import", ImportSpec(str(source), str(tmp_path / "x.h5")), reporter)
    with pytest.raises(ModelError, match="cannot be imported"):
        run_job("import", ImportSpec(str(source), str(tmp_path / "x.keras")), reporter)


def test_a_run_is_exported_with_its_best_network_and_a_card_of_its_recipe(
    run_dir: Path, network: LoadedNetwork, tmp_path: Path, reporter: KeepingReporter
) -> None:
    artifacts = run_dir / "artifacts"
    save_network(network.model, network.spec, artifacts / "best.keras", LABELS)
    (artifacts / "last.keras").write_bytes(b"not looked at")
    out = tmp_path / "out.tflite"
    summary = run_job("export", ExportSpec(str(run_dir), str(out), name="Mine"), reporter)
    json.dumps(summary)
    assert summary["source"] == str(artifacts / "best.keras")
    assert (summary["delegated_share"], summary["size_bytes"]) == (1.0, out.stat().st_size)
    card = read_card(out)
    assert card
    assert (card.name, card.labels, card.data) == ("Mine", LABELS, "VOCdevkit")
    assert card.recipe["spec"]["start_from"] == "published.tflite"
    assert card.metrics["validation_miou"] == 0.4
    assert card.per_class_iou == {"background": 0.9, "cat": 0.1, "sofa": 0.4}
    assert card.known_weak_classes == ("cat",)
    assert "published.tflite" in card.licence
    assert "teacher.tflite" in card.licence
    assert set(reporter.artifacts) == {"out.tflite", "out.json"}


def test_a_run_without_a_best_network_gives_its_last(
    run_dir: Path, network: LoadedNetwork, tmp_path: Path, reporter: KeepingReporter, photos: Path
) -> None:
    save_network(network.model, network.spec, run_dir / "artifacts" / "last.keras", LABELS)
    spec = ExportSpec(
        str(run_dir), str(tmp_path / "out.tflite"), int8=True, calibration=str(photos),
        calibration_images=4, input_height=49,
    )  # fmt: skip
    summary = run_job("export", spec, reporter)
    assert str(summary["source"]).endswith("last.keras")
    assert (summary["input_size"], summary["calibration_images"]) == ([49, 33], 4)
    card = read_card(tmp_path / "out.tflite")
    assert card
    assert card.input_size == (49, 33)
    assert "photos" in card.recipe["conversion"]["calibration"]


def test_a_run_that_has_no_network_yet_says_so(
    run_dir: Path, tmp_path: Path, reporter: KeepingReporter
) -> None:
    with pytest.raises(RunError, match="no network yet"):
        run_job("export", ExportSpec(str(run_dir), str(tmp_path / "x.tflite")), reporter)


def test_a_folder_that_is_no_run_says_so(tmp_path: Path, reporter: KeepingReporter) -> None:
    with pytest.raises(ModelError, match="not that of a run"):
        run_job("export", ExportSpec(str(tmp_path), str(tmp_path / "x.tflite")), reporter)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"out": "x.onnx"}, SpecError, r"\.tflite"),
        ({"source": "none.keras"}, ModelError, "There is no network"),
        ({"int8": True, "calibration": "nowhere"}, InputError, "nowhere"),
        ({"input_height": 36}, SpecError, "does not divide"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(
    network: LoadedNetwork,
    tmp_path: Path,
    reporter: KeepingReporter,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    error: type[Exception],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    save_network(network.model, network.spec, Path("x.keras"))
    spec = decode_spec("export", {"source": "x.keras", "out": "x.tflite", **changes})
    with pytest.raises(error, match=words):
        run_job("export", spec, reporter)
    assert not Path("x.tflite").exists()


def test_8_bits_without_images_are_refused() -> None:
    with pytest.raises(SpecError, match="example images"):
        ExportSpec("x.keras", "x.tflite", int8=True)
