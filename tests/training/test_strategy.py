"""Several replicas do just what one does; each process here has its own TensorFlow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from studio.errors import SpecError
from studio.training.strategy import read_tf_config
from tests.support.datasets import make_voc
from tests.support.trainings import checkpoint_files, final_weights

pytestmark = pytest.mark.timeout(400)
_CHECKOUT = Path(__file__).parents[2]
_TWO = {"worker": ["one:1", "two:2"]}


def _start(
    dataset: Path, artifacts: Path, tf_config: dict[str, Any] | None = None, **changes: Any
) -> subprocess.Popen[str]:
    environment = {name: text for name, text in os.environ.items() if name != "TF_CONFIG"}
    if tf_config is not None:
        environment["TF_CONFIG"] = json.dumps(tf_config)
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.support.training_worker"),
            *(str(dataset), str(artifacts), json.dumps(changes)),
        ],
        cwd=_CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ends(*processes: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What each process said at its end."""
    with ExitStack() as stack:
        for process in processes:
            stack.enter_context(process)
            stack.callback(process.kill)
        said = [process.communicate(timeout=300) for process in processes]
    for process, (_, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors[-3000:]
    return [json.loads(output.splitlines()[-1]) for output, _ in said]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _cluster(size: int) -> list[dict[str, Any]]:
    workers = [f"localhost:{port}" for port in _free_ports(size)]
    return [
        {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        for index in range(size)
    ]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_voc(tmp_path_factory.mktemp("data"), images=8, val=1)


@pytest.fixture(scope="module")
def alone(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One process on one device."""
    folder = tmp_path_factory.mktemp("alone")
    (said,) = _ends(_start(dataset, folder))
    return folder, said


def _same(folder: Path, said: dict[str, Any], alone: tuple[Path, dict[str, Any]]) -> None:
    theirs_folder, theirs = alone
    assert len(said["loss"]) == 3
    for (step, loss), (their_step, their_loss) in zip(said["loss"], theirs["loss"], strict=True):
        assert step == their_step
        assert loss == pytest.approx(their_loss, rel=1e-4)
    assert said["summary"] == pytest.approx(theirs["summary"])
    for ours, expected in zip(final_weights(folder), final_weights(theirs_folder), strict=True):
        assert ours == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_two_devices_train_as_one_does(
    dataset: Path, tmp_path: Path, alone: tuple[Path, dict[str, Any]]
) -> None:
    (said,) = _ends(_start(dataset, tmp_path, strategy="mirrored", devices=2))
    _same(tmp_path, said, alone)


def test_statistics_of_a_batch_are_taken_over_all_devices(dataset: Path, tmp_path: Path) -> None:
    """The first steps only: live statistics over few pixels soon magnify rounding."""
    changes: dict[str, Any] = {"norm": "live", "most_steps": 1}
    one, two = _ends(
        _start(dataset, tmp_path / "one", **changes),
        _start(dataset, tmp_path / "two", strategy="mirrored", devices=2, **changes),
    )
    assert one["loss"][0] == pytest.approx(two["loss"][0], rel=1e-4)
    for ours, expected in zip(
        final_weights(tmp_path / "one"), final_weights(tmp_path / "two"), strict=True
    ):
        assert ours == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_two_workers_train_as_one_does_and_only_the_first_writes(
    dataset: Path, tmp_path: Path, alone: tuple[Path, dict[str, Any]]
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    first, second = _ends(
        *(
            _start(dataset, folder, config, strategy="multi-worker")
            for folder, config in zip(folders, _cluster(2), strict=True)
        )
    )
    _same(folders[0], first, alone)
    assert second["loss"] == []
    assert second["summary"]["steps"] == first["summary"]["steps"]
    assert not list(folders[1].iterdir())


def test_workers_stop_together_and_go_on_from_the_first_ones_checkpoint(
    dataset: Path, tmp_path: Path, alone: tuple[Path, dict[str, Any]]
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    configs = _cluster(2)
    said = _ends(
        _start(dataset, folders[0], configs[0], strategy="multi-worker"),
        _start(dataset, folders[1], configs[1], strategy="multi-worker", stop_at=3),
    )
    assert [each["summary"]["steps"] for each in said] == [3, 3]
    assert checkpoint_files(folders[0])[-1].stem == "step_000000003"
    first, _ = _ends(
        *(
            _start(dataset, folder, config, strategy="multi-worker")
            for folder, config in zip(folders, _cluster(2), strict=True)
        )
    )
    assert first["summary"]["steps"] == 6
    for ours, expected in zip(final_weights(folders[0]), final_weights(alone[0]), strict=True):
        assert ours == pytest.approx(expected, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategy": "mirrored", "devices": 3}, "cannot be divided among 3"),
        ({"strategy": "multi-worker"}, "it is not set"),
        ({"strategy": "tpu"}, "needs a TPU"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(
    dataset: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    (said,) = _ends(_start(dataset, tmp_path, **changes))
    assert words in said["error"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "not set"),
        ("{", "no JSON"),
        ("[]", "lacks"),
        ({"cluster": _TWO}, "lacks"),
        ({"cluster": {}, "task": {"type": "worker", "index": 0}}, "nobody"),
        ({"cluster": {**_TWO, "ps": ["a:1"]}, "task": {"type": "worker", "index": 0}}, "ps"),
        ({"cluster": {"worker": "a:1"}, "task": {"type": "worker", "index": 0}}, "no list"),
        ({"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}, "'a' is no"),
        ({"cluster": {"worker": ["a:0"]}, "task": {"type": "worker", "index": 0}}, "'a:0' is no"),
        ({"cluster": _TWO, "task": {"type": "chief", "index": 0}}, "'chief'"),
        ({"cluster": _TWO, "task": {"type": "worker", "index": 2}}, "index 2"),
        ({"cluster": _TWO, "task": {"type": "worker", "index": "0"}}, "index '0'"),
    ],
    ids=str,
)
def test_a_wrong_cluster_is_explained_with_an_example(config: Any, words: str) -> None:
    text = config if isinstance(config, str) else json.dumps(config)
    with pytest.raises(SpecError) as caught:
        read_tf_config(text)
    assert words in caught.value.message
    assert '"task"' in caught.value.remedy


def test_a_right_cluster_is_read() -> None:
    config = {"cluster": _TWO, "task": {"type": "worker", "index": 1}}
    assert read_tf_config(json.dumps(config)) == config
