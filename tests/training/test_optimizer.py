from __future__ import annotations

import math
from typing import Any, Literal

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from studio.training.optimizer import LearningRate, averaged_weights, make_optimizer
from studio.training.spec import OptimizerSpec


def _rate(spec: OptimizerSpec, steps: int, step: int) -> float:
    return float(ops.convert_to_numpy(LearningRate(spec, steps)(step)))


def _network() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4)(inputs)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def _applied(spec: OptimizerSpec, gradient: float, updates: int = 1) -> tuple[Any, Any, Any]:
    """A network, its optimizer, and its weights from before so many equal gradients."""
    network = _network()
    before = [ops.convert_to_numpy(v).copy() for v in network.trainable_variables]
    optimizer = make_optimizer(spec, 100)
    optimizer.build(network.trainable_variables)
    for _ in range(updates):
        gradients = [ops.full(v.shape, gradient) for v in network.trainable_variables]
        optimizer.apply(gradients, network.trainable_variables)
    return network, optimizer, before


def test_the_rate_rises_over_the_warm_up_then_falls_as_named() -> None:
    poly = OptimizerSpec(learning_rate=1.0, schedule="poly", power=0.9, warmup_steps=10)
    assert _rate(poly, 110, 0) == pytest.approx(0.1)
    assert _rate(poly, 110, 4) == pytest.approx(0.5)
    assert _rate(poly, 110, 10) == pytest.approx(1.0)
    assert _rate(poly, 110, 60) == pytest.approx(0.5**0.9, rel=1e-5)
    assert _rate(poly, 110, 110) == 0.0
    cosine = OptimizerSpec(learning_rate=2.0, schedule="cosine")
    assert _rate(cosine, 100, 0) == pytest.approx(2.0)
    assert _rate(cosine, 100, 25) == pytest.approx(1.0 + math.cos(math.pi / 4), rel=1e-5)
    assert _rate(cosine, 100, 100) == pytest.approx(0.0, abs=1e-6)
    constant = OptimizerSpec(learning_rate=0.5, schedule="constant")
    assert {_rate(constant, 10, step) for step in range(11)} == {0.5}


@given(
    st.sampled_from(["poly", "cosine", "constant"]),
    st.integers(0, 50),
    st.integers(1, 200),
    st.integers(0, 300),
)
@settings(max_examples=30)
def test_the_rate_is_a_function_of_the_step_between_zero_and_its_highest(
    schedule: Literal["poly", "cosine", "constant"], warmup: int, steps: int, step: int
) -> None:
    spec = OptimizerSpec(learning_rate=0.1, schedule=schedule, warmup_steps=warmup)
    rate = _rate(spec, steps, step)
    assert 0.0 <= rate <= 0.1 * (1 + 1e-6)
    assert rate == _rate(spec, steps, step)
    if step > warmup:
        assert rate <= _rate(spec, steps, step - 1) * (1 + 1e-6)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_decay_shrinks_kernels_and_leaves_the_rest(kind: Literal["sgd", "adamw"]) -> None:
    spec = OptimizerSpec(
        kind=kind, learning_rate=0.5, weight_decay=0.1, schedule="constant", momentum=0.0
    )
    network, _, before = _applied(spec, gradient=0.0)
    for variable, old in zip(network.trainable_variables, before, strict=True):
        factor = 1.0 - 0.5 * 0.1 if variable.name == "kernel" else 1.0
        np.testing.assert_allclose(ops.convert_to_numpy(variable), old * factor, rtol=1e-6)
    assert {v.name for v in network.trainable_variables} == {"kernel", "bias", "gamma", "beta"}


def test_gradients_are_cut_to_their_global_norm() -> None:
    spec = OptimizerSpec(
        learning_rate=1.0, momentum=0.0, weight_decay=0.0, schedule="constant", clip_norm=0.25
    )
    network, _, before = _applied(spec, gradient=7.0)
    moved = [
        ops.convert_to_numpy(v) - old
        for v, old in zip(network.trainable_variables, before, strict=True)
    ]
    assert math.sqrt(sum((m**2).sum() for m in moved)) == pytest.approx(0.25, rel=1e-4)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_the_average_follows_the_weights_and_statistics_are_taken_as_they_are(
    kind: Literal["sgd", "adamw"],
) -> None:
    spec = OptimizerSpec(
        kind=kind,
        learning_rate=0.01,
        momentum=0.0,
        weight_decay=0.0,
        schedule="constant",
        ema_decay=0.75,
    )
    after_one, _, _ = _applied(spec, gradient=1.0, updates=1)
    network, optimizer, _ = _applied(spec, gradient=1.0, updates=2)
    averaged = averaged_weights(optimizer, network)
    for variable, average, first in zip(
        network.weights, averaged, after_one.get_weights(), strict=True
    ):
        now = ops.convert_to_numpy(variable)
        # Keras begins the average with the weights behind the first step.
        expected = 0.75 * first + 0.25 * now if variable.trainable else now
        np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-7)
        assert variable.trainable == bool(np.abs(average - now).max() > 1e-6)


def test_before_the_first_step_and_without_an_average_the_weights_are_given() -> None:
    for spec, updates in (
        (OptimizerSpec(ema_decay=0.9), 0),
        (OptimizerSpec(ema_decay=0.0), 2),
    ):
        network, optimizer, _ = _applied(spec, gradient=1.0, updates=updates)
        for average, weight in zip(
            averaged_weights(optimizer, network), network.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(average, weight)
