"""The whole training, not the network alone, under every Keras backend that is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.deeplab.files import save_network
from tests.support.datasets import make_voc
from tests.support.networks import lively_network
from tests.support.trainings import TINY

pytestmark = pytest.mark.timeout(400)  # each backend starts and compiles in its own process
_CHECKOUT = Path(__file__).parents[2]


def _trained(backend: str, dataset: Path, folder: Path, start: Path) -> dict[str, Any]:
    changes = {"start_from": str(start), "epochs": 2}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.support.training_worker"),
            *(str(dataset), str(folder), json.dumps(changes)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=_CHECKOUT,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A dataset and first weights: each backend draws other ones."""
    folder = tmp_path_factory.mktemp("data")
    start = folder / "start.keras"
    save_network(lively_network(TINY, norm="frozen").model, TINY, start)
    return make_voc(folder, images=8, val=1), start


@pytest.fixture(scope="module")
def with_tensorflow(
    data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    return _trained("tensorflow", data[0], tmp_path_factory.mktemp("tensorflow"), data[1])


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_trains_alike(
    backend: str, data: tuple[Path, Path], tmp_path: Path, with_tensorflow: dict[str, Any]
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    said = _trained(backend, data[0], tmp_path, data[1])
    assert [step for step, _ in said["loss"]] == [2, 4]
    for (_, loss), (_, expected) in zip(said["loss"], with_tensorflow["loss"], strict=True):
        assert loss == pytest.approx(expected, rel=1e-3)
    assert said["summary"]["best_miou"] == pytest.approx(
        with_tensorflow["summary"]["best_miou"], abs=0.02
    )
    assert (tmp_path / "last.keras").exists()


def test_other_backends_refuse_a_strategy(data: tuple[Path, Path], tmp_path: Path) -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.support.training_worker"),
            *(str(data[0]), str(tmp_path), json.dumps({"strategy": "mirrored"})),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=_CHECKOUT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    assert "needs Keras on TensorFlow" in json.loads(done.stdout.splitlines()[-1])["error"]
