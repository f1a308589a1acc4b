from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from studio.runs import launch as launching
from studio.runs.events import Failed, Finished, Progress, Started, Stopped, encode
from studio.runs.folder import RunFolder, RunStatus, create_run_folder
from studio.runs.launch import request_stop
from studio.runs.record import new_record
from studio.runs.watch import RunWatcher
from studio.training.spec import TrainSpec
from studio.verbs import main
from tests.support import quick_training
from tests.support.run_jobs import CountSpec
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a dataset and a spec, where a worker only counts."""
    monkeypatch.setattr(launching, "_WORKER", quick_training.COMMAND)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "small.toml").write_text('title = "Small"\ndataset = "data"\nmost_steps = 3\n')
    return tmp_path


def _train(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    code = main(["train", *words, "--json"])
    said = capfd.readouterr()
    assert said.out.count("\n") == 1
    return code, json.loads(said.out), said.err


def _ended(runs_dir: Path, *, steps: int = 3, last: str = "") -> RunFolder:
    """A run that trained one step and ended early."""
    spec = TrainSpec(dataset=str(runs_dir.parent), most_steps=steps)
    folder = create_run_folder(runs_dir, new_record("train", spec, title="T"))
    (folder.artifacts_dir / "last.keras").write_text("1")
    end = Failed(message=last) if last else Stopped(reason="asked")
    folder.events_file.write_bytes(encode(Started(job="train", pid=1)) + encode(end))
    return folder


def _stop_when_at_work(folder: RunFolder) -> None:
    """Ask for a stop once steps were done that had not been done before."""
    watcher = RunWatcher(folder)

    def has_gone_on() -> bool:
        events = watcher.poll().events
        return any(isinstance(event, Progress) and event.done > 1 for event in events)

    wait_until(has_gone_on)
    request_stop(folder)


def test_a_spec_file_is_trained_and_told_in_one_object(
    here: Path, runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, told, said = _train(capfd, "small.toml")
    assert code == 0, said
    assert told["status"] == "finished"
    assert told["summary"] == {"steps": 3, "best_miou": 0.25}
    folder = RunFolder(runs_dir / told["run"])
    assert told["folder"] == str(folder.path)
    assert told["artifacts"] == {"last.keras": str(folder.artifacts_dir / "last.keras")}
    record = folder.record()
    assert record.spec["dataset"] == str(here / "data")  # the worker may be elsewhere
    assert record.title == "Small on data"
    assert "3 of 3 steps" in said
    assert "a library talks" not in said


def test_in_words_it_ends_with_what_came_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "small.toml"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].endswith("_train finished")
    assert any(line.split() == ["steps", "3"] for line in lines)


def test_a_preset_takes_dataset_and_changes_from_the_command_line(
    here: Path, runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, told, said = _train(
        capfd,
        *("--preset", "quick-look", "--dataset", "data", "--title", "Try"),
        *("--set", "most_steps=2", "--set", "network.width=0.5", "--set", "start_from="),
        *("--strategy", "mirrored"),
    )
    assert code == 0, said
    record = RunFolder(runs_dir / told["run"]).record()
    assert record.title == "Try"
    assert record.spec["network"]["width"] == 0.5
    assert (record.spec["most_steps"], record.spec["start_from"]) == (2, "")
    assert record.spec["strategy"] == "mirrored"


def test_presets_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--preset", "list"]) == 0
    assert "quick-look" in capfd.readouterr().out
    code, told, _ = _train(capfd, "--preset", "list")
    assert code == 0
    assert {"name", "title", "description", "spec"} == set(told["presets"][0])


def test_a_detached_training_is_left_to_itself(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "small.toml", "--set", "most_steps=10000", "--detach"]) == 0
    folder = RunFolder(Path(capfd.readouterr().out.strip()))
    assert folder.path.parent == runs_dir
    wait_until(lambda: folder.status() is RunStatus.RUNNING)
    request_stop(folder)
    wait_until(lambda: folder.status() is RunStatus.STOPPED)
    code, told, _ = _train(capfd, "--resume", "last", "--detach")
    assert (code, told["run"], told["status"]) == (0, folder.name, "starting")
    wait_until(lambda: folder.status() is RunStatus.RUNNING)
    assert main(["train", "--resume", folder.name]) == 1
    assert "still at work" in capfd.readouterr().err
    request_stop(folder)
    wait_until(lambda: folder.status() is RunStatus.STOPPED)


def test_a_stopped_training_exits_with_1_and_says_how_to_go_on(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = _ended(runs_dir, steps=10_000)
    stopper = threading.Thread(target=_stop_when_at_work, args=(folder,))
    stopper.start()
    code, told, said = _train(capfd, "--resume", folder.name)
    stopper.join()
    assert (code, told["status"]) == (1, "stopped")
    assert told["summary"]["steps"] > 1
    assert "Going on from step 1." in said
    assert f"jejunet train --resume {folder.name}" in said


def test_a_failed_training_keeps_its_words_and_exit_code(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, told, said = _train(capfd, "small.toml", "--set", "seed=13")
    assert (code, told["status"]) == (2, "failed")
    assert told["error"]["message"] == "The images are all black."
    assert "Turn on the light." in said
    assert f"jejunet train --resume {told['run']}" in said
    assert "Traceback" not in said


def test_the_last_is_the_latest_training_that_ended_early(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = _ended(runs_dir, last="No.")
    finished = create_run_folder(runs_dir, new_record("train", TrainSpec("."), title="T"))
    finished.events_file.write_bytes(encode(Finished(summary={})))
    other = create_run_folder(runs_dir, new_record("bench", CountSpec(), title="T"))
    other.events_file.write_bytes(encode(Failed(message="No.")))
    code, told, _ = _train(capfd, "--resume", "last")
    assert (code, told["run"]) == (0, folder.name)
    for name, complaint in (
        ("last", "There is no training that ended early"),
        (finished.name, "has finished"),
        (other.name, "is no training"),
        ("nobody", "no training that ended early called “nobody”"),
    ):
        assert main(["train", "--resume", name]) in (1, 2)
        assert complaint in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "Nothing to train was given"),
        (["gone.toml"], "gone.toml cannot be read"),
        (["data"], "cannot be read"),
        (["small.toml", "--preset", "fast"], "not allowed with"),
        (["--preset", "fastt"], "Did you mean fast?"),
        (["--preset", "fast"], "Give one with --dataset DIR"),
        (["--preset", "fast", "--dataset", "gone"], "There is no dataset gone"),
        (["--preset", "fast", "--dataset", "small.toml"], "is a file"),
        (["small.toml", "--set", "epochs"], "sets nothing"),
        (["small.toml", "--set", "epoch=1"], "Did you mean `epochs`?"),
        (["small.toml", "--set", "epochs=one"], "expects a whole number"),
        (["small.toml", "--set", "start_from=gone"], "no model called gone"),
        (["small.toml", "--set", "distillation.teacher=gone"], "no model called gone"),
        (["small.toml", "--strategy", "magic"], "Argument --strategy"),
        (["--resume", "last"], "no training that ended early in"),
        (["--resume", "last", "--set", "epochs=1"], "goes on as it was begun"),
        (["--resume", "last", "--dataset", "data"], "goes on as it was begun"),
    ],
)
def test_wrong_input_exits_with_2_before_a_run_is_made(
    runs_dir: Path, capfd: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    assert main(["train", *words]) == 2
    said = capfd.readouterr()
    assert complaint in said.err
    assert said.out == ""
    assert not runs_dir.exists()
