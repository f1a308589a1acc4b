"""The benchmark of the temporal engine tells each figure, and whether it meets its bar."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from studio.data.reading import read_image, read_mask
from tests.benchmarks.figures import Figure, Report
from tests.benchmarks.temporal import main
from tests.benchmarks.temporal_clips import cut_clips, hd_clips, still_clips
from tests.benchmarks.temporal_videos import OTHERS, SPLIT_NOTE, TUNING, find_videos, halves
from tests.evaluation.painted_videos import painted_davis
from tests.support.models import logits_model


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    return painted_davis(tmp_path, {name: [15] * 18 for name in ("hike", "kite-surf", "surf")})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "net.tflite")


def test_a_bar_is_met_or_missed_and_what_is_unknown_misses() -> None:
    assert Figure("a", 3.0, bar=3.0).passes
    assert not Figure("a", 2.9, bar=3.0).passes
    assert Figure("a", 3.0, bar=3.0, sense="most").passes
    assert not Figure("a", 3.1, bar=3.0, sense="most").passes
    assert Figure("a", -math.inf).passes
    senses: tuple[Literal["least", "most"], ...] = ("least", "most")
    for sense in senses:
        assert not Figure("a", math.nan, bar=1.0, sense=sense).passes
    report = Report("t", [Figure("good", 1.0, "x", 0.5, parts={"half": 2.0}), Figure("told", 0.0)])
    assert report.passes
    lines = report.lines()
    assert lines[2].split() == ["good", "1.00", "x", "≥", "0.50", "PASS", "2.00"]
    assert lines[3].split() == ["told", "0.00"]
    missed = Report("t", [*report.figures, Figure("bad", 1.0, "x", 0.5, "most")])
    assert not missed.passes
    assert missed.lines()[-1].split() == ["bad", "1.00", "x", "≤", "0.50", "MISS"]
    assert [each["passes"] for each in missed.plain()["figures"]] == [True, True, False]


def test_the_split_is_fixed_and_covers_all(davis: Path) -> None:
    assert not set(TUNING) & set(OTHERS)
    assert halves(find_videos(davis)) == {"tuning": ("hike", "kite-surf"), "others": ("surf",)}


def test_clips_are_what_they_are_called(tmp_path: Path, davis: Path) -> None:
    videos = find_videos(davis)
    still = still_clips(videos[:1], tmp_path, frames=3)[0]
    pictures = [read_image(frame.image).astype(int) for frame in still.frames]
    assert len(pictures) == 3
    assert 0 < np.abs(pictures[0] - pictures[1]).mean() < 5
    assert len({frame.mask for frame in still.frames}) == 1
    cuts = cut_clips(videos, every=5, scenes=4)
    assert [len(clip.frames) for clip in cuts] == [20] * 3
    for clip in cuts:
        scenes = [frame.name.split("/")[0] for frame in clip.frames]
        changes = [at for at in range(1, 20) if scenes[at] != scenes[at - 1]]
        assert changes == [5, 10, 15]
    large = hd_clips(videos[:1], tmp_path)[0].frames[0]
    assert large.mask is not None
    assert read_image(large.image).shape == (720, 1440, 3)
    assert read_mask(large.mask, 2).mean() == pytest.approx(0.5, abs=0.01)


def test_one_command_prints_figures_and_says_whether_they_hold(
    davis: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dataset", str(davis), "--model", str(model), "--limit", "18"]
    code = main(["still", "cuts", "articulated", *words])
    said = capsys.readouterr().out
    assert said.count("MISS") + said.count("PASS") == 4
    assert code == (1 if "MISS" in said else 0)
    assert "kite-surf" in said
    code = main(["davis", *words, "--json"])
    (report,) = json.loads(capsys.readouterr().out)
    assert len([each for each in report["figures"] if each["bar"] is not None]) == 10
    assert code == (0 if all(each["passes"] for each in report["figures"]) else 1)
    assert set(report["figures"][0]["parts"]) == {"tuning", "others"}
    assert SPLIT_NOTE in report["notes"]
    assert all(name in SPLIT_NOTE for name in (*TUNING, *OTHERS))
    assert "both halves were seen" in SPLIT_NOTE


def test_a_network_beside_is_paced_and_its_lateness_told(
    davis: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dataset", str(davis), "--model", str(model), "--limit", "4", "--json"]
    code = main(["async", *words])
    (report,) = json.loads(capsys.readouterr().out)
    values = {each["name"]: each["value"] for each in report["figures"]}
    assert values["network, median"] >= 40.0
    # All frames of these clips are the same, so that a word can be as late as it likes.
    assert values["… with a word always 2 frames late"] == pytest.approx(0.0, abs=1.0)
    assert code == (0 if all(each["passes"] for each in report["figures"]) else 1)


def test_a_folder_without_videos_is_told_in_words(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["davis", "--dataset", str(tmp_path / "none"), "--model", str(model)]) == 2
    assert "no videos with masks" in capsys.readouterr().err
