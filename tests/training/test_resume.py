from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.runs.events import AnyEvent, EpochMetrics, Failed, Finished, Resumed, decode_lines
from studio.runs.folder import RunFolder
from studio.runs.launch import kill, launch, reap, resume
from studio.training.loop import Training
from studio.training.spec import OptimizerSpec, TrainSpec
from studio.training.validation_log import scored_epochs
from tests.support.datasets import make_voc
from tests.support.run_jobs import no_worker_left
from tests.support.trainings import (
    StoppingReporter,
    checkpoint_files,
    final_weights,
    points,
    tiny_training,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(400)
_TIMEOUT_SECONDS = 300.0


def _spec(dataset: Path) -> TrainSpec:
    """Thirteen images and batches of four: epochs end amid the reports at every tenth step."""
    return tiny_training(
        dataset,
        epochs=20,
        evaluate_every_epochs=5,
        checkpoint_every_seconds=0.05,
        optimizer=OptimizerSpec(kind="adamw", learning_rate=0.002, ema_decay=0.9, warmup_steps=5),
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_voc(tmp_path_factory.mktemp("data"), images=13, val=9)


@pytest.fixture(scope="module")
def uninterrupted(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> StoppingReporter:
    reporter = StoppingReporter(tmp_path_factory.mktemp("whole"))
    Training(_spec(dataset), reporter).run()
    return reporter


def _equals(artifacts: Path, events: list[AnyEvent], whole: StoppingReporter) -> None:
    for ours, theirs in zip(
        final_weights(artifacts), final_weights(whole.artifacts_dir), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    for name in ("loss", "learning_rate", "val/miou"):
        curve, expected = points(events, name), points(whole.events, name)
        assert curve.keys() == expected.keys()
        assert curve == pytest.approx(expected, rel=1e-5)
    assert scored_epochs(artifacts) == scored_epochs(whole.artifacts_dir)


@pytest.mark.parametrize("stops", [(1,), (30, 31), (59,), (29,)], ids=str)
def test_a_stopped_training_goes_on_as_if_it_had_not_been(
    dataset: Path, tmp_path: Path, uninterrupted: StoppingReporter, stops: tuple[int, ...]
) -> None:
    events: list[AnyEvent] = []
    for stop_at in (*stops, None):
        reporter = StoppingReporter(tmp_path / "run", stop_at)
        summary = Training(_spec(dataset), reporter).run()
        assert summary["steps"] == (stop_at or 60)
        events += reporter.events
    assert [event.step for event in events if isinstance(event, Resumed)] == list(stops)
    _equals(tmp_path / "run", events, uninterrupted)


def test_an_evaluation_that_was_interrupted_is_done_on_resume(
    dataset: Path, tmp_path: Path, uninterrupted: StoppingReporter
) -> None:
    first = StoppingReporter(tmp_path / "run", stop_at=0, unit="images")
    Training(_spec(dataset), first).run()
    assert points(first.events, "val/miou") == {}
    last = StoppingReporter(tmp_path / "run")
    Training(_spec(dataset), last).run()
    _equals(tmp_path / "run", [*first.events, *last.events], uninterrupted)


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    with no_worker_left(tmp_path / "runs") as folder:
        yield folder


def _events(folder: RunFolder) -> list[AnyEvent]:
    try:
        return decode_lines(folder.events_file.read_bytes()).events
    except OSError:
        return []


def _step(folder: RunFolder) -> int:
    return max((e.step for e in _events(folder) if isinstance(e, EpochMetrics)), default=-1)


def _wait_for_end(folder: RunFolder) -> AnyEvent:
    wait_until(lambda: reap() == 0, timeout_seconds=_TIMEOUT_SECONDS, what="the worker's end")
    return _events(folder)[-1]


def test_a_killed_worker_with_a_torn_checkpoint_goes_on_as_if_nothing_had_been(
    dataset: Path, runs_dir: Path, uninterrupted: StoppingReporter
) -> None:
    folder = launch("train", _spec(dataset), title="Train", runs_dir=runs_dir)
    wait_until(lambda: _step(folder) >= 20, timeout_seconds=_TIMEOUT_SECONDS, what="step 20")
    kill(folder)  # SIGKILL
    wait_until(lambda: reap() == 0, what="its death")
    reached = _step(folder)
    assert reached < 60, "it was killed too late to show anything"
    older, newest = checkpoint_files(folder.artifacts_dir)
    os.truncate(newest, newest.stat().st_size // 2)
    resume(folder)
    assert isinstance(_wait_for_end(folder), Finished), folder.log_file.read_text()
    events = _events(folder)
    (resumed,) = [event for event in events if isinstance(event, Resumed)]
    assert older.name == f"step_{resumed.step:09d}.npz"
    _equals(folder.artifacts_dir, events, uninterrupted)


def test_a_full_disk_in_mid_run_keeps_the_last_good_state(dataset: Path, runs_dir: Path) -> None:
    import resource

    folder = launch("train", _spec(dataset), title="Train", runs_dir=runs_dir)
    wait_until(lambda: _step(folder) >= 10, timeout_seconds=_TIMEOUT_SECONDS, what="step 10")
    pid = next(e.pid for e in _events(folder) if hasattr(e, "pid"))
    best = (folder.artifacts_dir / "best.keras").read_bytes()
    small = best[: len(best) // 2]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (len(small), len(small)))
    end = _wait_for_end(folder)
    assert isinstance(end, Failed), end
    assert end.message.startswith("Could not write"), end
    assert end.remedy
    assert not list(folder.artifacts_dir.rglob("*.part"))
    resume(folder)
    assert isinstance(_wait_for_end(folder), Finished), folder.log_file.read_text()
    (resumed,) = [event for event in _events(folder) if isinstance(event, Resumed)]
    assert resumed.step > 0
