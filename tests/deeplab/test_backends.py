"""The same code trains alike under every Keras backend that is installed."""

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
from tests.support.networks import lively_network, tiny_spec

pytestmark = pytest.mark.timeout(300)  # JAX compiles every step anew in each process

_CHECKOUT = Path(__file__).parents[2]
_TRAIN = """
import json, sys
from pathlib import Path
import keras
import numpy as np
from studio.deeplab.files import load_network, save_network
from tests.support.networks import pictures

losses = {}
for norm in ("live", "frozen"):
    network = load_network(Path(sys.argv[1]), norm=norm)
    model, spec = network.model, network.spec
    model.compile(
        optimizer=keras.optimizers.SGD(0.005),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=keras.backend.backend() == "jax",
    )
    images = pictures(spec.input_size, 2)
    labels = np.random.default_rng(0).integers(0, spec.classes, (2, *spec.logits_size))
    losses[norm] = [float(model.train_on_batch(images, labels)) for _ in range(3)]
    save_network(model, spec, Path(sys.argv[2]) / f"{norm}.keras")
print(json.dumps({"backend": keras.backend.backend(), "losses": losses}))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backends") / "start.keras"
    network = lively_network(
        tiny_spec(blocks=3, decoder_filters=8, atrous_rates=(2,), image_pooling=True)
    )
    save_network(network.model, network.spec, path)
    return path


def _losses(backend: str, start: Path) -> dict[str, Any]:
    folder = start.parent / backend
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN, str(start), str(folder)],
        capture_output=True, text=True, check=False, cwd=_CHECKOUT,
        env={**os.environ, "KERAS_BACKEND": backend},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert answer["backend"] == backend
    losses: dict[str, Any] = answer["losses"]
    return losses


@pytest.fixture(scope="module")
def with_tensorflow(start: Path) -> dict[str, Any]:
    return _losses("tensorflow", start)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_has_the_same_losses(
    backend: str, start: Path, with_tensorflow: dict[str, Any]
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    losses = _losses(backend, start)
    for norm in ("live", "frozen"):
        assert losses[norm] == pytest.approx(with_tensorflow[norm], rel=2e-3)


def test_training_learns(with_tensorflow: dict[str, Any]) -> None:
    for losses in with_tensorflow.values():
        assert losses[2] < losses[0]
