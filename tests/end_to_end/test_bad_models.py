"""Files that are no models, or not the models they say: told in words, in window and terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.verbs import main
from tests.end_to_end.conftest import OpenStudio
from tests.support.broken_models import impostors, truncated_model
from tests.support.models import (
    classifier_model,
    custom_op_model,
    logits_model,
    model_with_metadata,
    write_card,
)
from tests.support.window import DrivenWindow

_IMPOSTORS = ("empty", "text", "html", "lfs", "onnx", "zeros", "png", "noise")


def _wrong_models(folder: Path) -> dict[str, tuple[Path, str]]:
    """Models that cannot be used, each with words that its message must hold."""
    models: dict[str, tuple[Path, str]] = {}
    for name, (content, words) in impostors().items():
        if name in _IMPOSTORS:
            path = folder / f"{name}.tflite"
            path.write_bytes(content)
            models[name] = (path, words)
    models["cut"] = (truncated_model(folder / "cut.tflite", 0.6), "cut.tflite")
    models["classifier"] = (classifier_model(folder / "classifier.tflite"), "not a picture")
    models["custom"] = (custom_op_model(folder / "custom.tflite"), "FancyUpsample")
    cards: dict[str, Callable[[Path], object]] = {
        "damaged": lambda path: path.write_text('{"name": "half a c'),
        "wrong_type": lambda path: path.write_text('{"labels": "cat"}'),
        "binary": lambda path: path.write_bytes(bytes(range(256))),
    }
    cards["short"] = lambda path: write_card(path.with_suffix(".tflite"), labels=["thing"] * 20)
    for name, write in cards.items():
        path = logits_model(folder / f"{name}.tflite")
        write(path.with_suffix(".json"))
        models[name] = (path, "20 classes" if name == "short" else f"{name}.json")
    models["gone"] = (folder / "gone.tflite", "gone.tflite")
    models["folder"] = (folder / "folder.tflite", "folder.tflite")
    models["folder"][0].mkdir()
    return models


def _short_of_labels(path: Path) -> Path:
    """A model that tells 21 classes apart, with 20 names in its own metadata."""
    labels = tuple(f"thing {number}" for number in range(20))
    return model_with_metadata(path, labels, classes=21)


def test_wrong_models_cost_a_message_and_the_video_goes_on(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path
) -> None:
    studio = open_studio(clip, net)
    studio.until(lambda: studio.has_mask)
    pid = studio.playback.engine_pid
    folder = tmp_path / "models"
    folder.mkdir()
    for name, (path, words) in _wrong_models(folder).items():
        studio.opener.open_model(str(path))
        said = studio.complaint(words)
        assert len(said) > 40, name
        assert "unexpected" not in said.lower(), said
        studio.plays_on()
        assert studio.playback.engine_pid == pid, f"{name} killed the process"
    studio.opener.open_model(str(net))
    studio.until(lambda: studio.has_model(net) and studio.has_mask, "a good model")


def test_a_model_without_a_card_or_with_too_few_labels_works_and_says_so(
    studio: DrivenWindow, clip: Path, net: Path, tmp_path: Path
) -> None:
    studio.open(clip, net)
    assert studio.playback.model is not None
    assert len(studio.playback.model.labels) == 21
    assert studio.told == []
    short = _short_of_labels(tmp_path / "short.tflite")
    studio.open(None, short)
    model = studio.playback.model
    assert model is not None
    assert len(model.labels) == 21
    assert any("20 names for 21 classes" in text for text in model.warnings), model.warnings
    studio.plays_on()


def test_wrong_models_on_the_command_line_exit_with_2(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    out = tmp_path / "out.mp4"
    for name, (path, words) in _wrong_models(folder).items():
        for command in (
            ["segment", str(clip), "--model", str(path), "--out", str(out)],
            ["bench", str(path), "--runs", "1"],
        ):
            code = main(command)
            told = capsys.readouterr()
            assert code == 2, (name, told.err)
            assert told.out == ""
            assert words in told.err, name
            assert sum(line.startswith("jejunet: ") for line in told.err.splitlines()) == 1
            assert "Traceback" not in told.err
        assert not out.exists()


def test_too_few_labels_are_warned_of_on_the_command_line(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _short_of_labels(tmp_path / "short.tflite")
    code = main(["segment", str(clip), "--model", str(path), "--json"])
    told = capsys.readouterr()
    assert code == 0
    assert json.loads(told.out)["frames"] == 40
    assert "Warning" in told.err
    assert "20 names for 21 classes" in told.err
