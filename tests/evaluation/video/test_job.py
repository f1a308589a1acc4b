"""The job scores ways to use the redundancy between frames beside inference frame by frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from studio.classes import VOC_LABELS
from studio.errors import InputError, ModelError, SpecError
from studio.evaluation.davis import read_sequences
from studio.evaluation.spec import EvaluateSpec
from studio.evaluation.video.spec import EvaluateVideoSpec, TemporalChoice
from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.jobs import decode_spec, evaluate, run_job
from studio.jobs.evaluate_video import run
from studio.runs.plain import as_json_object, to_plain
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from tests.evaluation.painted_videos import painted_davis, painted_vspw
from tests.support.models import logits_model, write_card
from tests.support.reporter import KeepingReporter

_EVERY = TemporalChoice("every", TemporalSpec(longest_gap=1, still_gap=1, past_weight=0.0))
_OFF = TemporalChoice("off", OFF)
_FAST = TemporalChoice("fast", PRESETS["fast"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "good.tflite")


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    return painted_davis(tmp_path, {"hike": [15] * 3, "tennis": [15, 15, 3, 3], "unknown": [1]})


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def _run(
    reporter: KeepingReporter, model: Path, dataset: Path, *ways: TemporalChoice, **options: Any
) -> dict[str, Any]:
    summary = run(EvaluateVideoSpec(str(model), str(dataset), ways, **options), reporter)
    return json.loads(msgspec.json.encode(summary, enc_hook=to_plain))  # type: ignore[no-any-return]


def test_frame_by_frame_is_what_scikit_learn_makes_of_the_same_masks(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    from sklearn.metrics import jaccard_score

    from studio.data.reading import read_sample

    summary = _run(reporter, model, davis, _OFF)
    segmenter = Segmenter(model)
    expected = {}
    for sequence in read_sequences(davis)[0]:
        scores = []
        for frame in sequence.frames:
            image, truth = read_sample(frame, 255)
            assert truth is not None
            mask, _ = segmenter.segment(np.ascontiguousarray(image[..., ::-1]))
            seen = mask == VOC_LABELS.index("person")
            scores.append(jaccard_score(truth.ravel() > 0, seen.ravel()))
        expected[sequence.name] = np.mean(scores)
    assert summary["j_by_sequence"] == pytest.approx(expected, abs=1e-6)
    assert summary["j_mean"] == pytest.approx(np.mean(list(expected.values())), abs=1e-6)
    assert 0.3 < summary["j_mean"] < 0.9


def test_frame_by_frame_is_what_the_other_job_finds(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    other = evaluate.run(EvaluateSpec((str(model),), str(davis)), reporter)
    ours = _run(reporter, model, davis, _OFF)
    assert ours["j_mean"] == other["j_mean"]
    assert ours["j_by_sequence"] == other["j_by_sequence"]


def test_the_network_on_every_frame_is_inference_frame_by_frame(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    summary = _run(reporter, model, davis, _EVERY)
    assert summary["temporal"] == "every"
    for key in ("j_mean", "j_by_sequence", "temporal_consistency", "flicker", "frames"):
        assert summary[key] == summary["per_frame"][key]
    assert summary["network_runs_ratio"] == 1.0
    assert summary["results"] == [{key: summary[key] for key in summary["results"][0]}]
    assert summary["difference"]["j_mean"] == 0.0
    assert summary["verdict"] == summary["difference"]["verdict"]


def test_several_ways_are_told_in_the_order_asked_for(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    summary = _run(reporter, model, davis, _FAST, _OFF, _EVERY)
    assert [result["temporal"] for result in summary["results"]] == ["fast", "off", "every"]
    assert summary["results"][1] == summary["per_frame"]
    assert [each["temporal"] for each in summary["differences"]] == ["fast", "every"]
    assert "j_mean" not in summary
    assert "difference" not in summary
    assert (summary["complete"], summary["measure"], summary["frames"]) == (True, "J", 7)
    assert summary["sequences"] == ["hike", "tennis"]
    assert reporter.totals == {3 * 7}  # `off` is not run twice
    assert any("unknown" in text for text in reporter.warnings)
    for result in summary["results"]:
        assert set(result["by_sequence"]) == {"hike", "tennis"}
        assert result["speedup"] > 0


def test_still_pictures_cost_the_network_little(
    tmp_path: Path, model: Path, reporter: KeepingReporter
) -> None:
    root = painted_davis(tmp_path, {"hike": [15] * 20})
    summary = _run(reporter, model, root, TemporalChoice("balanced", PRESETS["balanced"]))
    assert summary["network_runs_ratio"] <= 0.1
    assert summary["j_mean"] == summary["per_frame"]["j_mean"]
    assert summary["j_by_distance"][0]["frames"] <= 2
    assert sum(point["frames"] for point in summary["j_by_distance"]) == 20


def test_an_asynchronous_network_is_told_with_what_it_took_beside(
    tmp_path: Path, model: Path, reporter: KeepingReporter
) -> None:
    root = painted_davis(tmp_path, {"hike": [15] * 20})
    beside = TemporalSpec(asynchronous=True, still_gap=2)
    summary = _run(reporter, model, root, TemporalChoice("beside", beside), frames_per_second=200.0)
    assert summary["frames"] == 20
    assert 0 < summary["network_runs_ratio"] <= 0.6
    given = 20 - summary["triggers"]["none"]
    assert summary["network_runs_ratio"] == given / 20
    curve = {point["distance"]: point["frames"] for point in summary["j_by_distance"]}
    assert curve[0] == 1, "but for the first, each word was frames old when it came"
    assert sum(curve.values()) == 20
    assert summary["j_mean"] == pytest.approx(summary["per_frame"]["j_mean"], abs=0.01)
    assert summary["millis_mean"]["network"] > 0


def test_a_foreground_that_is_never_seen_has_no_consistency(
    tmp_path: Path, model: Path, reporter: KeepingReporter
) -> None:
    root = painted_davis(tmp_path, {"hike": [3] * 3})
    summary = _run(reporter, model, root, _EVERY)
    assert summary["j_mean"] == 0.0
    assert summary["temporal_consistency"]["foreground"] is None
    assert summary["temporal_consistency"]["all_classes"] == 1.0
    assert summary["difference"]["foreground_consistency"] == {"value": None, "interval": None}


def test_an_input_that_follows_the_frames_is_told(
    tmp_path: Path, model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    options = SessionOptions(input_fit="frame")
    height, width = _run(reporter, model, davis, _EVERY, options=options)["input"]
    assert height < width
    stubborn = logits_model(tmp_path / "stubborn.tflite", layout="NCHW")
    summary = _run(reporter, stubborn, davis, _EVERY, options=options)
    assert summary["input"] == [65, 65]
    assert sum("shape of the frames" in text for text in reporter.warnings) == 1


def test_labelled_videos_are_scored_by_all_classes(
    tmp_path: Path, model: Path, reporter: KeepingReporter
) -> None:
    numbers = {"others": 0, "wall": 1, "person": 2, "cattle": 3, "sky": 4}
    root = painted_vspw(tmp_path, {"1_a": [2] * 3, "2_b": [4, 4]}, numbers)
    summary = _run(reporter, model, root, _EVERY)
    assert summary["measure"] == "mIoU"
    assert summary["j_by_sequence"]["1_a"] > 0.85
    assert summary["j_by_sequence"]["2_b"] == 1.0  # wall and sky are its background, all of it
    assert 0.85 < summary["miou"] <= 1.0
    assert summary["temporal_consistency"]["foreground"] > 0.9
    assert any("does not know 2 of the 4 classes" in text for text in reporter.warnings)


def test_a_stop_keeps_what_was_done_and_compares_nothing(
    tmp_path: Path, model: Path, davis: Path
) -> None:
    whole = _run(KeepingReporter(tmp_path), model, davis, _EVERY)
    summary = _run(KeepingReporter(tmp_path, stop_after=8), model, davis, _EVERY)
    assert (summary["complete"], summary["frames"]) == (False, 3)
    assert summary["j_by_sequence"] == {"hike": whole["j_by_sequence"]["hike"]}
    assert summary["differences"] == []
    assert "verdict" not in summary
    at_once = _run(KeepingReporter(tmp_path, stop_after=0), model, davis, _EVERY)
    assert (at_once["complete"], at_once["frames"], at_once["j_mean"]) == (False, 0, None)


def test_what_cannot_be_scored_is_said_before_anything_is_run(
    tmp_path: Path, model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    cats = logits_model(tmp_path / "cats.tflite", classes=2)
    write_card(cats, labels=["background", "cat"])
    with pytest.raises(ModelError, match="none of the foreground's classes of the video hike"):
        _run(reporter, cats, davis, _OFF)
    with pytest.raises(InputError, match="no videos with masks"):
        _run(reporter, model, tmp_path / "nowhere", _OFF)
    with pytest.raises(ModelError):
        _run(reporter, tmp_path / "nothing.tflite", davis, _OFF)
    next((davis / "Annotations" / "480p" / "tennis").iterdir()).unlink()
    with pytest.raises(InputError, match="tennis"):
        _run(reporter, model, davis, _OFF)
    assert reporter.done == []


def test_a_spec_that_cannot_be_followed_is_refused(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    with pytest.raises(SpecError, match="plane_pixels"):
        _run(reporter, model, davis, TemporalChoice("mine", TemporalSpec(plane_pixels=-1)))


def test_the_job_runs_from_what_a_run_folder_stores(
    model: Path, davis: Path, reporter: KeepingReporter
) -> None:
    spec = EvaluateVideoSpec(str(model), str(davis), (_FAST, _EVERY), limit=2)
    stored = msgspec.json.decode(msgspec.json.encode(as_json_object(spec)))
    decoded = decode_spec("evaluate-video", stored)
    assert decoded == spec
    assert run_job("evaluate-video", decoded, reporter)["frames"] == 4
