"""Scoring on videos from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.verbs import main
from tests.evaluation.painted_videos import painted_davis, painted_vspw
from tests.support.models import logits_model

_WORDS = ("evaluate-video", "--model", "net.tflite", "--dataset", "DAVIS")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    logits_model(tmp_path / "net.tflite")
    painted_davis(tmp_path, {"hike": [15] * 3, "tennis": [15, 15, 3], "unknown": [1]})
    (tmp_path / "mine.toml").write_text('mode = "key_frames"\nlongest_gap = 2\nstill_gap = 2\n')
    return tmp_path


def _answer(capfd: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main([*words, "--json"])
    said = capfd.readouterr()
    assert code == 0, said.err
    assert said.out.count("\n") == 1
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_one_way_is_told_in_one_object(capfd: pytest.CaptureFixture[str]) -> None:
    told = _answer(capfd, *_WORDS)
    assert told["temporal"] == "balanced"
    assert {
        "j_mean", "j_by_sequence", "temporal_consistency", "flicker", "network_runs_ratio",
        "millis_mean", "speedup", "j_by_distance", "per_frame", "difference", "verdict",
    } <= set(told)  # fmt: skip
    assert set(told["j_by_sequence"]) == {"hike", "tennis"}
    assert (told["frames"], told["complete"]) == (6, True)
    height, width = told["input"]
    assert height < width, "the network's input follows the frame, in all ways"
    assert _answer(capfd, *_WORDS, "--temporal", "off")["input"] == [height, width]
    assert _answer(capfd, *_WORDS, "--input", "model")["input"] == [65, 65]


def test_ways_come_from_presets_and_files(capfd: pytest.CaptureFixture[str]) -> None:
    words = ("--temporal", "mine.toml", "off", "--temporal", "fast", "--sequences", "hike,")
    told = _answer(capfd, *_WORDS, *words)
    assert [each["temporal"] for each in told["results"]] == ["mine", "off", "fast"]
    assert told["sequences"] == ["hike"]
    assert told["results"][0]["network_runs_ratio"] == pytest.approx(2 / 3, abs=1e-3)


def test_results_in_words_are_tables(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*_WORDS, "--temporal", "mine.toml", "--limit", "3"]) == 0
    said = capfd.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "DAVIS: 6 frames of 2 videos, net at 65×35, 1 thread"
    assert lines[2].split() == ["frame", "by", "frame", "mine"]
    assert any(line.startswith("J, mean over videos") and line.count("%") == 2 for line in lines)
    assert any(line.startswith("… of the foreground") for line in lines)
    assert any(line.startswith("decoding, apart") for line in lines)
    assert any(line.startswith("tennis") for line in lines)
    assert any(line.startswith("frames since a key frame") for line in lines)
    assert "2 videos are too few to tell mine from inference frame by frame." in lines
    assert "unknown" in said.err


@pytest.mark.parametrize(("room", "tables"), [(80, 2), (120, 1)])
def test_tables_keep_to_the_terminal(
    room: int, tables: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(room))
    ways = ("--temporal", "quality", "balanced", "fast", "mine.toml", "--limit", "2")
    assert main([*_WORDS, *ways]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(map(len, lines)) <= room
    assert sum(line.startswith("J, mean over videos") for line in lines) == tables
    headings = [line for line in lines[2:] if line[:1] == " "]
    shown = [way for line in headings for way in line.split("frame by frame")[1].split()]
    assert shown == ["quality", "balanced", "fast", "mine"]


def test_labelled_videos_are_told_by_their_mean_iou(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    painted_vspw(here, {"1_a": [2] * 3}, {"others": 0, "wall": 1, "person": 2})
    words = ["evaluate-video", "--model", "net.tflite", "--dataset", "VSPW", "--temporal", "off"]
    assert main(words) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("mIoU, mean over videos") for line in lines)
    assert any(line.startswith("mIoU, all pixels") for line in lines)
    assert _answer(capfd, *words)["measure"] == "mIoU"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--temporal", "slow"], "off, quality, balanced, fast"),
        (["--temporal", "gone.toml"], "no file gone.toml"),
        (["--temporal", "fast", "fast"], "Two of what is to be compared are called 'fast'"),
        (["--sequences", "dog"], "no video 'dog'"),
        (["--sequences", "unknown"], "foreground of the video unknown"),
        (["--limit", "-1"], "-1 frames"),
        (["--threads", "0"], "0 threads"),
        (["--dataset", "gone"], "no dataset gone"),
        (["--dataset", "empty"], "no videos with masks"),
        (["--model", "gone"], "no model called gone"),
        (["--foreground", "zebra"], "none of the foreground's classes"),
        (["--input", "round"], "--input"),
        (["--fps", "-1"], "-1 frames a second"),
    ],
)
def test_wrong_input_is_told_in_words(
    words: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*_WORDS, *words, "--json"]) == 2
    said = capfd.readouterr()
    assert complaint in said.err
    assert complaint in json.loads(said.out)["error"]["message"] or "--input" in said.err
    assert "Traceback" not in said.err


def test_a_stop_is_told_as_one(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.jobs.reporter import TerminalReporter

    monkeypatch.setattr(TerminalReporter, "should_stop", lambda _self: True)
    for shape in ([], ["--json"]):
        assert main([*_WORDS, *shape]) == 1
        assert "Stopped after 0 frames" in capfd.readouterr().err
