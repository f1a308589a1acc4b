"""What is exported may keep a share of the weights that a training started from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import load_network, save_network
from studio.errors import SpecError
from studio.training.loop import Training
from studio.training.spec import OptimizerSpec, TrainSpec
from tests.support.datasets import make_voc
from tests.support.trainings import TINY, StoppingReporter, tiny_training


@pytest.fixture
def start(tmp_path: Path) -> Path:
    path = tmp_path / "start.keras"
    save_network(deeplab_v3plus(TINY), TINY, path, ("background", "one", "two"))
    return path


def _trained(spec: TrainSpec, folder: Path, *stops: int) -> list[NDArray[np.float32]]:
    for stop in (*stops, None):
        Training(spec, StoppingReporter(folder, stop)).run()
    weights: list[NDArray[np.float32]] = load_network(folder / "last.keras").model.get_weights()
    return weights


def test_half_and_half_lies_midway_also_after_a_resume(tmp_path: Path, start: Path) -> None:
    spec = tiny_training(
        make_voc(tmp_path / "voc"),
        start_from=str(start),
        optimizer=OptimizerSpec(learning_rate=0.05),
    )
    halved = replace(spec, optimizer=replace(spec.optimizer, start_share=0.5))
    began = load_network(start).model.get_weights()
    ended = _trained(spec, tmp_path / "whole")
    middle = _trained(halved, tmp_path / "half", 2)
    assert not all(np.allclose(a, b) for a, b in zip(began, ended, strict=True))
    for first, last, found in zip(began, ended, middle, strict=True):
        np.testing.assert_allclose(found, (first + last) / 2, atol=1e-5)


def test_random_weights_are_worth_no_share() -> None:
    with pytest.raises(SpecError, match="Random start weights"):
        TrainSpec(dataset="x", optimizer=OptimizerSpec(start_share=0.5))
