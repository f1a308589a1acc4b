"""The command line as a shell and a program see it: exit codes, streams, and words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.broken_models import crashing_model
from tests.support.clips import class_clip
from tests.support.models import classifier_model, logits_model


def _jejunet(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=12)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return logits_model(tmp_path / "net.tflite")


def test_segment_prints_one_json_object_and_nothing_else(
    clip: Path, net: Path, tmp_path: Path
) -> None:
    out, masks = tmp_path / "out.mp4", tmp_path / "masks"
    done = _jejunet(
        *("segment", str(clip), "--model", str(net), "--json"),
        *("--out", str(out), "--masks", str(masks)),
    )
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    assert summary["frames"] == 12
    assert summary["fps"] > 0
    assert set(summary["millis"]) == {"decode", "preprocess", "invoke", "postprocess", "draw"}
    for row in summary["millis"].values():
        assert set(row) == {"p50", "p90", "p99", "mean"}
        assert row["p50"] <= row["p90"] <= row["p99"]
    assert out.stat().st_size > 0
    assert len(list(masks.iterdir())) == 12


def test_segment_in_words(clip: Path, net: Path) -> None:
    done = _jejunet("segment", str(clip), "--model", str(net))
    assert done.returncode == 0, done.stderr
    assert "12 frames of 160×120" in done.stdout
    assert "postprocess" in done.stdout
    assert "12 of 12 frames" in done.stderr


@pytest.mark.parametrize("runtime", ["litert", "tflite-runtime"])
def test_bench_reports_percentiles_load_and_memory(net: Path, runtime: str) -> None:
    done = _jejunet("bench", str(net), "--runs", "20", "--json", "--runtime", runtime)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    invoke = result["invoke_millis"]
    assert 0 < invoke["p50"] <= invoke["p90"] <= invoke["p99"]
    assert result["load_millis"] > 0
    assert result["peak_memory_bytes"] > 2**20
    assert (result["runs"], result["runtime"]) == (20, runtime)


def test_models_lists_what_the_folders_hold(net: Path, tmp_path: Path) -> None:
    classifier_model(tmp_path / "classifier.tflite")
    (tmp_path / "broken.tflite").write_text("no model")
    done = _jejunet("models", "--json", env={"JEJUNET_MODELS": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    names = [Path(model["path"]).name for model in listed["models"]]
    assert "net.tflite" in names
    assert "classifier.tflite" not in names
    assert any(Path(broken["path"]).name == "broken.tflite" for broken in listed["broken"])


@pytest.mark.parametrize(
    "words",
    [
        ("segment", "/nowhere.mp4", "--model", "{net}"),
        ("segment", "{clip}", "--model", "/nowhere.tflite"),
        ("segment", "{clip}", "--model", "{text}"),
        ("segment", "{text}", "--model", "{net}"),
        ("segment", "{clip}", "--model", "{net}", "--threads", "0"),
        ("segment", "{clip}", "--model", "{net}", "--opacity", "7"),
        ("segment", "{clip}", "--model", "{net}", "--out", "{clip}"),
        ("segment", "{clip}", "--model", "{net}", "--out", "x.gif"),
        ("segment", "{clip}", "--model", "{net}", "--start", "5", "--end", "2"),
        ("segment", "{clip}", "--model", "{net}", "--labels", "{text}"),
        ("segment", "{clip}", "--model", "{net}", "--normalize", "a,b"),
        ("segment", "{clip}", "--model", "{net}", "--normalize", "nan,1"),
        ("segment", "x" * 300 + ".mp4", "--model", "{net}"),
        ("segment", "{clip}", "--model", "x" * 300),
        ("segment", "{clip}", "--model", "{net}", "--runtime", "onnx"),
        ("segment",),
        ("bench", "{text}"),
        ("bench", "{net}", "--runs", "0"),
        ("models", "--what"),
        ("--what",),
    ],
)
def test_wrong_input_exits_with_2_and_says_how_to_mend_it(
    words: tuple[str, ...], clip: Path, net: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("these are words")
    places = {"clip": clip, "net": net, "text": text}
    done = _jejunet(*(word.format(**places) for word in words))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("jejunet: ") == 1
    assert done.stdout == ""


def test_an_error_is_json_too_when_asked_for(net: Path) -> None:
    done = _jejunet("segment", "/nowhere.mp4", "--model", str(net), "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "VideoError"


def test_an_unwritable_output_exits_with_1(clip: Path, net: Path, tmp_path: Path) -> None:
    done = _jejunet(
        "segment", str(clip), "--model", str(net), "--out", str(tmp_path / "no" / "out.mp4")
    )
    assert done.returncode == 1
    assert "folder does not exist" in done.stderr


def test_a_model_that_crashes_the_interpreter_ends_in_words(clip: Path, tmp_path: Path) -> None:
    bad = crashing_model(tmp_path / "crash.tflite")
    done = _jejunet("segment", str(clip), "--model", str(bad), "--json")
    assert done.returncode == 1
    assert "SIGSEGV" in done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "WorkerError"


def test_without_a_display_it_names_the_verbs_that_work() -> None:
    env = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"), "")
    done = _jejunet(env=env)
    assert done.returncode == 1
    assert "every verb of the command line works" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", ["terminate", "interrupt"])
def test_an_interrupted_export_ends_in_order_and_keeps_its_frames(
    net: Path, tmp_path: Path, end: str
) -> None:
    clip = class_clip(tmp_path / "long.mp4", frames=1500, width=320, height=240)
    out = tmp_path / "out.mp4"
    command = [sys.executable, "-m", "studio", "segment", str(clip), "--model", str(net)]
    process = subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".out.mp4.*.part")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    parent = psutil.Process(process.pid)
    targets = [parent] if end == "terminate" else [parent, *parent.children()]
    for target in targets:  # a terminal sends Ctrl-C to the whole group
        target.terminate() if end == "terminate" else target.send_signal(2)
    _, said = process.communicate(timeout=30)
    assert b"Traceback" not in said
    assert process.returncode == 1
    assert b"Stopped after" in said
    assert not out.exists()
    assert not list(tmp_path.glob(".*.part"))
    kept = list(tmp_path.glob("out-first-*-frames.mp4"))
    assert len(kept) == 1


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Do what a terminal does at Ctrl-C: tell the whole group."""
    os.killpg(process.pid, signal.SIGINT)


