from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.errors import ModelError, SpecError
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.record import new_record
from studio.training.spec import DistillationSpec, TrainSpec
from studio.training.spec_paths import existing_folder, find_weights, with_absolute_paths
from tests.support.models import logits_model


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data", "photos"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _training_run(runs_dir: Path) -> RunFolder:
    return create_run_folder(runs_dir, new_record("train", TrainSpec(dataset=""), title="T"))


def test_a_worker_elsewhere_finds_what_was_named_here(here: Path) -> None:
    teacher = logits_model(here / "teacher.tflite")
    spec = TrainSpec(
        dataset="data",
        start_from="teacher.tflite",
        distillation=DistillationSpec(teacher="./teacher.tflite", unlabelled="photos"),
    )
    found = with_absolute_paths(spec)
    assert found.dataset == str(here / "data")
    assert found.start_from == found.distillation.teacher == str(teacher)
    assert found.distillation.unlabelled == str(here / "photos")
    assert replace(found, dataset=spec.dataset, start_from=spec.start_from) == replace(
        spec, distillation=found.distillation
    )


@pytest.mark.parametrize("start_from", ["", "imagenet"])
def test_what_is_no_file_stays(here: Path, start_from: str) -> None:
    found = with_absolute_paths(TrainSpec(dataset="data", start_from=start_from))
    assert (found.start_from, found.distillation.teacher) == (start_from, "")


def test_weights_are_those_of_a_model_or_the_best_of_a_run(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "models").mkdir()
    model = logits_model(here / "models" / "named.tflite")
    monkeypatch.setenv("JEJUNET_MODELS", str(here / "models"))
    monkeypatch.setenv("JEJUNET_WORKSPACE", str(here))
    assert find_weights("named") == model
    run = _training_run(here / "runs")
    with pytest.raises(ModelError, match="has saved no weights"):
        find_weights(run.name)
    for name in ("last.keras", "best.keras"):
        (run.artifacts_dir / name).touch()
        assert find_weights(run.name) == run.artifacts_dir / name


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (TrainSpec(dataset=" "), "No dataset was given"),
        (TrainSpec(dataset="gone"), "There is no dataset gone"),
        (TrainSpec(dataset="a.txt"), "is a file"),
        (TrainSpec(dataset="x" * 5000), "cannot be read"),
        (
            TrainSpec(
                dataset="data",
                distillation=DistillationSpec(teacher="m.tflite", unlabelled="gone"),
            ),
            "no folder of unlabelled images gone",
        ),
    ],
)
def test_missing_folders_are_told_before_the_work(here: Path, spec: TrainSpec, words: str) -> None:
    (here / "a.txt").touch()
    logits_model(here / "m.tflite")
    with pytest.raises(SpecError, match=words):
        with_absolute_paths(spec)


@pytest.mark.parametrize("field", ["start_from", "teacher"])
def test_missing_weights_are_told_before_the_work(here: Path, field: str) -> None:
    spec = TrainSpec(dataset="data")
    if field == "teacher":
        spec = replace(spec, distillation=DistillationSpec(teacher="nobody"))
    else:
        spec = replace(spec, start_from="nobody")
    with pytest.raises(ModelError, match="no model called nobody"):
        with_absolute_paths(spec)


def test_a_home_folder_is_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    assert existing_folder("~/data", "dataset") == here / "data"
