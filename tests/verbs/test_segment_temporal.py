"""`jejunet segment --temporal` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.verbs import main
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


def test_a_preset_tells_how_often_the_network_ran(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*_WORDS, "--temporal", "balanced", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["temporal"]["mode"] == "key_frames"
    assert 0 < told["temporal"]["network_runs_ratio"] < 1
    assert main([*_WORDS, "--temporal", "balanced", "--input", "frame"]) == 0
    lines = capfd.readouterr().out
    assert "of the frames, " in lines
    assert "effective FPS" in lines
    assert "first 1" in lines


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