def _start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "studio", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_an_interrupted_benchmark_tells_what_it_measured(net: Path) -> None:
    process = _start("bench", str(net), "--runs", "100000000", "--json")
    assert process.stderr is not None
    first = process.stderr.readline()
    assert b"runs" in first, first
    _interrupt(process)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 1
    result = json.loads(out)
    assert 0 < result["runs"] < 100_000_000
    assert result["complete"] is False
    assert b"Stopped after" in said
    assert b"Traceback" not in said


@pytest.mark.parametrize("wait_seconds", [0.0, 0.1, 0.3, 0.6])
def test_an_interrupt_at_any_time_of_the_start_ends_without_a_traceback(
    net: Path, wait_seconds: float
) -> None:
    process = _start("bench", str(net), "--runs", "100000000", "--json")
    parent = psutil.Process(process.pid)
    deadline = time.monotonic() + 30
    while not parent.children() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(wait_seconds)
    _interrupt(process)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert json.loads(out)  # one object, an error or what was measured


def test_native_libraries_write_nothing_to_the_terminal(net: Path) -> None:
    done = _jejunet("bench", str(net), "--runs", "1")
    assert done.returncode == 0
    assert "INFO:" not in done.stderr
    assert "1 of 1 runs" in done.stderr


def test_a_file_name_that_is_no_unicode_is_told_in_json(net: Path, tmp_path: Path) -> None:
    clip = class_clip(tmp_path / os.fsdecode(b"caf\xe9.mp4"), frames=2)
    done = _jejunet("segment", str(clip), "--model", str(net), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["input"] == str(clip)


def test_help_and_version_work() -> None:
    assert "segment" in _jejunet("--help").stdout
    assert "--masks" in _jejunet("segment", "--help").stdout
    assert "--resume" in _jejunet("train", "--help").stdout
    assert _jejunet("--version").stdout.startswith("JejuNet Studio ")


def test_without_any_model_it_says_where_to_put_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from studio import paths, verbs

    monkeypatch.setattr(paths, "model_dirs", list)  # as on a fresh clone
    assert verbs.main(["models"]) == 0
    assert verbs.main(["segment", "clip.mp4"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count(str(tmp_path / "workspace" / "models")) == 2


def test_even_a_defect_of_ours_ends_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from studio import verbs
    from studio.verbs import videos

    def broken() -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(videos, "scan_models", broken)
    assert verbs.main(["models"]) == 1
    said = capfd.readouterr().err
    assert "a defect" in said
    assert "Traceback" not in said
    log = tmp_path / "workspace" / "logs" / "command-line.log"
    assert "RuntimeError" in log.read_text()
