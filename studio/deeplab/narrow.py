"""Makes a trained head narrower with little loss, to be trained on from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.files import LoadedNetwork
from studio.errors import SpecError

_RIDGE = 1e-5  # of the features' mean power: keeps the fit from trusting what it hardly saw
_Array = NDArray[np.float32]


def narrow_head(
    network: LoadedNetwork, filters: int, inputs: Iterable[NDArray[np.float32]]
) -> LoadedNetwork:
    """Keep the filters of a pooled head that matter most and fit the rest of the head to them.

    Of the projection's filters, and then of each branch's, those are kept whose output moves what
    comes behind them most; the layer behind is solved anew, in the sense of least squares, to
    give what it gave with all of them.

    Args:
        network: with image pooling, without atrous branches and decoder.
        filters: of the new head, fewer than now.
        inputs: example images as the network takes them, float [1, H, W, 3] each.

    Returns:
        A network with `head_filters=filters`.

    Raises:
        SpecError: the head has another form, or is not wider than asked for.

    Reference: He et al. 2017, "Channel Pruning for Accelerating Very Deep Neural Networks",
        section 3.1.
    """
    spec = network.spec
    if spec.atrous_rates or spec.decoder_filters or not spec.image_pooling:
        raise SpecError(
            "Only a head of a 1x1 branch and image pooling can be narrowed.",
            remedy="Train a network with the narrower head from the start.",
        )
    if not 1 <= filters < spec.head_filters:
        raise SpecError(
            f"The head has {spec.head_filters} filters; {filters} are not fewer.",
            remedy=f"Give 1 to {spec.head_filters - 1}.",
        )
    layer = network.model.get_layer
    seen = _seen(network.model, inputs)
    readout = _weights(layer("logits"))
    kept = _strongest(seen["aspp_relu"], readout[0], filters)
    logits = _solved(seen["aspp_relu"][:, kept], seen["logits"])

    project = _weights(layer("aspp_project"))
    pool_project = _kernel(layer("image_pooling_project").kernel)[:, kept]
    local = _strongest(seen["aspp_1x1"], project[0][:, kept], filters)
    pooled = _strongest(seen["image_pooling_conv"], pool_project, filters)
    target = (
        seen["aspp_add"][:, kept] - seen["image_pooling_conv"][:, pooled] @ pool_project[pooled]
    )
    new_project = _solved(seen["aspp_1x1"][:, local], target)

    narrow_spec = replace(spec, head_filters=filters)
    model = deeplab_v3plus(narrow_spec)
    for each in model.layers:
        if each.weights and each.name.startswith(("stem", "block_")):
            each.set_weights(layer(each.name).get_weights())
    _assign(model, "aspp_1x1", [part[..., local] for part in _weights(layer("aspp_1x1"))])
    _assign(
        model,
        "image_pooling_conv",
        [part[..., pooled] for part in _weights(layer("image_pooling_conv"))],
    )
    _assign(model, "aspp_project", new_project)
    model.get_layer("image_pooling_project").set_weights([pool_project[pooled][None, None]])
    kernel, bias = logits
    model.get_layer("logits").set_weights([kernel[None, None], bias])
    return replace(network, model=model, spec=narrow_spec)


def _seen(model: keras.Model, inputs: Iterable[NDArray[np.float32]]) -> dict[str, _Array]:
    """What the head's layers give at every point of all images, float [points, filters] each."""
    names = ("aspp_1x1", "image_pooling_conv", "aspp_add", "aspp_relu", "logits")
    probe = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    seen: dict[str, list[_Array]] = {name: [] for name in names}
    for image in inputs:
        answers = dict(zip(names, probe.predict_on_batch(image), strict=True))
        points = answers["logits"].shape[1:3]
        for name, answer in answers.items():
            everywhere = np.broadcast_to(answer, (*answer.shape[:1], *points, answer.shape[-1]))
            seen[name].append(everywhere.reshape(-1, answer.shape[-1]))
    return {name: np.concatenate(parts) for name, parts in seen.items()}


def _strongest(features: _Array, kernel: _Array, count: int) -> NDArray[np.intp]:
    """The features that move what `kernel` makes of them most, in ascending order."""
    strength = features.std(axis=0) * np.linalg.norm(kernel, axis=1)
    return np.sort(np.argsort(strength)[-count:])


def _solved(features: _Array, target: _Array) -> tuple[_Array, _Array]:
    """The kernel and bias that carry features to a target with the least squared error."""
    mean, middle = features.mean(axis=0), target.mean(axis=0)
    centred = (features - mean).astype(np.float64)
    power = centred.T @ centred
    power[np.diag_indices_from(power)] += _RIDGE * np.trace(power) / len(power)
    kernel = np.linalg.solve(power, centred.T @ (target - middle)).astype(np.float32)
    return kernel, (middle - mean @ kernel).astype(np.float32)


def _weights(layer: Any) -> tuple[_Array, _Array]:
    """Kernel [inputs, filters] and bias [filters] of a 1x1 convolution."""
    kernel, bias = layer.folded() if hasattr(layer, "folded") else (layer.kernel, layer.bias)
    return _kernel(kernel), np.asarray(keras.ops.convert_to_numpy(bias))


def _kernel(kernel: Any) -> _Array:
    plain: _Array = keras.ops.convert_to_numpy(kernel)[0, 0]
    return plain


def _assign(model: keras.Model, name: str, weights: Iterable[_Array]) -> None:
    kernel, bias = weights
    model.get_layer(name).assign_folded(kernel[None, None], bias)
