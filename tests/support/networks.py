"""Networks small enough for a test, whose weights matter: none is zero, nothing dies out."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from studio.deeplab import conv_norm
from studio.deeplab.conv_norm import ConvNorm, Norm
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import LoadedNetwork, default_labels
from studio.deeplab.spec import NetworkSpec

TINY: dict[str, Any] = {
    "width": 0.35,
    "output_stride": 8,
    "input_height": 33,
    "input_width": 33,
    "classes": 4,
    "blocks": 5,
    "head_filters": 8,
}


def tiny_spec(**knobs: Any) -> NetworkSpec:
    """A spec of a network that runs in milliseconds."""
    return NetworkSpec(**{**TINY, **knobs})


def lively_network(spec: NetworkSpec, *, norm: Norm = "live", seed: int = 0) -> LoadedNetwork:
    """A network of random weights whose features keep their size from layer to layer.

    Args:
        spec: of the network.
        norm: batch norm with live or frozen statistics.
        seed: of the weights.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    model = deeplab_v3plus(spec, norm="live")
    for layer in model.layers:
        if isinstance(layer, ConvNorm):
            layer.gamma.assign(random.uniform(0.7, 1.3, layer.gamma.shape))
            layer.beta.assign(random.normal(0.0, 0.3, layer.beta.shape))
    logits = model.get_layer("logits")
    logits.bias.assign(random.normal(0.0, 0.3, logits.bias.shape))
    momentum, conv_norm._MOMENTUM = conv_norm._MOMENTUM, 0.0  # statistics of this batch alone
    try:
        model(pictures(spec.input_size, 4), training=True)
    finally:
        conv_norm._MOMENTUM = momentum
    if norm == "frozen":
        weights = model.get_weights()
        model = deeplab_v3plus(spec, norm=norm)
        model.set_weights(weights)
    return LoadedNetwork(model, spec, default_labels(spec.classes))


def pictures(size: tuple[int, int], count: int = 1, seed: int = 0) -> NDArray[np.float32]:
    """Coloured patches, float [count, *size, 3] in -1 to 1."""
    random = np.random.default_rng(seed)
    patches = random.uniform(-1, 1, (count, -(-size[0] // 4), -(-size[1] // 4), 3))
    whole = patches.repeat(4, 1).repeat(4, 2)[:, : size[0], : size[1]]
    return whole.astype(np.float32)


def photographs(size: tuple[int, int], count: int = 8) -> list[NDArray[np.uint8]]:
    """The same as uint8 [*size, 3] images."""
    return [
        np.round((picture + 1) * 127.5).astype(np.uint8) for picture in pictures(size, count, 1)
    ]
