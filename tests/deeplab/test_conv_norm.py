"""The fused layer is convolution, batch normalization and activation, no more and no less."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from studio.deeplab.conv_norm import ConvNorm
from tests.support.networks import lively_network, pictures, tiny_spec

_RANDOM = np.random.default_rng(3)
_KINDS: tuple[dict[str, Any], ...] = (
    {"filters": 6},
    {"filters": 5, "kernel_size": 3, "strides": 2},
    {"kernel_size": 3, "depthwise": True},
    {"kernel_size": 3, "depthwise": True, "rate": 2, "activation": "relu"},
    {"filters": 4, "activation": "linear"},
)


def _features() -> Any:
    return _RANDOM.normal(0.0, 2.0, (3, 9, 7, 4)).astype(np.float32)


def _built(**knobs: Any) -> ConvNorm:
    layer = ConvNorm(**knobs)
    layer.build((None, 9, 7, 4))
    layer.gamma.assign(_RANDOM.uniform(0.5, 1.5, layer.gamma.shape))
    layer.beta.assign(_RANDOM.normal(0, 1, layer.beta.shape))
    layer.moving_mean.assign(_RANDOM.normal(0, 1, layer.gamma.shape))
    layer.moving_variance.assign(_RANDOM.uniform(0.5, 2, layer.gamma.shape))
    return layer


def _plain(layer: ConvNorm) -> tuple[keras.Sequential, keras.layers.BatchNormalization]:
    """The same out of Keras' own layers."""
    shared: dict[str, Any] = {
        "kernel_size": layer.kernel_size, "strides": layer.strides, "padding": "same",
        "dilation_rate": layer.rate, "use_bias": False,
    }  # fmt: skip
    convolution = (
        keras.layers.DepthwiseConv2D(**shared)
        if layer.depthwise
        else keras.layers.Conv2D(layer.filters, **shared)
    )
    norm = keras.layers.BatchNormalization(epsilon=1e-3, momentum=0.99)
    model = keras.Sequential(
        [
            keras.Input((9, 7, 4)),
            convolution,
            norm,
            keras.layers.Activation(layer.activation),
        ]
    )
    convolution.set_weights([np.asarray(layer.kernel)])
    norm.set_weights(
        [
            np.asarray(weight)
            for weight in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
        ]
    )
    return model, norm


@pytest.mark.parametrize("knobs", _KINDS)
def test_inference_equals_kerass_own_layers(knobs: dict[str, Any]) -> None:
    layer, x = _built(**knobs), _features()
    plain, _ = _plain(layer)
    np.testing.assert_allclose(layer(x), plain(x), atol=2e-5)


@pytest.mark.parametrize("knobs", _KINDS)
def test_training_equals_kerass_own_layers_in_output_gradients_and_statistics(
    knobs: dict[str, Any],
) -> None:
    layer, x = _built(**knobs), tf.constant(_features())
    plain, norm = _plain(layer)
    weighting = tf.constant(_RANDOM.normal(size=plain(x).shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        ours = layer(x, training=True)
        loss = tf.reduce_sum(ours * weighting)
    gradients = tape.gradient(loss, [x, *[v.value for v in layer.trainable_variables]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        theirs = plain(x, training=True)
        loss = tf.reduce_sum(theirs * weighting)
    expected = tape.gradient(loss, [x, *[v.value for v in plain.trainable_variables]])
    np.testing.assert_allclose(ours, theirs, atol=2e-4)
    for came, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(came, wanted, atol=2e-3, rtol=2e-3)
    np.testing.assert_allclose(layer.moving_mean, norm.moving_mean, atol=1e-5)
    # The fused kernel follows the unbiased variance, as the original batch norm does.
    count = x.shape[0] * ours.shape[1] * ours.shape[2]
    np.testing.assert_allclose(
        layer.moving_variance, norm.moving_variance, rtol=0.02 * count / (count - 1)
    )


def test_frozen_statistics_stay_as_they_are_and_still_let_gradients_through() -> None:
    network = lively_network(tiny_spec(), norm="frozen")
    model, image = network.model, pictures((33, 33), 2)
    before = [np.array(weight) for weight in model.non_trainable_variables]
    with tf.GradientTape() as tape:
        trained = model(image, training=True)
        loss = tf.reduce_mean(trained**2)
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    np.testing.assert_allclose(trained, model(image, training=False), atol=1e-5)
    for was, weight in zip(before, model.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(was, weight)
    assert all(gradient is not None for gradient in gradients)
    assert all(bool(tf.reduce_any(gradient != 0.0)) for gradient in gradients)


def test_frozen_equals_live_in_inference() -> None:
    live = lively_network(tiny_spec())
    frozen = lively_network(tiny_spec(), norm="frozen")
    image = pictures((33, 33))
    np.testing.assert_allclose(live.model(image), frozen.model(image), atol=1e-5)


@pytest.mark.parametrize("knobs", _KINDS)
def test_a_plain_convolution_that_was_taken_over_comes_back(knobs: dict[str, Any]) -> None:
    layer = _built(**knobs)
    kernel = _RANDOM.normal(size=layer.kernel.shape).astype(np.float32)
    bias = _RANDOM.normal(size=layer.beta.shape).astype(np.float32)
    layer.assign_folded(kernel, bias)
    folded_kernel, folded_bias = layer.folded()
    np.testing.assert_allclose(folded_kernel, kernel, rtol=1e-6)
    np.testing.assert_allclose(folded_bias, bias, rtol=1e-6)


@pytest.mark.parametrize("knobs", _KINDS)
def test_the_output_has_the_shape_that_was_announced(knobs: dict[str, Any]) -> None:
    layer, x = _built(**knobs), _features()
    assert tuple(layer(x).shape) == layer.compute_output_shape(x.shape)


def test_a_layer_comes_back_from_its_config() -> None:
    layer = ConvNorm(7, 3, strides=2, rate=1, activation="relu", norm="frozen", name="x")
    again = ConvNorm.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
