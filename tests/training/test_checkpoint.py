from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import OutputError, RunError
from studio.training.checkpoint import Checkpoints, Position, checkpoint_variables
from studio.training.meter import LossMeans
from tests.support.full_disk import full_disk


def _model(units: int = 3, seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _values(model: keras.Model) -> list[NDArray[Any]]:
    return [np.array(variable) for variable in checkpoint_variables(model)]


def test_what_was_saved_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    model = _model()
    model.fit(np.ones((4, 2)), np.ones((4, 3)), verbose=0)
    position = Position(12, 0.1 + 0.2, 10, {"": 2.0, "loss": 0.1 + 0.7, "loss/masks": 1e-17})
    Checkpoints(tmp_path / "checkpoints").save(position, model)
    other = _model(seed=5)
    assert Checkpoints(tmp_path / "checkpoints").restore(other) == position
    for ours, theirs in zip(_values(other), _values(model), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_checkpoint_nothing_is_restored(tmp_path: Path) -> None:
    model = _model()
    before = _values(model)
    assert Checkpoints(tmp_path / "none").restore(model) is None
    for ours, theirs in zip(_values(model), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 2, 30, 4):
        checkpoints.save(Position(step), _model())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step_000000004.npz",
        "step_000000030.npz",
    ]


def test_a_checkpoint_of_the_first_format_is_read(tmp_path: Path) -> None:
    model = _model()
    arrays = {f"variable_{i:05d}": value for i, value in enumerate(_values(model))}
    np.savez(
        tmp_path / "step_000000007.npz",
        step=np.int64(7),
        best_miou=np.float64(0.5),
        **arrays,
    )
    position = Checkpoints(tmp_path).restore(_model(seed=3))
    assert position == Position(7, 0.5, -1, {})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.999])
def test_a_torn_newest_checkpoint_gives_way_to_the_one_before(tmp_path: Path, share: float) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Position(10), _model())
    newest = checkpoints.save(Position(20), _model(seed=1))
    content = newest.read_bytes()
    newest.write_bytes(content[: int(len(content) * share)])
    model = _model(seed=2)
    restored = checkpoints.restore(model)
    assert restored is not None
    assert restored.step == 10
    np.testing.assert_array_equal(_values(model)[0], _values(_model())[0])


def test_altered_bytes_never_end_in_altered_weights(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Position(10), _model())
    newest = checkpoints.save(Position(20), _model(seed=1))
    content = newest.read_bytes()
    wanted = {10: _values(_model())[0], 20: _values(_model(seed=1))[0]}
    random = np.random.default_rng(0)
    model = _model(seed=2)
    for place in random.integers(0, len(content), 60):
        altered = bytearray(content)
        altered[place] ^= int(random.integers(1, 256))
        newest.write_bytes(altered)
        restored = checkpoints.restore(model)
        assert restored is not None
        np.testing.assert_array_equal(_values(model)[0], wanted[restored.step])


def test_checkpoints_of_another_network_are_refused_in_words(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save(Position(3), _model(units=4))
    with pytest.raises(RunError, match="holds another network"):
        Checkpoints(tmp_path).restore(_model())
    (tmp_path / "step_000000003.npz").write_bytes(b"")
    with pytest.raises(RunError, match="cannot be read"):
        Checkpoints(tmp_path).restore(_model())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path, value: float) -> None:
    checkpoints = Checkpoints(tmp_path)
    model = _model()
    checkpoints.save(Position(10), model)
    kernel = model.weights[0]
    kernel.assign(np.where(np.eye(2, 3), value, 0.0))
    with pytest.raises(RunError, match="no longer a number at step 11") as caught:
        checkpoints.save(Position(11), model)
    assert "learning_rate" in caught.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["step_000000010.npz"]


def test_a_full_disk_leaves_the_checkpoints_before(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Position(10), _model())
    with full_disk(1000), pytest.raises(OutputError, match="Could not write"):
        checkpoints.save(Position(20), _model(seed=1))
    assert [path.name for path in tmp_path.iterdir()] == ["step_000000010.npz"]
    restored = checkpoints.restore(_model(seed=2))
    assert restored is not None
    assert restored.step == 10
    assert math.isnan(restored.best_miou)


def test_means_of_losses_go_on_where_they_were() -> None:
    means = LossMeans()
    for step in range(7):
        means.add({"loss": 0.1 * step, "loss/masks": 1.0 / (step + 1)})
    resumed = LossMeans()
    resumed.restore(means.state())
    for each in (means, resumed):
        each.add({"loss": 3.0, "loss/masks": 5.0})
    assert resumed.take() == means.take()
    assert resumed.take() == {}
    means.add({"loss": 2.0, "loss/masks": 4.0})
    assert means.take() == {"loss": 2.0, "loss/masks": 4.0}
