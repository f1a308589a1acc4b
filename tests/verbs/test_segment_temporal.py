"""`jejunet segment --temporal` from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from studio.verbs import main
from studio.verbs.videos import _temporal_lines
from tests.support.models import logits_model
from tests.support.moving import moving_clip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert runs_dir
    monkeypatch.chdir(tmp_path)
    logits_model(tmp_path / "net.tflite")
    moving_clip(tmp_path / "clip", 12)
    return tmp_path


_WORDS = ("segment", "clip", "--model", "net.tflite")


def test_a_preset_tells_how_often_the_network_ran(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*_WORDS, "--temporal", "balanced", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["temporal"]["mode"] == "key_frames"
    assert 0 < told["temporal"]["network_runs_ratio"] < 1
    assert main([*_WORDS, "--temporal", "balanced"]) == 0
    lines = capfd.readouterr().out.splitlines()
    (key_frames,) = (line for line in lines if line.startswith("key frames"))
    share = f"{told['temporal']['network_runs_ratio']:.0%}"
    assert re.fullmatch(
        rf"key frames  {share} of frames: \d+ [a-z ]+(, \d+ [a-z ]+)*; [\d.]+ effective FPS",
        key_frames,
    )
    assert max(map(len, lines)) <= 80


def test_the_line_of_key_frames_names_the_reasons_that_count_most() -> None:
    told: dict[str, object] = {
        "asynchronous": False,
        "network_runs_ratio": 0.225,
        "effective_fps": 297.31,
        "millis": {"total": 3.36},
        "triggers": {"first": 9, "forward_backward": 7, "interval": 4, "cut": 2},
    }
    assert _temporal_lines(told) == [
        "key frames  22% of frames: 7 flow mismatch, 4 interval, 11 more; 297 effective FPS",
        "mean ms     total 3.36",
    ]
    beside = {**told, "asynchronous": True, "triggers": {"every": 8, "first": 1}}
    assert _temporal_lines({**beside, "effective_fps": 42.04})[0] == (
        "key frames  22% of frames beside: 8 when free, 1 first; 42.0 effective FPS"
    )
    assert _temporal_lines(None) == []


def test_a_file_says_it_in_full(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "mine.toml").write_text("longest_gap = 2\nstill_gap = 2\n")
    assert main([*_WORDS, "--temporal", "mine.toml", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["temporal"]["network_runs_ratio"] >= 0.4


def test_off_is_the_default(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*_WORDS, "--end", "1", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["temporal"] is None


def test_the_network_s_input_follows_the_frame_unless_it_was_said_otherwise(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "never.toml").write_text('mode = "off"\n')

    def network_input(*words: str) -> list[int]:
        assert main([*_WORDS, "--end", "1", "--json", *words]) == 0
        told: list[int] = json.loads(capfd.readouterr().out)["network_input"]
        return told

    square, fitting = network_input(), network_input("--input", "frame")
    assert square[0] == square[1]
    assert fitting[0] < fitting[1]
    assert network_input("--temporal", "fast") == fitting
    assert network_input("--temporal", "fast", "--input", "model") == square
    assert network_input("--temporal", "never.toml") == square


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--temporal", "quick"), "balanced"), (("--temporal", "none.toml"), "no file")],
)
def test_what_is_no_setting_is_refused_in_words(
    words: tuple[str, str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*_WORDS, *words]) == 2
    assert said in capfd.readouterr().err
