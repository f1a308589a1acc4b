"""Scoring, inspecting, importing and exporting from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.record import new_record
from studio.training.spec import TrainSpec
from studio.verbs import convert, main
from tests.support.datasets import make_unlabelled, make_voc
from tests.support.models import logits_model


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.txt").write_text("these are words")
    (tmp_path / "words.keras").write_text("these are words")
    return tmp_path


@pytest.fixture
def voc(here: Path) -> Path:
    return make_voc(here, images=3, val=3, classes=21)


@pytest.fixture
def net(here: Path) -> Path:
    return logits_model(here / "net.tflite")


def _answer(capfd: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main([*words, "--json"])
    said = capfd.readouterr()
    assert code == 0, said.err
    assert said.out.count("\n") == 1
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_a_model_is_scored_in_one_object(
    voc: Path, net: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = _answer(capfd, "evaluate", "--model", "net.tflite", "--dataset", "VOCdevkit")
    keys = {"miou", "miou_frequent", "per_class_iou", "pixel_accuracy", "boundary_iou"}
    assert keys | {"confusion", "images", "invoke_millis"} <= set(told)
    assert told["images"] == 3
    assert told["model_path"] == str(net)
    some = _answer(
        capfd,
        *("evaluate", "--model", "net.tflite", "--dataset", "VOCdevkit", "--split", "train"),
        *("--limit", "2", "--threads", "2", "--runtime", "tflite-runtime"),
    )
    assert (some["images"], some["threads"], some["runtime"]) == (2, 2, "tflite-runtime 2.14.0")


def test_scores_in_words_are_a_table_of_all_models(
    here: Path, voc: Path, net: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logits_model(here / "other.tflite", input_size=33, grid=5)
    words = ["evaluate", "--model", "net.tflite", "--model", "other.tflite", "--dataset"]
    assert main([*words, "VOCdevkit"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.split() == ["net", "other"] for line in lines)
    (miou,) = (line for line in lines if line.startswith("mean IoU"))
    assert miou.count("%") == 2
    (sheep,) = (line for line in lines if line.startswith("sheep"))
    assert sheep.split() == ["sheep", "0", "–", "–"]
    assert any(line.split() == ["input", "65×65", "33×33"] for line in lines)
    assert len(lines) > 21
    told = _answer(capfd, *words, "VOCdevkit")
    assert len(told["results"]) == 2


def test_models_are_asked_where_they_agree(
    here: Path, net: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_unlabelled(here / "photos", images=2)
    words = ["evaluate", "--model", "net.tflite", "--model", "net.tflite", "--agreement"]
    assert main([*words, "--dataset", "photos"]) == 0
    assert "100.00 %" in capfd.readouterr().out


def test_a_dataset_is_looked_through(voc: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = next((voc / "SegmentationClass").glob("*_000001.png"))
    broken.unlink()
    told = _answer(capfd, "inspect", "--dataset", "VOCdevkit")
    assert (told["images"], told["broken"]) == (3, 1)
    assert [each["name"] for each in told["report"]["broken"]] == [broken.stem]
    assert main(["inspect", "--dataset", "VOCdevkit", "--split", "train"]) == 0
    said = capfd.readouterr()
    assert broken.stem in said.out
    assert "background" in said.out
    assert "1 pairs cannot be used" in said.err


def _run(runs_dir: Path) -> RunFolder:
    return create_run_folder(runs_dir, new_record("train", TrainSpec(dataset=""), title="T"))


@pytest.mark.parametrize(
    ("words", "complaint", "code"),
    [
        (["evaluate"], "--model", 2),
        (["evaluate", "--model", "{net}"], "--dataset", 2),
        (["evaluate", "--model", "gone", "--dataset", "empty"], "no model called gone", 2),
        (["evaluate", "--model", "{net}", "--dataset", "gone"], "no dataset gone", 2),
        (["evaluate", "--model", "{net}", "--dataset", "empty"], "no dataset of a known", 2),
        (["evaluate", "--model", "words.txt", "--dataset", "VOCdevkit"], "words.txt", 2),
        (["evaluate", "--model", "{net}", "--dataset", "VOCdevkit", "--split", "x"], "x", 2),
        (["evaluate", "--model", "{net}", "--dataset", "VOCdevkit", "--limit", "-1"], "-1", 2),
        (["evaluate", "--model", "{net}", "--dataset", "VOCdevkit", "--threads", "0"], "0", 2),
        (["evaluate", "--model", "{net}", "--dataset", "empty", "--agreement"], "alone", 2),
        (["inspect"], "--dataset", 2),
        (["inspect", "--dataset", "gone"], "no dataset gone", 2),
        (["inspect", "--dataset", "empty"], "no dataset of a known", 2),
        (["inspect", "--dataset", "VOCdevkit", "--split", "gone"], "gone", 2),
        (["import", "{net}"], "--out", 2),
        (["import", "gone", "--out", "a.keras"], "no model called gone", 2),
        (["import", "{net}", "--out", "a.h5"], "ends in .keras", 2),
        (["import", "{net}", "--out", "no/a.keras"], "folder does not exist", 1),
        (["export", "gone", "--out", "a.tflite"], "called “gone”", 2),
        (["export", "gone.keras", "--out", "a.tflite"], "no file gone.keras", 2),
        (["export", "last", "--out", "a.tflite"], "has saved no weights", 2),
        (["export", "words.keras", "--out", "a.onnx"], "ends in .tflite", 2),
        (["export", "words.keras", "--out", "no/a.tflite"], "folder does not exist", 1),
        (["export", "words.keras", "--out", "dir.tflite"], "it is a folder", 1),
        (["export", "words.keras", "--out", "a.tflite", "--size", "big"], "is no size", 2),
        (["export", "words.keras", "--out", "a.tflite", "--int8"], "calibrate", 2),
        (
            ["export", "words.keras", "--out", "a.tflite", "--int8", "--calibration", "gone"],
            "no calibration folder gone",
            2,
        ),
        (
            ["export", "words.keras", "--out", "a.tflite", "--int8", "--calibration", "empty"],
            "image",
            2,
        ),
    ],
)
def test_wrong_input_is_told_in_words(
    here: Path,
    runs_dir: Path,
    voc: Path,
    net: Path,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    complaint: str,
    code: int,
) -> None:
    _run(runs_dir)
    (here / "dir.tflite").mkdir()
    assert main([word.format(net=net) for word in words]) == code
    said = capfd.readouterr()
    assert complaint in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not list(here.glob("a.*"))


def test_a_network_goes_out_and_back_with_one_object_each_and_no_chatter(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.deeplab.files import save_network
    from tests.support.networks import lively_network, tiny_spec

    network = lively_network(tiny_spec())
    save_network(network.model, network.spec, here / "net.keras", network.labels)
    exported = _jejunet("export", "net.keras", "--out", "out.tflite", "--size", "41x49")
    assert exported["input_size"] == [41, 49]
    assert Path(exported["out"]) == here / "out.tflite"
    assert (here / "out.json").exists()
    imported = _answer(capfd, "import", "out.tflite", "--out", "back.keras")
    assert imported["network"]["width"] == network.spec.width
    assert (here / "back.keras").exists()

    # In words; the work itself, which takes seconds, is not done again.
    monkeypatch.setattr(convert, "do_job", lambda *_: exported)
    assert main(["export", "back.keras", "--out", "out.tflite"]) == 0
    assert "49×41, float32, logits out" in capfd.readouterr().out
    monkeypatch.setattr(convert, "do_job", lambda *_: imported)
    assert main(["import", "out.tflite", "--out", "back.keras"]) == 0
    assert "49×41, width 0.35" in capfd.readouterr().out


def _jejunet(*words: str) -> dict[str, Any]:
    """Do a verb as a shell does, where libraries may write to the terminal by themselves."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "studio", *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    for noise in ("oneDNN", "absl", "Saved", "Warning: All", "INFO", "Traceback"):
        assert noise not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
