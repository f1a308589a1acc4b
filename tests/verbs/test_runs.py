from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from studio.runs.events import (
    AnyEvent,
    EpochMetrics,
    Failed,
    Finished,
    Progress,
    Started,
    Stopped,
    encode,
)
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.lock import FileLock
from studio.runs.record import RunRecord
from studio.runs.store import RunStore
from studio.training.validation_log import EpochScores, epoch_dir
from studio.verbs import main


def _run(
    runs_dir: Path, *events: AnyEvent, job: str = "train", created_seconds: float = 1e9
) -> RunFolder:
    record = RunRecord(schema=1, job=job, spec={}, title="T", created_seconds=created_seconds)
    folder = create_run_folder(runs_dir, record)
    folder.events_file.write_bytes(b"".join(map(encode, events)))
    return folder


def _listed(capfd: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["runs", "--json", *words]) == 0
    runs: list[dict[str, object]] = json.loads(capfd.readouterr().out)["runs"]
    return runs


_POINTS = [
    EpochMetrics(epoch=0, step=step, metrics={"loss": 10.0 / step, "images_per_second": 41.0})
    for step in range(1, 1500)
]


def test_runs_are_listed_with_status_and_last_metrics(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = EpochMetrics(epoch=0, step=0, metrics={"val/miou": 0.1})
    _run(runs_dir, Started(job="train", pid=1), first, *_POINTS, Stopped(reason="asked"))
    _run(runs_dir, Finished(summary={"n": 1}), job="bench", created_seconds=1.1e9)
    _run(runs_dir, Failed(message="No."), created_seconds=1.2e9)
    failed, bench, stopped = _listed(capfd)
    assert (failed["status"], failed["error"], failed["resumable"]) == ("failed", "No.", True)
    assert (bench["job"], bench["summary"], bench["resumable"]) == ("bench", {"n": 1}, False)
    assert (stopped["status"], stopped["resumable"], stopped["step"]) == ("stopped", True, 1499)
    assert stopped["metrics"] == {"loss": 10.0 / 1499, "images_per_second": 41.0}
    assert Path(str(stopped["folder"])).is_dir()

    assert main(["runs"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split() == ["run", "status", "begun", "metrics", "title"]
    assert "step 1,499 · loss 0.007 · 41 images/s" in lines[3]


def test_the_last_evaluation_is_told_however_long_ago(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = _run(runs_dir, *_POINTS)
    epoch_dir(folder.artifacts_dir, 4).mkdir(parents=True)
    scores = EpochScores(
        epoch=4,
        step=100,
        labels=("a",),
        miou=0.61,
        pixel_accuracy=0.9,
        per_class_iou=(0.61,),
        confusion=((1,),),
        images=(),
    )
    file = epoch_dir(folder.artifacts_dir, 4) / "scores.json"
    file.write_bytes(msgspec.json.encode(scores))
    assert main(["runs"]) == 0
    assert "mIoU 61.0 %" in capfd.readouterr().out


def test_runs_are_chosen_by_job_and_number(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        _run(runs_dir, created_seconds=1e9 + number)
    _run(runs_dir, job="bench")
    assert len(_listed(capfd, "--job", "train")) == 3
    newest = _listed(capfd, "--job", "train", "--limit", "1")
    assert [run["created_seconds"] for run in newest] == [1e9 + 2]
    assert len(_listed(capfd, "--job", "export")) == 0


def test_damaged_runs_are_listed_too(runs_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = _run(runs_dir, Progress(done=1))
    folder.record_file.write_text("{")
    shutil.rmtree(folder.artifacts_dir)
    (runs_dir / "empty").mkdir()
    runs = _listed(capfd)
    assert all(run["problem"] and run["job"] is None for run in runs)
    assert main(["runs"]) == 0
    assert capfd.readouterr().out.count("damaged") == 2


def test_without_runs_it_says_where_they_would_be(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs"]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert str(runs_dir) in said.err


def test_a_run_at_work_is_asked_to_stop(runs_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ended = _run(runs_dir, Stopped(reason="asked"), created_seconds=1.1e9)
    folder = _run(runs_dir, Started(job="train", pid=1))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    assert main(["runs", "--stop", "last", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["stopping"] == folder.name
    lock.release()
    assert folder.stop_file.exists()
    assert main(["runs", "--stop", ended.name]) == 2
    assert main(["runs", "--stop", "last"]) == 2
    said = capfd.readouterr().err
    assert "is not at work" in said
    assert "no run at work" in said


def test_the_trash_is_emptied_of_what_is_old_enough(
    runs_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = RunStore(runs_dir)
    store.delete(_run(runs_dir, Stopped(reason="asked")))
    assert main(["runs", "--purge", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["purged"] == 0
    assert main(["runs", "--purge", "--older-than-days", "0"]) == 0
    assert "Deleted 1 runs" in capfd.readouterr().err
    assert store.trashed() == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--job", "dance"], "no job “dance”"),
        (["--limit", "-1"], "-1 runs"),
        (["--stop", "nobody"], "no run at work called “nobody”"),
        (["--purge", "--older-than-days", "nan"], "nan days"),
        (["--purge", "--older-than-days", "-1"], "-1 days"),
    ],
)
def test_wrong_options_are_told(
    runs_dir: Path, capfd: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    assert main(["runs", *words]) == 2
    assert complaint in capfd.readouterr().err
