"""`jejunet deploy` refuses what cannot work, follows what it launches, and tells how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.runs.folder import RunFolder
from studio.verbs import main
from tests.phone_lab.phone import LabPhone
from tests.support.clips import class_clip
from tests.support.models import logits_model


@pytest.fixture
def model(tmp_path: Path, lab_phone: LabPhone, runs_dir: Path) -> Path:
    class_clip(tmp_path / "clip.mp4", frames=20)
    return logits_model(tmp_path / "tiny.tflite", dtype="int8")


def answer(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    code = main(["deploy", *words, "--json"])
    said = capfd.readouterr()
    assert said.out.count("\n") == 1
    return code, json.loads(said.out), said.err


def launched(runs_dir: Path) -> list[Path]:
    return list(runs_dir.iterdir()) if runs_dir.is_dir() else []


def test_a_session_is_followed_and_told_in_one_object(
    model: Path,
    lab_phone: LabPhone,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told, said = answer(
        capfd, "--model", "tiny.tflite", "--video", "clip.mp4", "--seconds", "1.5"
    )
    assert code == 0, said
    assert told["status"] == "finished"
    summary = told["summary"]
    assert summary["frames"] > 3
    assert summary["complete"]
    assert summary["is_lab"]
    assert summary["phone"]["serial"] == lab_phone.serial
    assert summary["agreement"]["min"] == 1.0
    for step in ("bundle", "phone", "push-runner", "push-model", "start", "self-test", "stream"):
        assert f" {step}: " in said
    assert "speeds mean nothing" in said
    record = RunFolder(Path(told["folder"])).record()
    assert record.title == "tiny on Pixel 2"
    assert record.spec["video"] == str(tmp_path / "clip.mp4")
    assert record.spec["model"] == str(model)
    assert record.spec["serial"] == lab_phone.serial


def test_a_clip_is_told_in_words(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", str(model), "--video", str(tmp_path / "clip.mp4"), "--frames", "clip"]
    assert main(["deploy", *words, "--cpus", "0", "--warm-up", "1"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].endswith("_deploy finished")
    assert any("20 frames, 0 dropped" in line for line in lines)
    assert any(line.split()[:1] == ["invoke"] for line in lines)
    assert any("100.000% of the pixels" in line for line in lines)
    assert any(line.startswith("doubt: This phone is emulated") for line in lines)


def test_ctrl_c_ends_a_session_without_an_end_in_order(
    model: Path, tmp_path: Path, lab_phone: LabPhone
) -> None:
    command = [sys.executable, "-m", "studio", "deploy", "--model", str(model)]
    process = subprocess.Popen(
        [*command, "--video", str(tmp_path / "clip.mp4"), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = ""
    assert process.stderr is not None
    while "running" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    os.killpg(process.pid, signal.SIGINT)
    out, rest = process.communicate(timeout=20)
    assert process.returncode == 0, said + rest
    told = json.loads(out)
    assert told["status"] == "stopped"
    assert told["summary"]["frames"] >= 1
    assert told["summary"]["complete"]
    assert not any("./runner" in line for line in lab_phone.processes())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "absent.tflite"], "absent"),
        (["--video", "absent.mp4"], "absent.mp4"),
        (["--serial", "nobody"], "nobody"),
        (["--start", "5000"], "no frame 5000"),
        (["--start", "5", "--end", "3"], "is empty"),
        (["--threads", "99"], "99 threads"),
        (["--seconds", "0"], "0 s were asked for"),
        (["--cpus", "big"], "no mask of CPUs"),
        (["--warm-up", "-1"], "warm-up"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_launched(
    model: Path,
    runs_dir: Path,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    given = words if "--model" in words else ["--model", str(model), *words]
    code, told, said = answer(capfd, *given)
    assert code == 2, told
    assert message in told["error"]["message"]
    assert message in said
    assert launched(runs_dir) == []


def test_a_computer_without_a_phone_says_so_at_once(
    model: Path, lab_phone: LabPhone, runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lab_phone.unplug()
    code, told, _ = answer(capfd, "--model", str(model))
    assert code == 1
    assert told["error"]["message"] == "No phone is connected."
    assert "USB debugging" in told["error"]["remedy"]
    assert launched(runs_dir) == []
    lab_phone.plug()


def test_a_session_that_fails_is_told_with_its_remedy(
    model: Path, lab_phone: LabPhone, capfd: pytest.CaptureFixture[str]
) -> None:
    lab_phone.fill_storage(1 << 20)
    code, told, said = answer(capfd, "--model", str(model), "--seconds", "1")
    assert code == 1
    assert told["status"] == "failed"
    assert "free" in told["error"]["message"]
    assert told["error"]["remedy"] in said


def test_key_frames_are_told_in_words(
    model: Path, runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", str(model), "--frames", "clip", "--end", "11", "--warm-up", "0"]
    assert main(["deploy", *words, "--temporal", "balanced"]) == 0
    (folder,) = launched(runs_dir)
    assert RunFolder(folder).record().spec["options"]["input_fit"] == "frame"
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("network ran on ") and "1 first" in line for line in lines)
    for stage in ("plane", "flow", "warp", "decide", "fuse"):
        assert any(line.split()[:1] == [stage] for line in lines)
    assert any("the same key frames" in line for line in lines)
    assert any("100.000% of the pixels" in line for line in lines)
