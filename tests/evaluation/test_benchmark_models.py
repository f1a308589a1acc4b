"""The table of models holds what the job and the files say, and times them in turn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.models import main
from tests.evaluation.painted import halves, painted_voc
from tests.evaluation.painted_videos import painted_davis
from tests.support.models import logits_model


def test_models_stand_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = logits_model(tmp_path / "small.tflite")
    large = logits_model(tmp_path / "large.tflite", input_size=520, grid=104)
    voc = painted_voc(tmp_path / "data", [halves(index, 3) for index in range(1, 6)])
    davis = painted_davis(tmp_path, {"dog": [12], "hike": [15]})
    places = ["--dataset", str(voc), "--davis", str(davis), "--rounds", "5"]
    assert main([*places, "--json", str(small), str(large)]) == 0
    report = json.loads(capsys.readouterr().out)
    first, second = report["models"]
    assert (first["model"], second["model"]) == ("small.tflite", "large.tflite")
    assert second["multiply_adds"] == 64 * first["multiply_adds"]
    assert second["miou"] > first["miou"] > 0.5
    assert second["j_mean"] > first["j_mean"] > 0.5
    assert first["ratio_to_first"] == 1.0
    assert second["ratio_to_first"] > 1.0
    assert [verdict.split(":")[0] for verdict in report["verdicts"]] == ["VOC2012 val", "DAVIS"]
    assert main([*places, str(small)]) == 0
    table = capsys.readouterr().out
    assert "small.tflite" in table
    assert "aeroplane" in table
    assert "hike" in table


def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nothing.tflite")]) == 2
    assert "nothing.tflite" in capsys.readouterr().err
